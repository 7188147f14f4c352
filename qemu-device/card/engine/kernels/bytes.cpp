// SPDX-License-Identifier: MIT
// INT8 in tiles of bytes, for processors that add four products of bytes in one instruction
// (AVX-512 VNNI). The instruction takes one factor as unsigned: an activation a stands in the tile as the
// byte a + 128, and a sum begins with -128 times the sum of its weights. All is exact: addition is
// modulo 2^32, and the true sum is below 2^31.
//
// The four products of a lane are of four entries. So the bytes of four lines are interleaved, in registers
// (sparse: each row has its own lines) or once for all rows (dense). Kernel order of sums follows: within
// a block of 16 columns, vector j has columns 4j to 4j + 3.
#include <cstring>

#include "engine/kernels/kernels.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/kernels/bytes.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "engine/kernels/bytes-inl.hpp"
#include "engine/kernels/runs-inl.hpp"
#include "engine/kernels/transpose-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace s4::card {
namespace HWY_NAMESPACE {

#if HWY_TARGET == HWY_AVX3_DL
// Highway detects this target by AVX-512 VNNI but compiles it for AVX-VNNI.
HWY_PUSH_ATTRIBUTES(HWY_TARGET_STR ",avx512vnni")

// In each lane sum + the four products of x's unsigned bytes with w's signed ones. By its name, since for
// short vectors compilers take the other encoding, of AVX-VNNI, where both are allowed.
template <class V>
HWY_INLINE V dot(V sum, V x, V w) {
  asm("%{evex%} vpdpbusd %2, %1, %0" : "+v"(sum.raw) : "v"(x.raw), "v"(w.raw));
  return sum;
}

// Four lines, so that each lane has a column's four bytes.
template <size_t kBlocks>
struct Quad {
  hn::Vec<I32<kBlocks>> v[4];

  template <class V>
  HWY_INLINE Quad(V a, V b, V c, V d) {
    constexpr U8<kBlocks> u8;
    constexpr hn::Repartition<uint16_t, U8<kBlocks>> u16;
    constexpr I32<kBlocks> i32;
    const auto ab_low = hn::BitCast(u16, hn::InterleaveLower(u8, a, b));
    const auto ab_high = hn::BitCast(u16, hn::InterleaveUpper(u8, a, b));
    const auto cd_low = hn::BitCast(u16, hn::InterleaveLower(u8, c, d));
    const auto cd_high = hn::BitCast(u16, hn::InterleaveUpper(u8, c, d));
    v[0] = hn::BitCast(i32, hn::InterleaveLower(u16, ab_low, cd_low));
    v[1] = hn::BitCast(i32, hn::InterleaveUpper(u16, ab_low, cd_low));
    v[2] = hn::BitCast(i32, hn::InterleaveLower(u16, ab_high, cd_high));
    v[3] = hn::BitCast(i32, hn::InterleaveUpper(u16, ab_high, cd_high));
  }
};

template <size_t kBlocks>
HWY_INLINE hn::Vec<I32<kBlocks>> four(const std::byte* values) {
  int32_t bits;
  std::memcpy(&bits, values, 4);
  return hn::Set(I32<kBlocks>(), bits);
}

template <size_t kBlocks, size_t kRows>
HWY_INLINE void begin(const MultiplyArgs& args, size_t row, hn::Vec<I32<kBlocks>> (&sums)[kRows][4]) {
  constexpr I32<kBlocks> i32;
  const auto* from = reinterpret_cast<const int32_t*>(args.sums) + row * kByteColumns;
  for (size_t r = 0; r < kRows; ++r) {
    for (size_t j = 0; j < 4; ++j) {
      sums[r][j] = args.first ? hn::Set(i32, args.start[row + r])
                              : hn::Load(i32, from + r * kByteColumns + j * 16);
    }
  }
}

template <size_t kBlocks, size_t kRows>
HWY_INLINE void end(const MultiplyArgs& args, size_t row,
                    const hn::Vec<I32<kBlocks>> (&sums)[kRows][4]) {
  auto* to = reinterpret_cast<int32_t*>(args.sums) + row * kByteColumns;
  for (size_t r = 0; r < kRows; ++r) {
    for (size_t j = 0; j < 4; ++j) {
      hn::Store(sums[r][j], I32<kBlocks>(), to + r * kByteColumns + j * 16);
    }
  }
}

template <size_t kBlocks>
HWY_INLINE void sparse_blocks(const MultiplyArgs& args) {
  constexpr U8<kBlocks> u8;
  const auto* HWY_RESTRICT tile = reinterpret_cast<const uint8_t*>(args.tile);
  const uint16_t* HWY_RESTRICT offsets = args.offsets;
  const std::byte* HWY_RESTRICT values = args.values;
  for (size_t row = 0; row < args.rows; ++row) {
    hn::Vec<I32<kBlocks>> sums[1][4];
    begin<kBlocks>(args, row, sums);
    size_t e = 0;
    for (; e + 4 <= args.entries; e += 4) {
      const auto line = [&](size_t i) HWY_ATTR { return hn::Load(u8, tile + offsets[e + i]); };
      const Quad<kBlocks> quad(line(0), line(1), line(2), line(3));
      const auto w = four<kBlocks>(values + e);
      for (size_t j = 0; j < 4; ++j) {
        sums[0][j] = dot(sums[0][j], quad.v[j], w);
      }
    }
    if (e < args.entries) {  // a bank may have two
      const auto zero = hn::Zero(u8);
      const Quad<kBlocks> quad(hn::Load(u8, tile + offsets[e]), hn::Load(u8, tile + offsets[e + 1]),
                               zero, zero);
      int16_t two;
      std::memcpy(&two, values + e, 2);
      const auto w = hn::Set(I32<kBlocks>(), uint16_t(two));
      for (size_t j = 0; j < 4; ++j) {
        sums[0][j] = dot(sums[0][j], quad.v[j], w);
      }
    }
    end<kBlocks>(args, row, sums);
    offsets += args.entries;
    values += args.entries;
  }
}

void sparse(const MultiplyArgs& args) {
  args.columns <= 16 ? sparse_blocks<1>(args)
  : args.columns <= 32 ? sparse_blocks<2>(args)
                       : sparse_blocks<4>(args);
}

// kRows rows at a time share what is read of the tile.
template <size_t kBlocks, size_t kRows>
HWY_INLINE void dense_rows(const MultiplyArgs& args, size_t row) {
  constexpr I32<kBlocks> i32;
  const auto* HWY_RESTRICT tile = reinterpret_cast<const int32_t*>(args.tile);
  const std::byte* HWY_RESTRICT values = args.values + row * args.entries;
  hn::Vec<I32<kBlocks>> sums[kRows][4];
  begin<kBlocks>(args, row, sums);
  for (size_t e = 0; e < args.entries; e += 4) {
    hn::Vec<I32<kBlocks>> quad[4];
    for (size_t j = 0; j < 4; ++j) {
      quad[j] = hn::Load(i32, tile + e * (kTileLineBytes / 4) + j * 16);
    }
    for (size_t r = 0; r < kRows; ++r) {
      const auto w = four<kBlocks>(values + r * args.entries + e);
      for (size_t j = 0; j < 4; ++j) {
        sums[r][j] = dot(sums[r][j], quad[j], w);
      }
    }
  }
  end<kBlocks>(args, row, sums);
}

template <size_t kBlocks>
HWY_INLINE void dense_blocks(const MultiplyArgs& args) {
  constexpr size_t kRows = 6;  // 24 sums, four of the tile, a weight
  size_t row = 0;
  for (; row + kRows <= args.rows; row += kRows) {
    dense_rows<kBlocks, kRows>(args, row);
  }
  for (; row < args.rows; ++row) {
    dense_rows<kBlocks, 1>(args, row);
  }
}

void dense(const MultiplyArgs& args) {
  args.columns <= 16 ? dense_blocks<1>(args)
  : args.columns <= 32 ? dense_blocks<2>(args)
                       : dense_blocks<4>(args);
}

// Line 4i + j becomes vector j of the quad of lines 4i to 4i + 3.
void interleave(std::byte* tile, size_t ks) {
  constexpr U8<4> u8;
  for (size_t k = 0; k < ks; k += 4) {
    auto* lines = reinterpret_cast<uint8_t*>(tile + k * kTileLineBytes);
    const Quad<4> quad(hn::Load(u8, lines), hn::Load(u8, lines + kTileLineBytes),
                       hn::Load(u8, lines + 2 * kTileLineBytes),
                       hn::Load(u8, lines + 3 * kTileLineBytes));
    for (size_t j = 0; j < 4; ++j) {
      hn::Store(hn::BitCast(u8, quad.v[j]), u8, lines + j * kTileLineBytes);
    }
  }
}

void pack_rows(const std::byte* src, size_t pitch, size_t ks, size_t columns, std::byte* tile) {
  constexpr U8<4> u8;
  const auto flip = hn::Set(u8, kByteFlip);
  for (size_t k = 0; k < ks; ++k) {
    const auto* from = reinterpret_cast<const uint8_t*>(src + k * pitch);
    alignas(64) uint8_t row[kByteColumns];
    if (columns < kByteColumns) {
      hn::Store(hn::Zero(u8), u8, row);
      std::memcpy(row, from, columns);
      from = row;
    }
    hn::Store(hn::Xor(hn::LoadU(u8, from), flip), u8,
              reinterpret_cast<uint8_t*>(tile + k * kTileLineBytes));
  }
}

// Sixteen bytes of columns c, c + 16, ..., of kBlocks; those from `columns` on are zero.
template <size_t kBlocks>
HWY_INLINE hn::Vec<U8<kBlocks>> column_blocks(const std::byte* from, size_t pitch, size_t c,
                                              size_t columns) {
  __m128i v[kBlocks];
  for (size_t b = 0; b < kBlocks; ++b) {
    v[b] = c + 16 * b < columns
               ? _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + (c + 16 * b) * pitch))
               : _mm_setzero_si128();
  }
  if constexpr (kBlocks == 1) {
    return hn::Vec<U8<1>>{v[0]};
  } else if constexpr (kBlocks == 2) {
    return hn::Vec<U8<2>>{_mm256_inserti128_si256(_mm256_castsi128_si256(v[0]), v[1], 1)};
  } else {
    __m512i all = _mm512_inserti32x4(_mm512_castsi128_si512(v[0]), v[1], 1);
    all = _mm512_inserti32x4(all, v[2], 2);
    return hn::Vec<U8<4>>{_mm512_inserti32x4(all, v[3], 3)};
  }
}

// Sixteen k at a time.
template <size_t kBlocks>
HWY_INLINE void pack_blocks(const std::byte* src, size_t pitch, size_t ks, size_t columns,
                            std::byte* lines, size_t line_pitch) {
  constexpr U8<kBlocks> u8;
  const auto flip = hn::Set(u8, kByteFlip);
  std::byte rest[kByteColumns * 16];
  for (size_t k = 0; k < ks; k += 16) {
    const std::byte* from = src + k;
    size_t from_pitch = pitch;
    const size_t count = ks - k < 16 ? ks - k : 16;
    if (count < 16) {  // behind the last k may be nothing that can be read
      std::memset(rest, 0, sizeof(rest));
      for (size_t c = 0; c < columns; ++c) {
        std::memcpy(rest + c * 16, from + c * pitch, count);
      }
      from = rest;
      from_pitch = 16;
    }
    hn::Vec<U8<kBlocks>> v[16];
    for (size_t c = 0; c < 16; ++c) {
      v[c] = column_blocks<kBlocks>(from, from_pitch, c, columns);
    }
    transpose(u8, v);
    for (size_t i = 0; i < count; ++i) {
      hn::StoreU(hn::Xor(v[i], flip), u8,
                 reinterpret_cast<uint8_t*>(lines + (k + i) * line_pitch));
    }
  }
}

void pack_columns(const std::byte* src, size_t pitch, size_t ks, size_t columns, std::byte* lines,
                  size_t line_pitch) {
  if (columns > 48) {
    return pack_blocks<4>(src, pitch, ks, columns, lines, line_pitch);
  }
  if (columns > 32) {
    pack_blocks<2>(src, pitch, ks, 32, lines, line_pitch);
    src += 32 * pitch;
    lines += 32;
    columns -= 32;
  }
  (columns > 16 ? pack_blocks<2> : pack_blocks<1>)(src, pitch, ks, columns, lines, line_pitch);
}

void weights(const std::byte* from, size_t count, std::byte* values) {
  std::memcpy(values, from, count);
}

void elements(const std::byte* from, size_t count, std::byte* values) {
  for (size_t i = 0; i < count; ++i) {
    values[i] = from[i] ^ std::byte{kByteFlip};
  }
}

int32_t start(const std::byte* values, size_t count) {
  constexpr I32<4> i32;
  const auto ones = hn::Set(i32, 0x01010101);
  auto sums = hn::Zero(i32);
  size_t i = 0;
  for (; i + kByteColumns <= count; i += kByteColumns) {
    sums = dot(sums, ones, hn::BitCast(i32, hn::LoadU(U8<4>(), reinterpret_cast<const uint8_t*>(values + i))));
  }
  int32_t sum = hn::GetLane(hn::SumOfLanes(i32, sums));
  for (; i < count; ++i) {
    sum += static_cast<int8_t>(values[i]);
  }
  return -128 * sum;
}

const ByteKernels* bytes_table() {
  static constexpr ByteKernels kTable{{pack_rows, pack_columns, kByteColumns, runs<uint8_t>},
                                      {weights, elements, start},
                                      {sparse, dense, interleave}};
  return &kTable;
}

HWY_POP_ATTRIBUTES

#else

const ByteKernels* bytes_table() { return nullptr; }

#endif

}  // namespace HWY_NAMESPACE
}  // namespace s4::card
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "engine/kernels/select.hpp"
namespace s4::card {
const ByteKernels* byte_kernels(int64_t target) { S4_SELECT(target, bytes_table) }
}  // namespace s4::card
#endif
