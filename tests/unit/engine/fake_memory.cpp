// SPDX-License-Identifier: MIT
#include "fake_memory.hpp"

#include <algorithm>
#include <new>
#include <stdexcept>

namespace s4::test {
namespace {

// Calls use(page, offset in it, done, part) for every page of a range; false from it ends.
template <class Memory, class Use>
void for_each_page(Memory& memory, uint64_t va, size_t bytes, Use&& use) {
  for (size_t done = 0; done < bytes;) {
    const uint64_t at = va + done;
    const uint64_t offset = at % FakeMemory::kPage;
    const size_t part = std::min<size_t>(bytes - done, FakeMemory::kPage - offset);
    if (!use(memory.page(at), offset, done, part)) {
      return;
    }
    done += part;
  }
}

class FakeScope final : public card::AccessScope {
 public:
  explicit FakeScope(FakeMemory& memory) : memory_(memory) {}

  const std::byte* view(uint64_t va, size_t bytes) override { return contiguous(va, bytes, false); }
  std::byte* view_write(uint64_t va, size_t bytes) override { return contiguous(va, bytes, true); }

  card::Fault read(uint64_t va, void* dst, size_t bytes) override {
    card::Fault fault;
    for_each_page(memory_, va, bytes, [&](const FakeMemory::Page* p, uint64_t offset, size_t done,
                                          size_t part) {
      if (p == nullptr) {
        fault = {S4_E_UNMAPPED, 0, S4_ACCESS_READ, va + done};
        return false;
      }
      std::memcpy(static_cast<std::byte*>(dst) + done, p->data + offset, part);
      return true;
    });
    return fault;
  }
  card::Fault write(uint64_t va, const void* src, size_t bytes) override {
    card::Fault fault;
    for_each_page(memory_, va, bytes, [&](const FakeMemory::Page* p, uint64_t offset, size_t done,
                                          size_t part) {
      if (p == nullptr || !p->writable) {
        fault = {p ? S4_E_READONLY : S4_E_UNMAPPED, 0, S4_ACCESS_WRITE, va + done};
        return false;
      }
      std::memcpy(p->data + offset, static_cast<const std::byte*>(src) + done, part);
      return true;
    });
    return fault;
  }

 private:
  std::byte* contiguous(uint64_t va, size_t bytes, bool write) {
    std::byte* first = nullptr;
    const void* block = nullptr;
    bool ok = true;
    for_each_page(memory_, va, bytes, [&](const FakeMemory::Page* p, uint64_t offset, size_t done,
                                          size_t) {
      ok = p != nullptr && !(write && (p->host || !p->writable)) &&
           (done == 0 || (p->block.get() == block && p->data + offset == first + done));
      if (ok && done == 0) {
        first = p->data + offset;
        block = p->block.get();
      }
      return ok;
    });
    return ok ? first : nullptr;
  }

  FakeMemory& memory_;
};

}  // namespace

void FakeMemory::map(uint64_t va, uint64_t bytes, Mapping how) {
  const uint64_t first = va / kPage;
  const uint64_t last = (va + bytes + kPage - 1) / kPage;
  std::shared_ptr<std::byte[]> block;
  for (uint64_t i = first; i < last; ++i) {
    const bool fresh = i == first || how.pages == Pages::kScattered;
    if (fresh) {
      block = std::make_shared<std::byte[]>(
          how.pages == Pages::kScattered ? kPage : (last - first) * kPage);
    }
    pages_[i] = {fresh ? block.get() : block.get() + (i - first) * kPage, how.writable, how.host,
                 block};
  }
}

void FakeMemory::put(uint64_t va, const void* data, size_t bytes) {
  for_each_page(*this, va, bytes, [&](const Page* p, uint64_t offset, size_t done, size_t part) {
    if (p == nullptr) {
      throw std::out_of_range("test writes to a page that it has not mapped");
    }
    std::memcpy(p->data + offset, static_cast<const std::byte*>(data) + done, part);
    return true;
  });
}

void FakeMemory::get(uint64_t va, void* data, size_t bytes) const {
  for_each_page(*this, va, bytes, [&](const Page* p, uint64_t offset, size_t done, size_t part) {
    if (p == nullptr) {
      throw std::out_of_range("test reads a page that it has not mapped");
    }
    std::memcpy(static_cast<std::byte*>(data) + done, p->data + offset, part);
    return true;
  });
}

card::AccessScope* FakePort::begin(ScopeStorage& storage) {
  static_assert(sizeof(FakeScope) <= sizeof storage.bytes);
  if (left_.fetch_sub(1) <= 0) {
    return nullptr;
  }
  ++begun_;
  ++open_;
  return new (storage.bytes) FakeScope(memory_);
}

void FakePort::end(card::AccessScope* scope) {
  static_cast<FakeScope*>(scope)->~FakeScope();
  --open_;
}

}  // namespace s4::test
