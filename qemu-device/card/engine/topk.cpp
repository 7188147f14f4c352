// SPDX-License-Identifier: MIT
// S4_OP_TOPK: one row after the other, past a heap of the k first elements so far. A vector search
// skips whatever does not come before the last of them.
#include <algorithm>
#include <cstring>

#include "engine/kernels/kernels.hpp"
#include "engine/rows.hpp"
#include "timing/model.hpp"

namespace s4::card {
namespace {

// Up to this k an element that enters the heap costs little more than one that does not.
constexpr uint32_t kSmall = 32;
constexpr uint64_t kEntering = 8;  // else, elements passed over that take as long as one that enters

struct Entry {
  uint64_t place;  // the greater, the earlier: key, then the complement of the index
  uint32_t bits;

  int32_t key() const { return static_cast<int32_t>(static_cast<uint32_t>(place >> 32) ^ kSign); }
  uint32_t index() const { return ~static_cast<uint32_t>(place); }
  static Entry of(int32_t key, uint32_t index, uint32_t bits) {
    return {uint64_t{static_cast<uint32_t>(key) ^ kSign} << 32 | static_cast<uint32_t>(~index), bits};
  }
  static bool earlier(const Entry& a, const Entry& b) { return a.place > b.place; }

 private:
  static constexpr uint32_t kSign = 0x80000000u;  // signed order as unsigned order
};

uint64_t weight_of(const s4_cmd_topk& c) { return c.k <= kSmall ? 1 : kEntering; }

// Works on rows with buffers of its own.
class Worker {
 public:
  static size_t bytes(const s4_cmd_topk& c) {
    return c.k * sizeof(Entry) + kRowChunk * 4 + uint64_t{c.k} * 8 + 256;
  }
  Worker(const Job& job, Scratch& scratch)
      : c_(job.command.topk),
        size_(s4_type_bytes(c_.type)),
        flip_(c_.order == S4_TOPK_SMALLEST ? -1 : 0),
        weight_(weight_of(c_)),
        find_(job.kernels.topk.find[c_.type]),
        scope_(job.memory),
        heap_(scratch.take<Entry>(c_.k)),
        bounce_(scratch.take<std::byte>(kRowChunk * 4)),
        values_(scratch.take<std::byte>(c_.k * size_)),
        indices_(scratch.take<uint32_t>(c_.k)) {}

  Fault run(uint64_t row) {
    const uint64_t va = c_.x + row * c_.x_pitch;
    count_ = 0;
    for (uint64_t at = 0; at < c_.n;) {
      const size_t count = std::min<uint64_t>(c_.n - at, kRowChunk / weight_);
      if (const Fault fault = scope_.spend(count * weight_)) {
        return fault;
      }
      Fault fault;
      const std::byte* x = fetch(*scope_, va + at * size_, count * size_, bounce_, &fault);
      if (x == nullptr) {
        return fault;
      }
      select(x, static_cast<uint32_t>(at), count);
      at += count;
    }
    return finish(row);
  }

 private:
  // Memory may change while it is searched, so an element counts by the bits that were copied.
  Entry entry(const std::byte* x, size_t i, uint32_t at) const {
    uint32_t bits = 0;
    std::memcpy(&bits, x + i * size_, size_);
    return Entry::of(topk_key(c_.type, bits) ^ flip_, at + static_cast<uint32_t>(i), bits);
  }

  void select(const std::byte* x, uint32_t at, size_t count) {
    size_t i = 0;
    for (; i < count && count_ < c_.k; ++i) {
      heap_[count_++] = entry(x, i, at);
      if (count_ == c_.k) {
        std::make_heap(heap_, heap_ + c_.k, Entry::earlier);
      }
    }
    // The heap's top is the last of the k. One of the same key comes later by its index.
    while ((i = find_(x, i, count, flip_, heap_->key())) < count) {
      const Entry one = entry(x, i++, at);
      if (Entry::earlier(one, *heap_)) {
        std::pop_heap(heap_, heap_ + c_.k, Entry::earlier);
        heap_[c_.k - 1] = one;
        std::push_heap(heap_, heap_ + c_.k, Entry::earlier);
      }
    }
  }

  Fault finish(uint64_t row) {
    if (const Fault fault = scope_.spend(c_.k * weight_)) {
      return fault;
    }
    std::sort_heap(heap_, heap_ + c_.k, Entry::earlier);
    for (uint32_t j = 0; j < c_.k; ++j) {
      std::memcpy(values_ + j * size_, &heap_[j].bits, size_);
      indices_[j] = heap_[j].index();
    }
    const uint64_t values = c_.k * size_;
    if (const Fault fault = write_rows(*scope_, c_.values + row * c_.values_pitch, values, 1, values,
                                       values_, values)) {
      return fault;
    }
    const uint64_t indices = uint64_t{c_.k} * sizeof(*indices_);
    return write_rows(*scope_, c_.indices + row * c_.indices_pitch, indices, 1, indices,
                      reinterpret_cast<const std::byte*>(indices_), indices);
  }

  const s4_cmd_topk& c_;
  const uint64_t size_;
  const int32_t flip_;
  const uint64_t weight_;
  size_t (*const find_)(const std::byte*, size_t, size_t, int32_t, int32_t);
  RowScope scope_;
  Entry* heap_;
  std::byte* bounce_;
  std::byte* values_;
  uint32_t* indices_;
  uint32_t count_ = 0;  // entries of the heap
};

Fault run_topk(const Job& job) {
  const s4_cmd_topk& c = job.command.topk;
  const bool sliced = job.axis() != S4_SLICE_ALL;
  const uint64_t first = sliced ? job.slice.begin : 0;
  const uint64_t end = sliced ? job.slice.end : c.rows;
  const uint64_t together = std::max<uint64_t>(kRowTile / (c.n * weight_of(c)), 1);
  return for_each_tile(job.pool, (end - first + together - 1) / together, [&](size_t tile) -> Fault {
    Scratch scratch = job.scratch.get(Worker::bytes(c));
    Worker worker(job, scratch);
    const uint64_t begin = first + tile * together;
    const uint64_t last = std::min(begin + together, end);
    for (uint64_t row = begin; row < last; ++row) {
      if (const Fault fault = worker.run(row)) {
        return fault;
      }
    }
    return {};
  });
}

timing::Cost topk_cost(const s4_cmd& command, s4_slice axis, const Slice& slice) {
  return timing::topk_cost(command.topk, axis, slice.begin, slice.end);
}

}  // namespace

const Command kTopkCommand{S4_OP_TOPK, run_topk, topk_cost};

}  // namespace s4::card
