// SPDX-License-Identifier: MIT
// S4_OP_ROPE: one head of a token after the other. A position becomes an address only after it was
// copied out of memory that a guest may change, and checked.
#include "engine/kernels/kernels.hpp"
#include "engine/rows.hpp"
#include "timing/model.hpp"

namespace s4::card {
namespace {

// Works on heads with buffers of its own.
class Worker {
 public:
  // The scratch that a worker takes: x, y, cos and sin of a head.
  static size_t bytes(const s4_cmd_rope& c) {
    return RowIo::kBytes + 4 * Scratch::rounded(room(c) * sizeof(float));
  }
  Worker(const Job& job, Scratch& scratch)
      : c_(job.command.rope),
        turn_(job.kernels.rope.turn[c_.layout]),
        half_(c_.rotary_dim / 2),
        x_(c_.x_type, S4_FLOAT_ONE),
        y_(c_.y_type, S4_FLOAT_ONE),
        io_(job.kernels.rows, scratch),
        scope_(job.memory),
        in_(scratch.take<float>(room(c_))),
        out_(scratch.take<float>(room(c_))),
        cos_(scratch.take<float>(room(c_))),
        sin_(scratch.take<float>(room(c_))) {}

  Fault run(uint64_t token, uint64_t head) {
    Fault fault = scope_.spend(c_.head_dim + (token != token_ ? c_.rotary_dim : 0));
    if (fault || (token != token_ && (fault = load_table(token)))) {
      return fault;
    }
    const uint64_t x = c_.x + token * c_.x_token_pitch + head * c_.x_head_pitch;
    if ((fault = io_.load(*scope_, x_, x, 1, c_.head_dim, in_))) {
      return fault;
    }
    turn_({in_, cos_, sin_, out_, half_, c_.head_dim});
    const uint64_t y = c_.y + token * c_.y_token_pitch + head * c_.y_head_pitch;
    return io_.store(*scope_, y_, y, 1, c_.head_dim, out_);
  }

 private:
  static size_t room(const s4_cmd_rope& c) { return c.head_dim + kRopeSlack; }

  // Angles of a token, which its heads share.
  Fault load_table(uint64_t token) {
    uint64_t position = c_.first_position;
    Fault fault;
    if (c_.positions != 0) {
      int32_t value = 0;
      fault = (*scope_).read(c_.positions + token * sizeof(value),
                             reinterpret_cast<std::byte*>(&value), sizeof(value));
      if (fault) {
        return fault;
      }
      if (value < 0 || static_cast<uint32_t>(value) >= c_.entries) {
        return {.status = S4_E_INDEX, .detail = static_cast<uint32_t>(token)};
      }
      position = static_cast<uint64_t>(value);
    } else {
      position += token % c_.sequence;
    }
    const Elements angles(S4_TYPE_FLOAT32, S4_FLOAT_ONE);
    const uint64_t at = position * c_.table_pitch;
    if ((fault = io_.load(*scope_, angles, c_.cos + at, 1, half_, cos_)) ||
        (fault = io_.load(*scope_, angles, c_.sin + at, 1, half_, sin_))) {
      return fault;
    }
    token_ = token;
    return {};
  }

  const s4_cmd_rope& c_;
  void (*const turn_)(const RopeArgs& args);
  const size_t half_;
  const Elements x_;
  const Elements y_;
  RowIo io_;
  RowScope scope_;
  float* in_;
  float* out_;
  float* cos_;
  float* sin_;
  uint64_t token_ = ~uint64_t{0};  // whose angles cos_ and sin_ are
};

static_assert(S4_ROPE_MAX_DIM <= kRowChunk);

Fault run_rope(const Job& job) {
  const s4_cmd_rope& c = job.command.rope;
  uint64_t begin = 0;  // of token * heads + head
  uint64_t end = uint64_t{c.tokens} * c.heads;
  if (job.axis() != S4_SLICE_ALL) {
    const uint64_t step = c.tokens > 1 ? c.heads : 1;
    begin = job.slice.begin * step;
    end = job.slice.end * step;
  }
  const uint64_t together = std::max<uint64_t>(kRowTile / c.head_dim, 1);
  const uint64_t tiles = (end - begin + together - 1) / together;
  return for_each_tile(job.pool, tiles, [&](size_t tile) -> Fault {
    Scratch scratch = job.scratch.get(Worker::bytes(c));
    Worker worker(job, scratch);
    const uint64_t first = begin + tile * together;
    const uint64_t last = std::min(first + together, end);
    for (uint64_t row = first; row < last; ++row) {
      if (const Fault fault = worker.run(row / c.heads, row % c.heads)) {
        return fault;
      }
    }
    return {};
  });
}

timing::Cost rope_cost(const s4_cmd& command, s4_slice axis, const Slice& slice) {
  return timing::rope_cost(command.rope, axis, slice.begin, slice.end);
}

}  // namespace

const Command kRopeCommand{S4_OP_ROPE, run_rope, rope_cost};

}  // namespace s4::card
