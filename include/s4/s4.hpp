// SPDX-License-Identifier: MIT
// libs4, all of its C++ layer. docs/sdk.md.
#pragma once

#include "buffer.hpp"
#include "command_list.hpp"
#include "device.hpp"
#include "device_group.hpp"
#include "job.hpp"
#include "queue.hpp"
#include "result.hpp"
#include "telemetry.hpp"
#include "weights.hpp"
