// SPDX-License-Identifier: MIT
#include "compiler/import/import.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "compiler/ops/interpreter.hpp"
#include "import/build_model.hpp"

namespace s4::compiler {
namespace {

using testing::HasSubstr;

Graph import_model(const ModelBuilder& builder, const ImportOptions& options = {},
                   const std::string& folder = ".") {
  const std::string bytes = builder.bytes();
  return import_onnx(std::as_bytes(std::span(bytes)), folder, options);
}

std::string error_of(const ModelBuilder& builder, const ImportOptions& options = {},
                     const std::string& folder = ".") {
  try {
    (void)import_model(builder, options, folder);
  } catch (const CompileError& e) {
    return e.what();
  }
  return "no error";
}

// y = relu(x * w), shape arithmetic in front of a reshape.
ModelBuilder small_model() {
  ModelBuilder b;
  b.input("x", {0, 2, 3});
  b.constant("w", Array::of<float>({3, 2}, {1, 2, 3, 4, 5, 6}));
  b.constant("two", Array::of<int64_t>({1}, {-1}));
  b.constant("zero", Array::scalar<int64_t>(0));
  b.node("Shape", {"x"}, {"s"});
  b.node("Gather", {"s", "zero"}, {"n"});
  b.node("Unsqueeze", {"n", "axes"}, {"n1"});
  b.constant("axes", Array::of<int64_t>({1}, {0}));
  set(b.node("Concat", {"n1", "two"}, {"target"}), "axis", int64_t{0});
  b.node("MatMul", {"x", "w"}, {"m"});
  b.node("Relu", {"m"}, {"r"});
  b.node("Reshape", {"r", "target"}, {"y"});
  b.output("y");
  return b;
}

TEST(Import, ShapeArithmeticIsComputedAndTheRestRuns) {
  ImportOptions options;
  options.dimensions["N"] = 2;
  const Graph graph = import_model(small_model(), options);
  EXPECT_EQ(graph.nodes.size(), 3u);  // MatMul, Relu, Reshape
  EXPECT_EQ(graph.shape(graph.outputs[0]), (Shape{2, 4}));
  const Array x = Array::of<float>({2, 2, 3}, {1, 0, 0, 0, -1, 0, 0, 0, 1, 1, 1, 1});
  const auto y = interpret(graph, {x});
  EXPECT_EQ(y[0].to_floats(), (std::vector<float>{1, 2, 0, 0, 5, 6, 9, 12}));
}

TEST(Import, AnOpenFirstDimensionIsABatchOfOne) {
  EXPECT_EQ(import_model(small_model()).shape(0).size(), 2u);
  const Graph graph = import_model(small_model());
  EXPECT_EQ(graph.shape(graph.inputs[0]), (Shape{1, 2, 3}));
}

TEST(Import, AnyOtherOpenDimensionIsAskedFor) {
  ModelBuilder b;
  b.input("x", {1, 0});
  b.node("Relu", {"x"}, {"y"});
  b.output("y");
  EXPECT_THAT(error_of(b), AllOf(HasSubstr("'x'"), HasSubstr("--dim N=")));
  ImportOptions options;
  options.shapes["x"] = {1, 7};
  EXPECT_EQ(import_model(b, options).shape(0), (Shape{1, 7}));
  options.shapes["z"] = {1};
  EXPECT_THAT(error_of(b, options), HasSubstr("'z'"));
}

TEST(Import, AllUnknownOperatorsAreNamedAtOnce) {
  ModelBuilder b;
  b.input("x", {1});
  b.node("Frobnicate", {"x"}, {"a"}).set_name("first");
  b.node("Loop", {"a"}, {"y"}).set_name("second");
  b.output("y");
  EXPECT_THAT(error_of(b), AllOf(HasSubstr("Frobnicate 'first'"), HasSubstr("Loop 'second'")));
}

TEST(Import, WhatIsNotInOrderIsNamed) {
  ModelBuilder b;
  b.input("x", {1});
  b.node("Add", {"x", "later"}, {"y"}).set_name("n");
  b.node("Relu", {"y"}, {"later"});
  b.output("y");
  EXPECT_THAT(error_of(b), AllOf(HasSubstr("'n'"), HasSubstr("'later'")));
  ModelBuilder twice;
  twice.input("x", {1});
  twice.node("Relu", {"x"}, {"y"});
  twice.node("Relu", {"x"}, {"y"});
  twice.output("y");
  EXPECT_THAT(error_of(twice), HasSubstr("'y'"));
  ModelBuilder nothing;
  nothing.input("x", {1});
  nothing.output("ghost");
  EXPECT_THAT(error_of(nothing), HasSubstr("'ghost'"));
}

TEST(Import, ShapesThatDoNotFitNameTheNode) {
  ModelBuilder b;
  b.input("x", {2, 3});
  b.constant("w", Array::of<float>({2, 2}, {1, 2, 3, 4}));
  b.node("MatMul", {"x", "w"}, {"y"}).set_name("bad");
  b.output("y");
  EXPECT_THAT(error_of(b), AllOf(HasSubstr("MatMul 'bad'"), HasSubstr("[2, 3]")));
}

class ExternalData : public testing::Test {
 protected:
  ExternalData()
      : folder_(std::filesystem::temp_directory_path() /
                ("s4-import-" + std::to_string(getpid()))) {
    std::filesystem::create_directories(folder_);
  }
  ~ExternalData() override { std::filesystem::remove_all(folder_); }

  ModelBuilder model(const std::string& location, const std::string& length = "16") {
    ModelBuilder b;
    b.input("x", {4});
    onnx::TensorProto& w = b.constant("w", Array::of<float>({4}, {0, 0, 0, 0}));
    w.clear_raw_data();
    w.set_data_location(onnx::TensorProto::EXTERNAL);
    for (const auto& [key, value] : {std::pair<std::string, std::string>{"location", location},
                                     {"offset", "8"},
                                     {"length", length}}) {
      auto* entry = w.add_external_data();
      entry->set_key(key);
      entry->set_value(value);
    }
    b.node("Add", {"x", "w"}, {"y"});
    b.output("y");
    return b;
  }
  void write(size_t floats) {
    std::ofstream file(folder_ / "w.bin", std::ios::binary);
    for (size_t i = 0; i < floats; ++i) {
      const auto value = static_cast<float>(i);
      file.write(reinterpret_cast<const char*>(&value), sizeof value);
    }
  }
  std::filesystem::path folder_;
};

TEST_F(ExternalData, IsReadFromItsOffset) {
  write(6);
  const Graph graph = import_model(model("w.bin"), {}, folder_.string());
  const auto y = interpret(graph, {Array::of<float>({4}, {0, 0, 0, 0})});
  EXPECT_EQ(y[0].to_floats(), (std::vector<float>{2, 3, 4, 5}));
}

TEST_F(ExternalData, MissingShortAndForeignFilesAreNamed) {
  EXPECT_THAT(error_of(model("w.bin"), {}, folder_.string()), HasSubstr("w.bin"));
  write(5);
  EXPECT_THAT(error_of(model("w.bin"), {}, folder_.string()), HasSubstr("cut short"));
  EXPECT_THAT(error_of(model("w.bin", "12"), {}, folder_.string()), HasSubstr("'w'"));
  EXPECT_THAT(error_of(model("../w.bin"), {}, folder_.string()), HasSubstr("outside"));
  EXPECT_THAT(error_of(model("/etc/passwd"), {}, folder_.string()), HasSubstr("outside"));
}

// Whatever the bytes, a graph or an error with a message.
TEST(Import, DamagedModelsAreRefusedOrRead) {
  const std::string good = small_model().bytes();
  const auto attempt = [](const std::string& bytes) {
    try {
      (void)import_onnx(std::as_bytes(std::span(bytes)), ".", {});
    } catch (const CompileError& e) {
      ASSERT_NE(std::string(e.what()), "");
    }
  };
  for (size_t i = 0; i < good.size(); ++i) {
    attempt(good.substr(0, i));
    for (const int flip : {1, 0x80, 0xff}) {
      std::string bad = good;
      bad[i] = static_cast<char>(bad[i] ^ flip);
      attempt(bad);
    }
  }
}

}  // namespace
}  // namespace s4::compiler
