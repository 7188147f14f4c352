// SPDX-License-Identifier: MIT
// The corners of the arithmetic, each pinned by numbers worked out by hand, and the promise that a
// sparse result is the dense one of the same weights.
#include <gtest/gtest.h>

#include <bit>
#include <limits>

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

#include "case.hpp"
#include "engines.hpp"
#include "numbers.hpp"
#include "spmm_case.hpp"

namespace s4::test {
namespace {

constexpr uint64_t kX = 0x1000000;
constexpr uint64_t kY = 0x2000000;
constexpr uint64_t kW = 0x3000000;
constexpr uint64_t kB = 0x4000000;
constexpr uint64_t kS = 0x5000000;

// A dense one-row, one-column product over up to 64 positions.
struct Dot {
  s4_cmd command{};
  FakeMemory memory;

  Dot(uint8_t type, uint8_t y_type) {
    for (const uint64_t va : {kX, kY, kW, kB, kS}) {
      memory.map(va, 4096);
    }
    command.header.opcode = S4_OP_SPMM;
    s4_cmd_spmm& c = command.spmm;
    c.x = kX;
    c.y = kY;
    c.values = kW;
    c.rows = c.columns = 1;
    c.degree = 1;
    c.type = type;
    c.y_type = y_type;
    c.x_layout = S4_LAYOUT_COLUMNS;
    c.y_pitch = s4_type_bytes(y_type);
    c.y_scale = S4_FLOAT_ONE;
  }
  template <class T>
  Dot& operands(const std::vector<T>& w, const std::vector<T>& x) {
    command.spmm.k = static_cast<uint32_t>(x.size());
    command.spmm.x_pitch = x.size() * sizeof(T);
    memory.put(kX, x);
    memory.put(kW, w);
    return *this;
  }
  Dot& bias(uint32_t bits) {
    command.header.flags |= S4_SPMM_BIAS;
    command.spmm.bias = kB;
    memory.put(kB, &bits, 4);
    return *this;
  }
  Dot& scale(float value) {
    command.header.flags |= S4_SPMM_SCALE;
    command.spmm.scale = kS;
    memory.put(kS, &value, 4);
    return *this;
  }
  Dot& relu() {
    command.spmm.activation = S4_ACT_RELU;
    return *this;
  }
  // The result's bits, the same from every engine and from the reference.
  template <class T>
  T run() {
    reference_spmm(command, memory);
    const T right = memory.get<T>(kY);
    for (const NamedEngine& named : all_engines()) {
      const T noise = static_cast<T>(0x5a5a5a5a);
      memory.put(kY, &noise, sizeof noise);
      FakePort port(memory);
      EXPECT_EQ(named.engine->run(dispatch_of(command), port).status, S4_OK) << named.name;
      EXPECT_EQ(memory.get<T>(kY), right) << named.name;
    }
    return right;
  }
};

uint16_t bf(float v) { return static_cast<uint16_t>(std::bit_cast<uint32_t>(v) >> 16); }
using Bf = std::vector<uint16_t>;
using I8 = std::vector<int8_t>;

Dot bf16_dot() { return {S4_TYPE_BF16, S4_TYPE_FLOAT32}; }

TEST(Arithmetic, EveryNanBecomesTheOneQuietNan) {
  for (const uint16_t nan : {0x7f81, 0xffc0, 0xffff, 0x7fff}) {
    EXPECT_EQ(bf16_dot().operands(Bf{nan}, Bf{bf(1)}).run<uint32_t>(), 0x7fc00000u);
    EXPECT_EQ(Dot(S4_TYPE_BF16, S4_TYPE_BF16).operands(Bf{bf(1)}, Bf{nan}).run<uint16_t>(), 0x7fc0);
    EXPECT_EQ(Dot(S4_TYPE_BF16, S4_TYPE_BF16).operands(Bf{bf(1)}, Bf{nan}).relu().run<uint16_t>(),
              0x7fc0);
  }
  EXPECT_EQ(bf16_dot().operands(Bf{bf(1), bf(1)}, Bf{0x7f80, 0xff80}).run<uint32_t>(), 0x7fc00000u);
  EXPECT_EQ(bf16_dot().operands(Bf{0}, Bf{0x7f80}).run<uint32_t>(), 0x7fc00000u);
}

TEST(Arithmetic, ASumThatRoundsToMinusZeroIsPlusZero) {
  // -2^-133 * 2^-133 underflows to -0 in the multiply-add.
  EXPECT_EQ(bf16_dot().operands(Bf{0x8001}, Bf{0x0001}).run<uint32_t>(), 0u);
  EXPECT_EQ(bf16_dot().operands(Bf{0x8000}, Bf{bf(1)}).run<uint32_t>(), 0u);
  // The bias comes after: -0 scaled or added can be minus zero only by the epilogue.
  EXPECT_EQ(bf16_dot().operands(Bf{0x8000}, Bf{bf(1)}).scale(-1.0f).run<uint32_t>(), 0x80000000u);
  EXPECT_EQ(bf16_dot().operands(Bf{0x8000}, Bf{bf(1)}).scale(-1.0f).relu().run<uint32_t>(), 0u);
}

TEST(Arithmetic, SubnormalsCount) {
  // The smallest subnormal of bfloat16 times one.
  EXPECT_EQ(bf16_dot().operands(Bf{0x0001}, Bf{bf(1)}).run<uint32_t>(), 0x00010000u);
  EXPECT_EQ(Dot(S4_TYPE_BF16, S4_TYPE_BF16).operands(Bf{0x0001}, Bf{bf(1)}).run<uint16_t>(), 1);
  // 2^-133 * 2^-16 = 2^-149, the smallest of float32.
  EXPECT_EQ(bf16_dot().operands(Bf{0x0001}, Bf{bf(1.0f / 65536)}).run<uint32_t>(), 1u);
}

TEST(Arithmetic, MultiplyAddRoundsOnce) {
  // (1 + 2^-7)^2 - (1 + 2^-6) = 2^-14: the product's low bit would be lost by rounding to bfloat16,
  // and 2^-24 beside one is lost in float32 but by the fused operation.
  EXPECT_EQ(bf16_dot().operands(Bf{bf(-1), bf(1.0078125f)}, Bf{bf(1.015625f), bf(1.0078125f)})
                .run<uint32_t>(),
            std::bit_cast<uint32_t>(0.00006103515625f));
  // 2^60 + 2^30 - 2^60 in ascending order loses the middle one.
  EXPECT_EQ(bf16_dot()
                .operands(Bf{bf(1), bf(1), bf(-1)}, Bf{bf(0x1p60f), bf(0x1p30f), bf(0x1p60f)})
                .run<uint32_t>(),
            0u);
  EXPECT_EQ(bf16_dot()
                .operands(Bf{bf(1), bf(-1), bf(1)}, Bf{bf(0x1p60f), bf(0x1p60f), bf(0x1p30f)})
                .run<uint32_t>(),
            std::bit_cast<uint32_t>(0x1p30f));
}

TEST(Arithmetic, Bf16RoundsToNearestEven) {
  // One plus half a step and one plus a step and a half; overflow to infinity.
  const auto round = [](float bias) {
    return Dot(S4_TYPE_BF16, S4_TYPE_BF16)
        .operands(Bf{0}, Bf{bf(1)})
        .bias(std::bit_cast<uint32_t>(bias))
        .run<uint16_t>();
  };
  EXPECT_EQ(round(1.00390625f), 0x3f80);
  EXPECT_EQ(round(1.01171875f), 0x3f82);
  EXPECT_EQ(round(std::bit_cast<float>(0x3f808001u)), 0x3f81);
  EXPECT_EQ(round(std::numeric_limits<float>::max()), 0x7f80);
  EXPECT_EQ(round(std::bit_cast<float>(0x7f7f7fffu)), 0x7f7f);
  EXPECT_EQ(round(-std::numeric_limits<float>::infinity()), 0xff80);
}

TEST(Arithmetic, Int8BiasSaturatesAndRoundsToNearestEven) {
  const auto sum = [](int8_t w, int8_t x, int32_t bias) {
    return static_cast<int32_t>(Dot(S4_TYPE_INT8, S4_TYPE_INT32)
                                    .operands(I8{w}, I8{x})
                                    .bias(static_cast<uint32_t>(bias))
                                    .run<uint32_t>());
  };
  EXPECT_EQ(sum(127, 127, 0x7fffffff), 0x7fffffff);
  EXPECT_EQ(sum(-128, 127, INT32_MIN), INT32_MIN);
  EXPECT_EQ(sum(-128, -128, -1), 16383);
  EXPECT_EQ(sum(-128, -128, INT32_MIN), INT32_MIN + 16384);
  const auto rounded = [](int32_t bias, float scale) {
    return static_cast<int8_t>(Dot(S4_TYPE_INT8, S4_TYPE_INT8)
                                   .operands(I8{0}, I8{1})
                                   .bias(static_cast<uint32_t>(bias))
                                   .scale(scale)
                                   .run<uint8_t>());
  };
  EXPECT_EQ(rounded(1, 0.5f), 0);
  EXPECT_EQ(rounded(3, 0.5f), 2);
  EXPECT_EQ(rounded(-5, 0.5f), -2);
  EXPECT_EQ(rounded(255, 0.5f), 127);  // 127.5 rounds to 128, which saturates
  EXPECT_EQ(rounded(-257, 0.5f), -128);
  EXPECT_EQ(rounded(1, std::numeric_limits<float>::infinity()), 127);
  EXPECT_EQ(rounded(0, std::numeric_limits<float>::infinity()), 0);  // a NaN
  // 2^24 + 1 has no float32: to even.
  EXPECT_EQ(Dot(S4_TYPE_INT8, S4_TYPE_FLOAT32)
                .operands(I8{0}, I8{1})
                .bias(16777217)
                .scale(1)
                .run<uint32_t>(),
            std::bit_cast<uint32_t>(16777216.0f));
}

TEST(Arithmetic, Int8SumsAreExactAtTheLargestK) {
  // 65,536 products of -128 * -128: beyond what float32 holds exactly.
  for (const uint8_t degree : {1, 32}) {
    s4_cmd cmd{};
    FakeMemory memory;
    const uint32_t k = S4_MAX_K;
    const uint32_t entries = k / degree;
    memory.map(kX, k);
    memory.map(kY, 4096);
    memory.map(kW, entries);
    memory.map(kB, entries);
    std::vector<int8_t> lowest(k, -128);
    lowest[k - 1] = 127;
    memory.put(kX, lowest);
    memory.put(kW, std::vector<int8_t>(entries, -128));
    cmd.header.opcode = S4_OP_SPMM;
    cmd.spmm = {.x = kX, .y = kY, .values = kW, .indices = degree > 1 ? kB : 0, .bias = 0,
                .scale = 0, .x_pitch = k, .y_pitch = 4, .rows = 1, .k = k, .columns = 1,
                .degree = degree, .type = S4_TYPE_INT8, .y_type = S4_TYPE_INT32, .activation = 0,
                .x_layout = S4_LAYOUT_COLUMNS, .y_layout = S4_LAYOUT_ROWS, .residual_type = 0, .reserved = {}, .residual = 0,
                .residual_pitch = 0, .residual_scale = 0, .y_scale = S4_FLOAT_ONE, .alpha = 0,
                .beta = 0};
    if (degree > 1) {
      std::vector<uint8_t> indices(entries);
      for (uint32_t i = 0; i < entries; ++i) {
        indices[i] = static_cast<uint8_t>(i % 2 == 0 ? 3 : 63);
      }
      memory.put(kB, indices);
    }
    const int32_t right = static_cast<int32_t>(entries - 1) * 16384 - 128 * 127;
    for (const NamedEngine& named : all_engines()) {
      FakePort port(memory);
      ASSERT_EQ(named.engine->run(dispatch_of(cmd), port).status, S4_OK);
      EXPECT_EQ(memory.get<int32_t>(kY), right) << named.name;
    }
  }
}

// The weights of a sparse command as a dense one.
s4_cmd densified(Case& c, uint64_t va) {
  s4_cmd dense = c.command;
  s4_cmd_spmm& d = dense.spmm;
  const uint64_t size = s4_type_bytes(d.type);
  const uint64_t per_bank = 64 / d.degree;
  const uint64_t banks = uint64_t{d.rows} * ((d.k + 63) / 64);
  c.memory.map(va, banks * 64 * size);
  for (uint64_t bank = 0; bank < banks; ++bank) {
    for (uint64_t e = bank * per_bank; e < (bank + 1) * per_bank; ++e) {
      const uint64_t to = va + (bank * 64 + c.memory.get<uint8_t>(d.indices + e)) * size;
      const std::vector<uint8_t> value = c.memory.bytes(d.values + e * size, size);
      c.memory.put(to, value);
    }
  }
  d.values = va;
  d.indices = 0;
  d.degree = 1;
  return dense;
}

TEST(Arithmetic, SparseIsDenseOfTheSameWeights) {
  Random random;
  int compared = 0;
  while (compared < 25) {
    Case c = random_spmm(random);
    s4_cmd_spmm& s = c.command.spmm;
    if (s.degree == 1 || c.text.find("values 3") != std::string::npos) {
      continue;  // only finite activations promise it
    }
    ++compared;
    s4_cmd dense = densified(c, 0x300000000000);
    const std::vector<uint8_t> before = c.output();  // which may be the residual
    for (const NamedEngine& named : all_engines()) {
      FakePort port(c.memory);
      ASSERT_EQ(named.engine->run(dispatch_of(c.command), port).status, S4_OK);
      const std::vector<uint8_t> sparse = c.output();
      c.restore(before);
      ASSERT_EQ(named.engine->run(dispatch_of(dense), port).status, S4_OK);
      ASSERT_EQ(c.output(), sparse) << named.name << " " << c.text;
      c.restore(before);
    }
  }
}

#if defined(__x86_64__)
TEST(Arithmetic, AHostThatFlushesSubnormalsOrRoundsOtherwiseChangesNothing) {
  // Threads come to the engine with flush-to-zero, denormals-are-zero and rounding down.
  const auto engine =
      card::create_engine({.threads = 2,
                           .hooks = {.attach = [] { _mm_setcsr(0xbfc0); },
                                     .detach = [] { _mm_setcsr(0x1f80); }}});
  Random random;
  for (int i = 0; i < 15; ++i) {
    Case c = random_spmm(random);
    const std::vector<uint8_t> right = expected(c);
    FakePort port(c.memory);
    ASSERT_EQ(engine->run(dispatch_of(c.command), port).status, S4_OK);
    ASSERT_EQ(c.output(), right) << c.text;
  }
}
#endif

}  // namespace
}  // namespace s4::test
