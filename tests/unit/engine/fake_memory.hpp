// SPDX-License-Identifier: MIT
// An address space of pages that a test maps as it likes: contiguous or scattered, writable or not,
// card memory or host memory (which is not written in place).
#pragma once

#include <atomic>
#include <cstring>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "memory/memory_port.hpp"

namespace s4::test {

enum class Pages {
  kContiguous,  // one block
  kScattered,   // each page a block of its own
};

struct Mapping {
  Pages pages = Pages::kContiguous;
  bool writable = true;
  bool host = false;  // view_write() gives nothing
};

class FakeMemory {
 public:
  static constexpr uint64_t kPage = 4096;

  // Maps the pages that hold [va, va + bytes), as zero.
  void map(uint64_t va, uint64_t bytes, Mapping how = {});
  void unmap_page(uint64_t va) { pages_.erase(va / kPage); }

  // The test's own access; the range must be mapped.
  void put(uint64_t va, const void* data, size_t bytes);
  void get(uint64_t va, void* data, size_t bytes) const;
  template <class T>
  void put(uint64_t va, const std::vector<T>& data) {
    put(va, data.data(), data.size() * sizeof(T));
  }
  template <class T>
  T get(uint64_t va) const {
    T value;
    get(va, &value, sizeof value);
    return value;
  }
  std::vector<uint8_t> bytes(uint64_t va, size_t count) const {
    std::vector<uint8_t> result(count);
    get(va, result.data(), count);
    return result;
  }

  struct Page {
    std::byte* data;
    bool writable;
    bool host;
    std::shared_ptr<std::byte[]> block;
  };
  const Page* page(uint64_t va) const {
    const auto found = pages_.find(va / kPage);
    return found == pages_.end() ? nullptr : &found->second;
  }

 private:
  std::map<uint64_t, Page> pages_;
};

// A command's port to it.
class FakePort final : public card::MemoryPort {
 public:
  explicit FakePort(FakeMemory& memory) : memory_(memory) {}

  card::AccessScope* begin(ScopeStorage& storage) override;
  void end(card::AccessScope* scope) override;
  void retire(uint64_t units) override { retired_ += units; }

  // From the `scopes`-th scope on, the command is cancelled.
  void cancel_after(int64_t scopes) { left_ = scopes; }
  uint64_t retired() const { return retired_; }
  uint64_t scopes() const { return begun_; }
  uint64_t open() const { return open_; }
  FakeMemory& memory() { return memory_; }

 private:
  FakeMemory& memory_;
  std::atomic<int64_t> left_{INT64_MAX};
  std::atomic<uint64_t> retired_{0};
  std::atomic<uint64_t> begun_{0};
  std::atomic<uint64_t> open_{0};
};

}  // namespace s4::test
