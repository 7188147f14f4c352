// SPDX-License-Identifier: MIT
// Layouts of the C interface: a program compiled against an earlier release relies on them. They
// may grow at their end; a number here that changes breaks such programs.
#include <gtest/gtest.h>

#include <cstddef>

#include "s4/s4.h"

namespace {

TEST(Layout, OfTheCInterface) {
  EXPECT_EQ(sizeof(s4_error), 624u);
  EXPECT_EQ(offsetof(s4_error, code), 8u);
  EXPECT_EQ(offsetof(s4_error, sys_errno), 12u);
  EXPECT_EQ(offsetof(s4_error, device), 16u);
  EXPECT_EQ(offsetof(s4_error, stage), 80u);
  EXPECT_EQ(offsetof(s4_error, message), 112u);
  EXPECT_EQ(sizeof(s4_device_info), 520u);
  EXPECT_EQ(offsetof(s4_device_info, index), 8u);
  EXPECT_EQ(offsetof(s4_device_info, name), 16u);
  EXPECT_EQ(offsetof(s4_device_info, problem), 216u);
  EXPECT_EQ(offsetof(s4_device_info, abi_version), 472u);
  EXPECT_EQ(offsetof(s4_device_info, dram_bytes), 504u);
  EXPECT_EQ(sizeof(s4_memory_info), 48u);
  EXPECT_EQ(sizeof(s4_buffer_options), 24u);
  EXPECT_EQ(offsetof(s4_buffer_options, bytes), 8u);
  EXPECT_EQ(offsetof(s4_buffer_options, placement), 16u);
  EXPECT_EQ(offsetof(s4_buffer_options, flags), 20u);
  EXPECT_EQ(sizeof(s4_matrix), 40u);
  EXPECT_EQ(offsetof(s4_matrix, type), 16u);
  EXPECT_EQ(offsetof(s4_matrix, pitch), 32u);
  EXPECT_EQ(sizeof(s4_pack_options), 40u);
  EXPECT_EQ(offsetof(s4_pack_options, mask), 16u);
  EXPECT_EQ(offsetof(s4_pack_options, scale_out), 32u);
  EXPECT_EQ(sizeof(s4_weights_info), 32u);
  EXPECT_EQ(sizeof(s4_address), 16u);
  EXPECT_EQ(sizeof(s4_copy), 72u);
  EXPECT_EQ(offsetof(s4_copy, dst), 24u);
  EXPECT_EQ(offsetof(s4_copy, rows), 64u);
  EXPECT_EQ(sizeof(s4_fill), 40u);
  EXPECT_EQ(offsetof(s4_fill, pattern), 32u);
  EXPECT_EQ(sizeof(s4_spmm), 168u);
  EXPECT_EQ(offsetof(s4_spmm, x_pitch), 80u);
  EXPECT_EQ(offsetof(s4_spmm, y_layout), 116u);
  EXPECT_EQ(sizeof(s4_eltwise), 200u);
  EXPECT_EQ(offsetof(s4_eltwise, shape), 72u);
  EXPECT_EQ(offsetof(s4_eltwise, a_scale), 168u);
  EXPECT_EQ(sizeof(s4_queue_options), 24u);
  EXPECT_EQ(sizeof(s4_queue_info), 48u);
  EXPECT_EQ(offsetof(s4_queue_info, progress), 40u);
  EXPECT_EQ(sizeof(s4_job_report), 72u);
  EXPECT_EQ(offsetof(s4_job_report, fault_va), 40u);
  EXPECT_EQ(offsetof(s4_job_report, wall_ns), 64u);
}

TEST(Layout, CodesKeepTheirNumbers) {
  EXPECT_EQ(S4_SUCCESS, 0);
  EXPECT_EQ(S4_ERROR_INVALID_ARGUMENT, 1);
  EXPECT_EQ(S4_ERROR_NO_DEVICE, 2);
  EXPECT_EQ(S4_ERROR_TIMEOUT, 7);
  EXPECT_EQ(S4_ERROR_DEVICE_RESET, 8);
  EXPECT_EQ(S4_ERROR_JOB_FAILED, 10);
  EXPECT_EQ(S4_ERROR_SYSTEM, 15);
}

}  // namespace
