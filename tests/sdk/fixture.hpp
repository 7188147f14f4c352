// SPDX-License-Identifier: MIT
// A device for tests of the public interface: what S4_DEVICE names, else the driver's card. The
// same tests run on the simulated card (S4_DEVICE=sim) and in the guest.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "s4/s4.hpp"

namespace s4::test {

class OnDevice : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = Device::open();
    ASSERT_TRUE(opened.ok()) << opened.error().text();  // no card is a failure, never a skip
    device_.emplace(*std::move(opened));
  }
  Device& device() { return *device_; }
  Queue queue(const QueueOptions& options = {}) { return Queue::create(device(), options).value(); }
  CommandList list() { return CommandList::create(device()).value(); }

  std::optional<Device> device_;
};

}  // namespace s4::test
