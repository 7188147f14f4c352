// SPDX-License-Identifier: MIT
// The functions of docs/commands/functions.md: the vector kernels are the documented operations bit
// for bit, and those keep the documented bounds.
#include "functions.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <string>
#include <vector>

#include "case.hpp"
#include "engine/kernels/kernels.hpp"
#include "engines.hpp"
#include "numbers.hpp"

namespace s4::test {
namespace {

// Numbers all over float32 and where functions change their ways, NaN and infinities too.
std::vector<float> sample(uint32_t step) {
  std::vector<float> result;
  for (uint64_t bits = 0; bits <= 0xffffffffu; bits += step) {
    result.push_back(std::bit_cast<float>(static_cast<uint32_t>(bits)));
  }
  for (const float edge :
       {0.0f,    0x1p-149f,      0x1p-126f,     0.625f,        0.921875f, 1.0f,
        2.0f,    3.0f,           4.0f,          6.0f,          16.0f,     88.72283f,
        89.0f,   87.33654f,      103.27893f,    103.97208f,    104.0f,    0x1p23f,
        0x1p24f, 0x1.6a09e6p-1f, 0x1.6a09e6p0f, 3.4028235e38f, HUGE_VALF, std::nanf("")}) {
    for (const int offset : {-2, -1, 0, 1, 2}) {
      for (const uint32_t sign : {0u, 0x80000000u}) {
        result.push_back(std::bit_cast<float>(
            (std::bit_cast<uint32_t>(edge) + static_cast<uint32_t>(offset)) ^ sign));
      }
    }
  }
  return result;
}

uint32_t one_nan(float v) {
  return std::bit_cast<uint32_t>(canonical(v));
}

TEST(Functions, EveryActivationIsTheDocumentedOperations) {
  const std::vector<float> in = sample(40961);
  for (uint32_t kind = 0; kind < S4_ACT_COUNT; ++kind) {
    const float alpha = kind == S4_ACT_CLIP ? -1.5f : 0.01f;
    const float beta = 2.25f;
    for (const card::EngineTarget& target : card::engine_targets()) {
      std::vector<float> out = in;
      card::find_kernels(target.bit)
          ->functions.activate(out.data(), out.size(),
                               {.kind = kind, .alpha = alpha, .beta = beta});
      for (size_t i = 0; i < in.size(); ++i) {
        ASSERT_EQ(one_nan(out[i]), one_nan(activation(kind, in[i], alpha, beta)))
            << target.name << " activation " << kind << " of " << in[i];
      }
    }
  }
}

// Pairs whose powers are numbers, and others.
void power_pairs(Random& random, std::vector<float>* x, std::vector<float>* y, int count) {
  for (int i = 0; i < count; ++i) {
    float base = std::bit_cast<float>(random_float(random, random_values(random)));
    float exponent = std::bit_cast<float>(random_float(random, random_values(random)));
    if (random.chance(70)) {
      const float size = std::fabs(std::log2(std::fabs(base)));
      exponent = (static_cast<float>(random.number(0, 310000)) - 155000.0f) / 1000.0f / size;
    }
    if (random.chance(20)) {
      exponent = static_cast<float>(random.number(0, 40)) / random.one_of({1.0f, 2.0f}) - 10.0f;
    }
    if (random.chance(10)) {
      base = static_cast<float>(random.number(0, 8)) / 2.0f - 2.0f;
    }
    x->push_back(base);
    y->push_back(exponent);
  }
  const std::vector<float> edges = {0.0f,      1.0f,      0.5f,      2.0f,           3.0f,
                                    2.5f,      0x1p23f,   0x1.8p23f, 0x1.000002p23f, 0x1p24f,
                                    0x1p-149f, HUGE_VALF, NAN};
  for (const float a : edges) {
    for (const float b : edges) {
      for (const int signs : {0, 1, 2, 3}) {
        x->push_back(signs & 1 ? -a : a);
        y->push_back(signs & 2 ? -b : b);
      }
    }
  }
}

TEST(Functions, PowIsTheDocumentedOperations) {
  Random random;
  std::vector<float> x;
  std::vector<float> y;
  power_pairs(random, &x, &y, 100000);
  for (const card::EngineTarget& target : card::engine_targets()) {
    std::vector<float> out(x.size());
    card::find_kernels(target.bit)->functions.power(x.data(), y.data(), out.data(), out.size());
    for (size_t i = 0; i < x.size(); ++i) {
      ASSERT_EQ(one_nan(out[i]), one_nan(fn_pow(x[i], y[i])))
          << target.name << " " << x[i] << " to the " << y[i] << " " << random.text();
    }
  }
}

// The distance of a result from the true one, in units in the last place of the true one.
double ulps(float got, double right) {
  if (std::isnan(right) || std::isnan(got)) {
    return std::isnan(right) == std::isnan(got) ? 0 : HUGE_VAL;
  }
  // Infinity stands for 2^128, as where results beyond float32 are rounded.
  const auto bounded = [](double v) { return std::fmin(std::fmax(v, -0x1p128), 0x1p128); };
  right = bounded(right);
  if (std::fabs(right) == 0x1p128) {
    return std::fabs(bounded(got) - right) / 0x1p104;
  }
  const int exponent = right == 0 ? -149 : std::max(std::ilogb(right), -126) - 23;
  return std::fabs(bounded(got) - right) / std::ldexp(1.0, exponent);
}

double right_value(uint32_t kind, double v) {
  switch (kind) {
    case S4_ACT_EXP:
      return std::exp(v);
    case S4_ACT_LOG:
      return std::log(v);
    case S4_ACT_TANH:
      return std::tanh(v);
    case S4_ACT_ERF:
      return std::erf(v);
    case S4_ACT_SIGMOID:
      return v < 0 ? std::exp(v) / (1 + std::exp(v)) : 1 / (1 + std::exp(-v));
    case S4_ACT_SILU:
      return v * right_value(S4_ACT_SIGMOID, v);
    case S4_ACT_GELU:
      return v * 0.5 * std::erfc(-v * std::sqrt(0.5));
    case S4_ACT_GELU_TANH:
      return v * right_value(S4_ACT_SIGMOID, 2 * std::sqrt(2 / M_PI) * (v + 0.044715 * v * v * v));
    default:
      return std::isnan(v)
                 ? v
                 : std::fmin(std::fmax(v + 3, 0), 6) / 6 * (kind == S4_ACT_HARD_SWISH ? v : 1);
  }
}

struct Bound {
  const char* name;
  uint32_t kind;
  double ulps;  // where |v| is within
  double low;
  double high;
  double absolute;  // beyond, finite v
};

TEST(Functions, KeepTheirBounds) {
  const std::vector<float> in = sample(2003);
  for (const Bound& bound :
       std::vector<Bound>{{"exp", S4_ACT_EXP, 1.0, -HUGE_VAL, HUGE_VAL, 0},
                          {"log", S4_ACT_LOG, 1.0, -HUGE_VAL, HUGE_VAL, 0},
                          {"tanh", S4_ACT_TANH, 1.4, -HUGE_VAL, HUGE_VAL, 0},
                          {"erf", S4_ACT_ERF, 1.2, -HUGE_VAL, HUGE_VAL, 0},
                          {"sigmoid", S4_ACT_SIGMOID, 2.0, -HUGE_VAL, HUGE_VAL, 0},
                          {"hard sigmoid", S4_ACT_HARD_SIGMOID, 1.5, -2.0, HUGE_VAL, 0x1p-24},
                          {"hard swish", S4_ACT_HARD_SWISH, 3.0, -2.0, HUGE_VAL, 0x1p-24},
                          {"silu", S4_ACT_SILU, 3.5, -87.0, HUGE_VAL, 0x1p-142},
                          {"gelu", S4_ACT_GELU, 2.0, -0.5, HUGE_VAL, 0x1p-23},
                          {"gelu tanh", S4_ACT_GELU_TANH, 3.5, -1.0, HUGE_VAL, 0x1p-23}}) {
    double worst = 0;
    float where = 0;
    double worst_absolute = 0;
    for (const float v : in) {
      const float got = activation(bound.kind, v, 0, 0);
      const double right = right_value(bound.kind, v);
      if (bound.absolute > 0 && std::isinf(v) && std::isnan(right)) {
        ASSERT_EQ(std::bit_cast<uint32_t>(got), 0x80000000u) << bound.name;  // the limit
      } else if (v < bound.low) {
        worst_absolute = std::max(worst_absolute, std::fabs(got - right));
      } else if (const double error = ulps(got, right); error > worst) {
        worst = error;
        where = v;
      }
    }
    EXPECT_LE(worst, bound.ulps) << bound.name << " of " << where;
    EXPECT_LE(worst_absolute, bound.absolute) << bound.name;
    RecordProperty(bound.name, std::to_string(worst));
  }
}

TEST(Functions, PowKeepsItsBound) {
  Random random;
  std::vector<float> x;
  std::vector<float> y;
  power_pairs(random, &x, &y, 1000000);
  double worst = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    const double error = ulps(fn_pow(x[i], y[i]), std::pow(double{x[i]}, double{y[i]}));
    EXPECT_LE(error, 1.0) << x[i] << " to the " << y[i] << " " << random.text();
    worst = std::max(worst, error);
  }
  RecordProperty("pow", std::to_string(worst));
}

}  // namespace
}  // namespace s4::test
