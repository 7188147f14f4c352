// SPDX-License-Identifier: MIT
#include <s4/s4.hpp>

#include <cstdio>
#include <vector>

int main() {
  std::vector<float> dense(512 * 784, 0.5f), y(512);
  std::vector<uint16_t> image(784, 0x3f80);  // 1.0 in bfloat16
  auto device = s4::Device::open().value();
  auto blob = s4::pack_bf16(dense.data(), 512, 784, 32).value();  // keeps 2 weights in 64
  auto weights = s4::Weights::upload(device, blob).value();
  auto x_card = s4::Buffer::create(device, 784 * 2).value();
  auto y_card = s4::Buffer::create(device, 512 * 4).value();
  x_card.upload(0, image.data(), 784 * 2).value();
  auto list = s4::CommandList::create(device).value();
  list.spmm({.weights = &weights, .x = x_card, .y = y_card}).value();
  auto queue = s4::Queue::create(device).value();
  auto job = queue.submit(list).value();
  job.wait().value();
  y_card.download(0, y.data(), 512 * 4).value();
  std::printf("y[0] = %g in %.1f us of card time\n", y[0], job.report()->card_time.count() / 1e3);
}
