// SPDX-License-Identifier: MIT
// Card time: what a command costs the modelled card, in cycles at the top clock. A pure function of
// the command and its slice; docs/commands/time.md gives the formulas and the
// reason of every parameter.
#pragma once

#include <cstdint>

#include "s4/abi/s4_mcu.h"
#include "timing/cost.hpp"
#include "timing/parameters.hpp"

namespace s4::card::timing {

Cost copy_cost(const s4_cmd_copy& command);
Cost fill_cost(const s4_cmd_fill& command);
Cost gather_cost(const s4_cmd_gather& command);
Cost move_cost(const s4_cmd_move& command);
// [begin, end) of the axis; S4_SLICE_ALL ignores it.
Cost spmm_cost(const s4_cmd& command, s4_slice axis, uint64_t begin, uint64_t end);
Cost matmul_cost(const s4_cmd_matmul& command, s4_slice axis, uint64_t begin, uint64_t end);
Cost conv_cost(const s4_cmd& command, s4_slice axis, uint64_t begin, uint64_t end);
Cost dwconv_cost(const s4_cmd& command, s4_slice axis, uint64_t begin, uint64_t end);
Cost eltwise_cost(const s4_cmd_eltwise& command, s4_slice axis, uint64_t begin, uint64_t end);
Cost unary_cost(const s4_cmd_unary& command, s4_slice axis, uint64_t begin, uint64_t end);
Cost pool_cost(const s4_cmd_pool& command, s4_slice axis, uint64_t begin, uint64_t end);
Cost resize_cost(const s4_cmd_resize& command, s4_slice axis, uint64_t begin, uint64_t end);
Cost reduce_cost(const s4_cmd_reduce& command, s4_slice axis, uint64_t begin, uint64_t end);
Cost norm_cost(const s4_cmd_norm& command, s4_slice axis, uint64_t begin, uint64_t end);
Cost softmax_cost(const s4_cmd_softmax& command, s4_slice axis, uint64_t begin, uint64_t end);
Cost topk_cost(const s4_cmd_topk& command, s4_slice axis, uint64_t begin, uint64_t end);
Cost rope_cost(const s4_cmd_rope& command, s4_slice axis, uint64_t begin, uint64_t end);

}  // namespace s4::card::timing
