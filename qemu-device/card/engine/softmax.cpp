// SPDX-License-Identifier: MIT
// S4_OP_SOFTMAX: one row after the other. What a row sees is its first elements, whichever masks
// there are; only those are read.
#include <limits>

#include "engine/kernels/kernels.hpp"
#include "engine/rows.hpp"
#include "timing/model.hpp"

namespace s4::card {
namespace {

constexpr uint64_t kHeld = uint64_t{16} << 10;  // seen elements that are read once

struct Row {
  uint64_t x = 0;  // address of the first element
  uint64_t y = 0;
  uint64_t outermost = 0;  // index of dimension 0
  uint64_t inner = 0;      // of the last dimension but one
};

// The command's share of rows.
struct Box {
  const s4_cmd_softmax& c;
  Elements x;
  Elements y;
  uint32_t last;  // the dimension along which it works
  uint64_t n;
  uint64_t rows = 1;
  std::array<uint64_t, S4_MAX_DIMS> first{};
  std::array<uint64_t, S4_MAX_DIMS> extent{};

  Box(const s4_cmd_softmax& command, const Slice& slice, bool sliced)
      : c(command),
        x(c.x_type, c.x_scale),
        y(c.y_type, c.y_scale),
        last(c.dims - 1u),
        n(c.shape[last]) {
    const uint32_t split = sliced ? s4_softmax_split(&c) : last;
    for (uint32_t i = 0; i < last; ++i) {
      first[i] = i == split ? slice.begin : 0;
      extent[i] = i == split ? slice.end - slice.begin : c.shape[i];
      rows *= extent[i];
    }
  }

  Row row(uint64_t number) const {
    Row row;
    for (uint32_t i = last; i-- > 0;) {
      const uint64_t at = first[i] + number % extent[i];
      number /= extent[i];
      row.x += at * c.x_stride[i];
      row.y += at * c.y_stride[i];
      row.outermost = at;
      if (i + 1 == last) {
        row.inner = at;
      }
    }
    row.x = c.x + row.x * x.size;
    row.y = c.y + row.y * y.size;
    return row;
  }

  // How many elements a row sees when its length is `length`.
  uint64_t seen(const Row& row, uint64_t length) const {
    if ((c.options & S4_SOFTMAX_CAUSAL) == 0) {
      return length;
    }
    const int64_t reach = static_cast<int64_t>(row.inner) + c.offset + 1;
    return std::min(length, static_cast<uint64_t>(std::max<int64_t>(reach, 0)));
  }
};

// Works on rows with buffers of its own.
class Worker {
 public:
  static size_t bytes(const Box& box) { return RowIo::kBytes + room(box) * sizeof(float); }
  Worker(const Job& job, const Box& box, Scratch& scratch)
      : kernels_(job.kernels),
        box_(box),
        log_((box.c.options & S4_SOFTMAX_LOG) != 0),
        masked_(log_ ? -std::numeric_limits<float>::infinity() : 0.0f),
        io_(job.kernels.rows, scratch),
        scope_(job.memory),
        v_(scratch.take<float>(room(box))) {}

  Fault run(uint64_t number) {
    const Row row = box_.row(number);
    uint64_t length = box_.n;
    if (box_.c.lengths != 0) {
      if (const Fault fault = length_of(row.outermost, &length)) {
        return fault;
      }
    }
    const uint64_t seen = box_.seen(row, length);
    held_ = seen <= kHeld;
    float last = 0.0f;
    if (seen > 0) {
      if (const Fault fault = reduce(row, seen, &last)) {
        return fault;
      }
    }
    return finish(row, seen, last);
  }

 private:
  static size_t room(const Box& box) {
    return std::max(std::min(box.n, kHeld), kRowChunk) + kPartials;
  }

  // A length is copied once and what was copied is checked: a guest may change it meanwhile.
  Fault length_of(uint64_t index, uint64_t* length) {
    if (index != index_) {
      int32_t value = 0;
      if (const Fault fault = scope_.spend(1)) {
        return fault;
      }
      const Fault fault = (*scope_).read(box_.c.lengths + index * sizeof(value),
                                         reinterpret_cast<std::byte*>(&value), sizeof(value));
      if (fault) {
        return fault;
      }
      if (value < 0 || static_cast<uint64_t>(value) > box_.n) {
        return {.status = S4_E_INDEX, .detail = static_cast<uint32_t>(index)};
      }
      index_ = index;
      length_ = static_cast<uint64_t>(value);
    }
    *length = length_;
    return {};
  }

  // x * factor of `count` elements from `at` on, and the greatest of them.
  Fault load(const Row& row, uint64_t at, size_t count, float* to) {
    if (const Fault fault = scope_.spend(count)) {
      return fault;
    }
    const uint64_t stride = box_.c.x_stride[box_.last];
    const uint64_t va = row.x + at * stride * box_.x.size;
    if (const Fault fault = io_.load(*scope_, box_.x, va, stride, count, to)) {
      return fault;
    }
    kernels_.softmax.scale(to, count, std::bit_cast<float>(box_.c.factor), greatest_.data());
    return {};
  }

  // exp(v - m), or v - m for the logarithm, and the sum of the exponentials.
  void raise(float* v, size_t count) {
    const auto kernel = log_ ? kernels_.softmax.differences : kernels_.softmax.exponentials;
    kernel(v, count, most_, sums_.data());
  }

  // use(where they stand, count) for chunks of what is seen. A row that is not held is read again.
  template <class Use>
  Fault chunks(const Row& row, uint64_t seen, bool read, Use&& use) {
    for (uint64_t at = 0; at < seen; at += kRowChunk) {
      const size_t count = std::min(seen - at, kRowChunk);
      float* v = held_ ? v_ + at : v_;
      if (read || !held_) {
        if (const Fault fault = load(row, at, count, v)) {
          return fault;
        }
      }
      use(v, count);
    }
    return {};
  }

  // most_, and *last: 1 / s or log(s). A held row stands in v_ as exp(v - m) or v - m.
  Fault reduce(const Row& row, uint64_t seen, float* last) {
    greatest_.fill(-std::numeric_limits<float>::infinity());
    if (const Fault fault = chunks(row, seen, true, [](float*, size_t) {})) {
      return fault;
    }
    most_ = kernels_.softmax.greatest(greatest_.data());
    sums_.fill(0.0f);
    if (const Fault fault =
            chunks(row, seen, false, [&](float* v, size_t count) { raise(v, count); })) {
      return fault;
    }
    const float s = kernels_.softmax.sum(sums_.data());
    if (!log_) {
      *last = 1.0f / s;
      return {};
    }
    *last = s;
    kernels_.functions.activate(last, 1, {.kind = S4_ACT_LOG});
    return {};
  }

  Fault finish(const Row& row, uint64_t seen, float last) {
    const uint64_t stride = box_.c.y_stride[box_.last];
    for (uint64_t at = 0; at < box_.n; at += kRowChunk) {
      const size_t count = std::min(box_.n - at, kRowChunk);
      const size_t here = at < seen ? std::min<uint64_t>(seen - at, count) : 0;
      float* v = held_ && at < seen ? v_ + at : v_;
      if (here > 0) {
        if (!held_) {
          if (const Fault fault = load(row, at, here, v)) {
            return fault;
          }
          raise(v, here);
        }
        (log_ ? kernels_.softmax.subtract : kernels_.softmax.multiply)(v, here, last);
      }
      std::fill(v + here, v + count, masked_);
      if (const Fault fault = scope_.spend(count)) {
        return fault;
      }
      const uint64_t va = row.y + at * stride * box_.y.size;
      if (const Fault fault = io_.store(*scope_, box_.y, va, stride, count, v)) {
        return fault;
      }
    }
    return {};
  }

  const Kernels& kernels_;
  const Box& box_;
  const bool log_;
  const float masked_;
  RowIo io_;
  RowScope scope_;
  float* v_;
  alignas(64) std::array<float, kPartials> greatest_{};
  alignas(64) std::array<float, kPartials> sums_{};
  bool held_ = true;
  float most_ = 0.0f;
  uint64_t index_ = ~uint64_t{0};  // of the length that was copied last
  uint64_t length_ = 0;
};

Fault run_softmax(const Job& job) {
  const Box box(job.command.softmax, job.slice, job.axis() != S4_SLICE_ALL);
  const uint64_t together = std::max<uint64_t>(kRowTile / box.n, 1);
  return for_each_tile(job.pool, (box.rows + together - 1) / together, [&](size_t tile) -> Fault {
    Scratch scratch = job.scratch.get(Worker::bytes(box) + 1024);
    Worker worker(job, box, scratch);
    const uint64_t last = std::min((tile + 1) * together, box.rows);
    for (uint64_t row = tile * together; row < last; ++row) {
      if (const Fault fault = worker.run(row)) {
        return fault;
      }
    }
    return {};
  });
}

timing::Cost softmax_cost(const s4_cmd& command, s4_slice axis, const Slice& slice) {
  return timing::softmax_cost(command.softmax, axis, slice.begin, slice.end);
}

}  // namespace

const Command kSoftmaxCommand{S4_OP_SOFTMAX, run_softmax, softmax_cost};

}  // namespace s4::card
