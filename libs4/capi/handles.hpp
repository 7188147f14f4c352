// SPDX-License-Identifier: MIT
// What stands behind the opaque handles.
#pragma once

#include <memory>

#include "core/buffer.hpp"
#include "core/command_list.hpp"
#include "core/device.hpp"
#include "core/job.hpp"
#include "core/queue.hpp"
#include "core/weights.hpp"
#include "s4/s4.h"

struct s4_device {
  std::shared_ptr<s4::core::Device> core;
};
struct s4_buffer {
  std::shared_ptr<s4::core::Buffer> core;
};
struct s4_weights {
  std::shared_ptr<s4::core::Weights> core;
};
struct s4_command_list {
  s4::core::CommandList core;
};
struct s4_queue {
  std::shared_ptr<s4::core::Queue> core;
};
struct s4_job {
  std::shared_ptr<s4::core::Job> core;
};
