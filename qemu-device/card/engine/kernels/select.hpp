// SPDX-License-Identifier: MIT
// Picks a table by target at run time without Highway's process-wide choice, so that two engines
// in one process may differ. Included by kernel files after foreach_target.h and highway.h, once.
//
// S4_SELECT(target, table) is the switch over N_<target>::table().
#ifndef S4_ENGINE_KERNELS_SELECT_HPP
#define S4_ENGINE_KERNELS_SELECT_HPP

#if HWY_TARGETS & HWY_AVX2
#define S4_CASE_AVX2(table) \
  case HWY_AVX2:            \
    return N_AVX2::table();
#else
#define S4_CASE_AVX2(table)
#endif
#if HWY_TARGETS & HWY_AVX3
#define S4_CASE_AVX3(table) \
  case HWY_AVX3:            \
    return N_AVX3::table();
#else
#define S4_CASE_AVX3(table)
#endif
#if HWY_TARGETS & HWY_AVX3_DL
#define S4_CASE_AVX3_DL(table) \
  case HWY_AVX3_DL:            \
    return N_AVX3_DL::table();
#else
#define S4_CASE_AVX3_DL(table)
#endif
#if HWY_TARGETS & HWY_NEON
#define S4_CASE_NEON(table) \
  case HWY_NEON:            \
    return N_NEON::table();
#else
#define S4_CASE_NEON(table)
#endif

#define S4_SELECT(target, table) \
  switch (target) {              \
    S4_CASE_AVX3_DL(table)       \
    S4_CASE_AVX3(table)          \
    S4_CASE_AVX2(table)          \
    S4_CASE_NEON(table)          \
    default:                     \
      HWY_ABORT("no kernels");   \
  }

#endif
