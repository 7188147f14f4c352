// SPDX-License-Identifier: MIT
// S4_OP_NORM: one block after the other, held as floats where it is small, else read three times.
#include "engine/norm.hpp"

#include <cmath>

#include "engine/kernels/kernels.hpp"
#include "timing/model.hpp"

namespace s4::card {
namespace {

constexpr uint64_t kHeld = uint64_t{64} << 10;  // elements of a block that is read once

// gamma or beta: what was read last, and its repetition for the rows of a chunk.
struct Factor {
  uint64_t va;
  float* data;
  float* repeated;
  uint64_t begin = 0;  // channels
  uint64_t end = 0;
};

class Worker {
 public:
  static size_t bytes(const NormShare& share) {
    return RowIo::kBytes + (kRuns * kRun + held_elements(share)) * sizeof(float);
  }
  Worker(const Job& job, const NormShare& share, Scratch& scratch)
      : kernels_(job.kernels),
        share_(share),
        io_(job.kernels.rows, scratch),
        scope_(job.memory),
        run_(scratch.take<float>(kRun)),
        second_(scratch.take<float>(kRun)),
        gamma_{share.c.gamma, scratch.take<float>(kRun), scratch.take<float>(kRun)},
        beta_{share.c.beta, scratch.take<float>(kRun), scratch.take<float>(kRun)},
        all_(scratch.take<float>(held_elements(share))),
        held_(share.elements() <= kHeld) {}

  Fault run(uint64_t number) {
    block_ = share_.block(number);
    there_ = false;
    const auto n = static_cast<float>(share_.elements());
    const bool centred = share_.c.kind != S4_NORM_RMS;
    float mean = 0.0f;
    if (centred) {
      if (const Fault fault = sum(&mean, [&](const float* v, size_t count, float* s) {
            kernels_.rows.accumulate[S4_REDUCE_SUM](v, count, s);
          })) {
        return fault;
      }
      mean = mean / n;
    }
    float variance = 0.0f;
    if (const Fault fault = sum(&variance, [&](const float* v, size_t count, float* s) {
          if (centred) {
            kernels_.rows.deviations(v, count, mean, s);
          } else {
            kernels_.rows.accumulate[S4_REDUCE_SUM_SQUARES](v, count, s);
          }
        })) {
      return fault;
    }
    variance = variance / n;
    return finish(centred ? &mean : nullptr,
                  1.0f / std::sqrt(variance + std::bit_cast<float>(share_.c.epsilon)));
  }

 private:
  // A run's floats, sixteen that are left over of the one before, and what whole vectors touch.
  static constexpr size_t kRun = kRowChunk + 2 * kPartials;
  static constexpr size_t kRuns = 6;
  static size_t held_elements(const NormShare& share) {
    return (share.elements() <= kHeld ? share.elements() : 0) + kPartials;
  }

  uint64_t place(const NormTensor& t, const NormChunk& chunk) const {
    return t.at(block_.image, block_.row + chunk.row, block_.channel + chunk.channel);
  }

  Fault load(const NormTensor& t, const NormChunk& chunk, float* to) {
    const uint64_t va = place(t, chunk);
    if (chunk.channels == 1) {
      return io_.load(*scope_, t.elements, va, t.stride[1], chunk.rows, to);
    }
    if (chunk.rows > 1 && t.stride[2] == 1) {
      return io_.load_rows(*scope_, t.elements, va, t.stride[1], chunk.rows, chunk.channels, to);
    }
    for (uint64_t i = 0; i < chunk.rows; ++i) {
      const uint64_t row = va + i * t.stride[1] * t.elements.size;
      if (const Fault fault = io_.load(*scope_, t.elements, row, t.stride[2], chunk.channels,
                                       to + i * chunk.channels)) {
        return fault;
      }
    }
    return {};
  }

  Fault store(const NormChunk& chunk, const float* from) {
    const NormTensor& t = share_.y;
    const uint64_t va = place(t, chunk);
    if (chunk.channels == 1) {
      return io_.store(*scope_, t.elements, va, t.stride[1], chunk.rows, from);
    }
    if (chunk.rows > 1 && t.stride[2] == 1) {
      return io_.store_rows(*scope_, t.elements, va, t.stride[1], chunk.rows, chunk.channels, from);
    }
    for (uint64_t i = 0; i < chunk.rows; ++i) {
      const uint64_t row = va + i * t.stride[1] * t.elements.size;
      if (const Fault fault = io_.store(*scope_, t.elements, row, t.stride[2], chunk.channels,
                                        from + i * chunk.channels)) {
        return fault;
      }
    }
    return {};
  }

  // x + residual.
  Fault read(const NormChunk& chunk, float* to) {
    if (const Fault fault = scope_.spend(chunk.count())) {
      return fault;
    }
    if (const Fault fault = load(share_.x, chunk, to)) {
      return fault;
    }
    if (share_.c.residual == 0) {
      return {};
    }
    if (const Fault fault = load(share_.residual, chunk, second_)) {
      return fault;
    }
    kernels_.norm.add(to, second_, chunk.count());
    return {};
  }

  // sum16 of the block, whose elements take(v, count, s) adds to sixteen partial sums.
  template <class Take>
  Fault sum(float* result, Take&& take) {
    alignas(64) float s[kPartials] = {};
    size_t filled = 0;
    if (!there_) {
      const Fault fault = share_.chunks([&](const NormChunk& chunk) -> Fault {
        float* to = held_ ? all_ : run_;
        if (const Fault failed = read(chunk, to + filled)) {
          return failed;
        }
        filled += chunk.count();
        if (!held_) {  // chunks need not be whole groups of sixteen
          const size_t whole = filled / kPartials * kPartials;
          take(run_, whole, s);
          std::copy_n(run_ + whole, filled - whole, run_);
          filled -= whole;
        }
        return {};
      });
      if (fault) {
        return fault;
      }
    }
    there_ = held_;
    take(held_ ? all_ : run_, held_ ? share_.elements() : filled, s);
    *result = fold_sum(s);
    return {};
  }

  // Of the channels of a chunk; nullptr where the command has none.
  Fault values(Factor& factor, const NormChunk& chunk, const float** result) {
    *result = nullptr;
    if (factor.va == 0) {
      return {};
    }
    const uint64_t channel = block_.channel + chunk.channel;
    if (channel < factor.begin || channel + chunk.channels > factor.end) {
      const uint64_t all = share_.c.shape[2];
      factor.begin = all <= kRowChunk ? 0 : channel;
      factor.end = std::min(all, factor.begin + kRowChunk);
      const uint64_t count = factor.end - factor.begin;
      if (const Fault fault = scope_.spend(count)) {
        return fault;
      }
      static const Elements kElements(S4_TYPE_FLOAT32, S4_FLOAT_ONE);
      if (const Fault fault =
              io_.load(*scope_, kElements, factor.va + factor.begin * 4, 1, count, factor.data)) {
        return fault;
      }
    }
    const float* here = factor.data + (channel - factor.begin);
    *result = here;
    if (chunk.rows > 1) {
      if (chunk.row == 0) {  // the first chunk is the largest
        for (uint64_t i = 0; i < chunk.rows; ++i) {
          std::copy_n(here, chunk.channels, factor.repeated + i * chunk.channels);
        }
      }
      *result = factor.repeated;
    }
    return {};
  }

  Fault finish(const float* mean, float r) {
    size_t done = 0;
    return share_.chunks([&](const NormChunk& chunk) -> Fault {
      NormalizeArgs args{
          held_ ? all_ + done : run_, run_, chunk.count(), mean, r, nullptr, nullptr};
      if (const Fault fault = values(gamma_, chunk, &args.gamma)) {
        return fault;
      }
      if (const Fault fault = values(beta_, chunk, &args.beta)) {
        return fault;
      }
      if (!held_) {
        if (const Fault fault = read(chunk, run_)) {
          return fault;
        }
      } else if (const Fault fault = scope_.spend(chunk.count())) {
        return fault;
      }
      kernels_.norm.normalize(args);
      done += chunk.count();
      return store(chunk, run_);
    });
  }

  const Kernels& kernels_;
  const NormShare& share_;
  RowIo io_;
  RowScope scope_;
  float* run_;
  float* second_;
  Factor gamma_;
  Factor beta_;
  float* all_;
  const bool held_;
  bool there_ = false;  // the block stands in all_
  NormBlock block_{};
};

Fault run_norm(const Job& job) {
  const NormShare share(job.command.norm, job.slice, job.axis() != S4_SLICE_ALL);
  const uint64_t blocks = share.blocks();
  const uint64_t together = std::max<uint64_t>(kRowTile / share.elements(), 1);
  return for_each_tile(job.pool, (blocks + together - 1) / together, [&](size_t tile) -> Fault {
    Scratch scratch = job.scratch.get(Worker::bytes(share) + 1024);
    Worker worker(job, share, scratch);
    const uint64_t last = std::min((tile + 1) * together, blocks);
    for (uint64_t block = tile * together; block < last; ++block) {
      if (const Fault fault = worker.run(block)) {
        return fault;
      }
    }
    return {};
  });
}

timing::Cost norm_cost(const s4_cmd& command, s4_slice axis, const Slice& slice) {
  return timing::norm_cost(command.norm, axis, slice.begin, slice.end);
}

}  // namespace

const Command kNormCommand{S4_OP_NORM, run_norm, norm_cost};

}  // namespace s4::card
