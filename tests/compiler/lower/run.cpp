// SPDX-License-Identifier: MIT
#include "lower/run.hpp"

#include <gtest/gtest.h>

#include <cstring>

#include "s4/s4.hpp"

namespace s4::compiler {
namespace {

std::vector<Array> run(const model::Program& program, const std::vector<Array>& inputs) {
  const Device device = Device::open("sim:memory=1G,threads=2").value();
  const auto make = [&](uint64_t bytes, Placement placement) {
    return Buffer::create(device, std::max<uint64_t>(bytes, 1), placement).value();
  };
  Buffer weights = make(program.weights_bytes, Placement::kCard);
  if (program.weights_bytes)
    weights.upload(0, program.weights.data(), program.weights_bytes).value();
  Buffer arena = make(program.arena_bytes, Placement::kCard);
  std::vector<Buffer> in, out;
  for (size_t i = 0; i < program.inputs.size(); ++i) {
    EXPECT_EQ(inputs[i].bytes(), program.inputs[i].bytes);
    in.push_back(make(program.inputs[i].bytes, Placement::kHost));
    in.back().upload(0, inputs[i].raw(), inputs[i].bytes()).value();
  }
  for (const model::Tensor& tensor : program.outputs)
    out.push_back(make(tensor.bytes, Placement::kHost));
  CommandList list = CommandList::create(device).value();
  for (const model::Command& command : program.commands) {
    std::vector<s4_binding> bindings;
    for (const model::Binding& b : command.bindings) {
      const Buffer& buffer = b.section == model::Section::kWeights ? weights
                             : b.section == model::Section::kArena ? arena
                             : b.section == model::Section::kInput ? in[b.index]
                                                                   : out[b.index];
      bindings.push_back({b.field, 0, Address(buffer, b.offset).raw()});
    }
    s4_error error{};
    error.size = sizeof error;
    if (s4_command_list_add(list.get(), &command.descriptor, bindings.data(), bindings.size(),
                            &error) != S4_SUCCESS)
      fail("layer '{}' ({}), opcode {}: {}", program.layers[command.layer].name,
           program.layers[command.layer].op, command.descriptor.header.opcode, error.message);
  }
  Queue queue = Queue::create(device, {.core_mode = S4_CORE_MODE_SPLIT}).value();
  Job job = queue.submit(list).value();
  job.wait().value();
  std::vector<Array> results;
  for (size_t i = 0; i < program.outputs.size(); ++i) {
    Array array(program.outputs[i].type, program.outputs[i].shape);
    out[i].download(0, array.mutable_raw(), array.bytes()).value();
    results.push_back(array);
  }
  return results;
}

}  // namespace

std::vector<Array> run_on_card(const model::Program& program, const std::vector<Array>& inputs) {
  try {
    return run(program, inputs);
  } catch (const std::exception& e) {
    ADD_FAILURE() << e.what();
    return {};
  }
}

}  // namespace s4::compiler
