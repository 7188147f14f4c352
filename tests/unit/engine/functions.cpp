// SPDX-License-Identifier: MIT
#include "functions.hpp"

#include <bit>
#include <cmath>
#include <initializer_list>
#include <limits>

#include "numbers.hpp"
#include "s4/abi/s4_cmd.h"

namespace s4::test {
namespace {

constexpr float kLn2High = 0x1.62e43p-1f;
constexpr float kLn2Low = -0x1.05c61p-29f;
constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

// Coefficients from the first on.
float poly(float x, std::initializer_list<float> coefficients) {
  const float* c = coefficients.end();
  float sum = *--c;
  while (c != coefficients.begin()) {
    sum = std::fma(sum, x, *--c);
  }
  return sum;
}

float power_of_two(int n) {
  return std::bit_cast<float>(static_cast<uint32_t>(n + 127) << 23);
}

// p * 2^n, floor(n / 2) first.
float scaled(float p, int n) {
  const int half = n >= 0 ? n / 2 : -((1 - n) / 2);
  return p * power_of_two(half) * power_of_two(n - half);
}

struct Parts {
  float m;  // from sqrt(1/2) to sqrt(2)
  float e;
};
// A finite x > 0 as m * 2^e.
Parts parts(float x) {
  float less = 0.0f;
  if (x < 0x1p-126f) {
    x *= 0x1p23f;
    less = -23.0f;
  }
  const auto bits = std::bit_cast<uint32_t>(x);
  const int e = static_cast<int>((bits - 0x3f3504f3u + 0x40000000u) >> 23) - 128;
  return {std::bit_cast<float>(bits - (static_cast<uint32_t>(e) << 23)),
          static_cast<float>(e) + less};
}

// The magnitude of pow for finite a > 0 and finite y.
float ordinary_pow(float a, float y) {
  const auto [m, e] = parts(a);
  const float f = m - 1.0f;
  const float b1 = m + 1.0f;
  const float b2 = m - (b1 - 1.0f);
  const float s1 = f / b1;
  const float s2 = std::fma(-s1, b2, std::fma(-s1, b1, f)) / b1;
  const float z1 = s1 * s1;
  const float z2 = std::fma(s1 + s1, s2, std::fma(s1, s1, -z1));
  const float u = z1 * poly(z1, {0x1.27771p-1f, 0x1.a5ba7p-2f, 0x1.5a1228p-2f});
  const float k1 = 0x1.ec709ep-1f;
  const float q1 = k1 + u;
  const float q2 = ((k1 - q1) + u) + -0x1.e2fe02p-28f;
  const float w1 = z1 * q1;
  const float w2 = std::fma(z1, q1, -w1) + std::fma(z1, q2, z2 * q1);
  const float c1 = 0x1.715476p+1f;
  const float g1 = c1 + w1;
  const float g2 = ((c1 - g1) + w1) + (0x1.4ae0cp-25f + w2);
  const float l1 = s1 * g1;
  const float l2 = std::fma(s1, g1, -l1) + std::fma(s1, g2, s2 * g1);
  const float h1 = e + l1;
  const float h2 = ((e - h1) + l1) + l2;

  float p1 = y * h1;
  float p2 = std::fma(y, h2, std::fma(y, h1, -p1));
  if (!(std::fabs(p1) < 192.0f)) {
    p1 = p1 > 0 ? 192.0f : -192.0f;
    p2 = 0.0f;
  }
  const float n = std::nearbyintf(p1);
  const float r = (p1 - n) + p2;
  const float q = poly(r, {0x1.62e43p-1f, 0x1.ebfbep-3f, 0x1.c6b06cp-5f, 0x1.3b29f6p-7f,
                           0x1.5daaaep-10f, 0x1.445b64p-13f, 0x1.d8d77p-17f});
  return scaled(std::fma(r, q, 1.0f), static_cast<int>(n));
}

float at_least(float v, float low) {
  return v < low ? low : v;
}
float at_most(float v, float high) {
  return v > high ? high : v;
}

float hard_sigmoid(float v) {
  return at_most(relu(v + 3.0f), 6.0f) * 0x1.555556p-3f;
}

}  // namespace

float fn_exp(float x) {
  if (std::isnan(x)) {
    return kNan;
  }
  x = at_least(at_most(x, 89.0f), -104.0f);
  const float n = std::nearbyintf(std::fma(x, 0x1.715476p+0f, 0x1.8p23f)) - 0x1.8p23f;
  const float r1 = std::fma(-n, kLn2High, x);
  const float r2 = n * -kLn2Low;
  const float r = r1 + r2;
  const float q =
      poly(r, {0x1.fffffcp-2f, 0x1.55548ap-3f, 0x1.55584ep-5f, 0x1.123f3p-7f, 0x1.6ad14ap-10f});
  return scaled((std::fma(r * r, q, r2) + r1) + 1.0f, static_cast<int>(n));
}

float fn_log(float x) {
  if (std::isnan(x) || x < 0) {
    return kNan;
  }
  if (x == 0) {
    return -kInfinity;
  }
  if (std::isinf(x)) {
    return x;
  }
  const auto [m, e] = parts(x);
  const float f = m - 1.0f;
  const float u =
      poly(f, {-0.5f, 0x1.555544p-2f, -0x1.ffffdcp-3f, 0x1.99a6c4p-3f, -0x1.5568a2p-3f,
               0x1.231768p-3f, -0x1.fa395ap-4f, 0x1.e6ddb6p-4f, -0x1.e9f6fp-4f, 0x1.23069cp-4f});
  const float w = std::fma(e, kLn2Low, (f * f) * u);
  return std::fma(e, kLn2High, f + w);
}

float fn_tanh(float x) {
  const float a = std::fabs(x);
  float size;
  if (a < 0.625f) {
    const float z = a * a;
    const float p = poly(
        z, {-0x1.555532p-2f, 0x1.1106f6p-3f, -0x1.b835a4p-5f, 0x1.51f8cep-6f, -0x1.750ce4p-8f});
    size = std::fma(a, z * p, a);
  } else {
    size = 1.0f - 2.0f / (fn_exp(a + a) + 1.0f);
  }
  return std::copysign(size, x);
}

float fn_sigmoid(float x) {
  const float e = fn_exp(-std::fabs(x));
  const float b = 1.0f + e;
  const float q = (x < 0 ? e : 1.0f) / b;
  return std::fma(-q, e - (b - 1.0f), q);
}

float fn_erf(float x) {
  const float a = std::fabs(x);
  float size;
  if (a < 0.921875f) {
    const float p = poly(a * a, {0x1.06eba8p-3f, -0x1.81274p-2f, 0x1.ce2d76p-4f, -0x1.b8043ep-6f,
                                 0x1.547724p-8f, -0x1.a8091cp-11f, 0x1.57315ep-14f});
    size = std::fma(a, p, a);
  } else {
    const float b = at_most(a, 4.0f);
    const float q = poly(b, {0x1.20ef2ep+0f, 0x1.4531f6p-1f, 0x1.b32d5cp-4f, -0x1.856ce6p-6f,
                             0x1.ddd62cp-9f, -0x1.534e1ep-12f, 0x1.7b845p-17f});
    size = 1.0f - fn_exp(-(b * q));
  }
  return std::copysign(size, x);
}

float fn_pow(float x, float y) {
  if (y == 0 || x == 1) {
    return 1.0f;
  }
  if (std::isnan(x) || std::isnan(y)) {
    return kNan;
  }
  const float a = std::fabs(x);
  const bool integer = std::isinf(y) || std::trunc(y) == y;
  const bool odd = std::isfinite(y) && std::fabs(std::fmod(y, 2.0f)) == 1.0f;
  const bool negative = std::signbit(x);
  if (negative && a != 0 && std::isfinite(a) && !integer) {
    return kNan;
  }
  float size;
  if (std::isinf(y)) {
    size = a == 1 ? 1.0f : (a > 1) == (y > 0) ? kInfinity : 0.0f;
  } else if (a == 0 || std::isinf(a)) {
    size = (a == 0) == (y > 0) ? 0.0f : kInfinity;
  } else {
    size = ordinary_pow(a, y);
  }
  return negative && odd ? -size : size;
}

float activation(uint32_t kind, float v, float alpha, float beta) {
  switch (kind) {
    case S4_ACT_RELU:
      return relu(v);
    case S4_ACT_RELU6:
      return at_most(relu(v), 6.0f);
    case S4_ACT_LEAKY_RELU:
      return v > 0 ? v : v * alpha;
    case S4_ACT_GELU: {
      const float w = at_least(v, -16.0f);
      return (w * 0.5f) * (1.0f + fn_erf(w * 0x1.6a09e6p-1f));
    }
    case S4_ACT_GELU_TANH: {
      const float w = at_least(v, -16.0f);
      return w * fn_sigmoid(w * std::fma(w * w, 0x1.2444f2p-4f, 0x1.988454p+0f));
    }
    case S4_ACT_SILU: {
      const float w = at_least(v, -104.0f);
      return w * fn_sigmoid(w);
    }
    case S4_ACT_SIGMOID:
      return fn_sigmoid(v);
    case S4_ACT_TANH:
      return fn_tanh(v);
    case S4_ACT_HARD_SWISH: {
      const float w = at_least(v, -3.0f);
      return w * hard_sigmoid(w);
    }
    case S4_ACT_HARD_SIGMOID:
      return hard_sigmoid(v);
    case S4_ACT_EXP:
      return fn_exp(v);
    case S4_ACT_ERF:
      return fn_erf(v);
    case S4_ACT_SQRT:
      return std::sqrt(v);
    case S4_ACT_LOG:
      return fn_log(v);
    case S4_ACT_ABS:
      return std::fabs(v);
    case S4_ACT_NEG:
      return -v;
    case S4_ACT_RECIPROCAL:
      return 1.0f / v;
    case S4_ACT_RSQRT:
      return 1.0f / std::sqrt(v);
    case S4_ACT_CLIP:
      return at_most(at_least(v, alpha), beta);
    case S4_ACT_FLOOR:
      return std::floor(v);
    case S4_ACT_CEIL:
      return std::ceil(v);
    case S4_ACT_ROUND:
      return std::nearbyintf(v);
    default:
      return v;
  }
}

}  // namespace s4::test
