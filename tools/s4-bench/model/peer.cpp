// SPDX-License-Identifier: MIT
#include "model/peer.hpp"

#include <fmt/core.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "model/onnx.hpp"

namespace s4::bench {
namespace {

namespace fs = std::filesystem;

fs::path program_folder() {
  return fs::read_symlink("/proc/self/exe").parent_path();
}

// Where tools/setup has noted that ONNX Runtime is.
std::string runtime_folder() {
  std::string folder;
  std::getline(std::ifstream(program_folder().parent_path() / "setup/peer"), folder);
  if (folder.empty() || !fs::exists(folder)) {
    throw std::runtime_error("ONNX Runtime, the peer, is not here: run tools/setup --only peer");
  }
  return folder;
}

// Beside the program when installed, else in the source tree.
std::string script() {
  const fs::path installed = program_folder().parent_path() / "share/s4/bench/peer.js";
  return fs::exists(installed) ? installed : fs::path(S4_BENCH_FOLDER) / "model/peer.js";
}

// Removed at the end of its life; the peer has read it by then.
class ModelFile {
 public:
  explicit ModelFile(const onnx::ModelProto& model)
      : name_(fs::temp_directory_path() / "s4-bench-XXXXXX.onnx") {
    const int file = mkstemps(name_.data(), static_cast<int>(std::strlen(".onnx")));
    if (file < 0) {
      throw std::runtime_error(fmt::format("cannot make {}: {}", name_, std::strerror(errno)));
    }
    close(file);
    try {
      write_onnx(model, name_);
    } catch (...) {
      unlink(name_.c_str());
      throw;
    }
  }
  ~ModelFile() { unlink(name_.c_str()); }
  ModelFile(const ModelFile&) = delete;
  ModelFile& operator=(const ModelFile&) = delete;
  const std::string& name() const { return name_; }

 private:
  std::string name_;
};

// Rows of the table that the input named so looks up; 0 of other inputs.
uint32_t entries_of(const Network& network, const std::string& input) {
  for (const Layer& layer : network.layers) {
    if (layer.kind == Kind::kGather && network.x(layer).name == input) {
      return layer.entries;
    }
  }
  return 0;
}

nlohmann::json inputs(const Network& network, const onnx::ModelProto& model) {
  nlohmann::json list = nlohmann::json::array();
  for (const onnx::ValueInfoProto& input : model.graph().input()) {
    nlohmann::json dims = nlohmann::json::array();
    for (const auto& dim : input.type().tensor_type().shape().dim()) {
      dims.push_back(dim.dim_value());
    }
    list.push_back(
        {{"name", input.name()}, {"dims", dims}, {"below", entries_of(network, input.name())}});
  }
  return list;
}

}  // namespace

ModelPeer::ModelPeer(const Network& network, unsigned threads) {
  const std::string folder = runtime_folder();
  onnx::ModelProto model = make_onnx(network, Values::kRandom);
  const ModelFile file(model);
  const nlohmann::json task{
      {"model", file.name()}, {"threads", threads}, {"inputs", inputs(network, model)}};
  model.Clear();  // more than a gigabyte for the largest network
  start(folder, task.dump());
  try {
    name_ = line() + " f32 dense";
  } catch (...) {
    stop();
    throw;
  }
}

ModelPeer::~ModelPeer() {
  stop();
}

void ModelPeer::start(const std::string& folder, const std::string& task) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    throw std::runtime_error(fmt::format("no socket for the peer: {}", std::strerror(errno)));
  }
  std::string arguments[] = {"node", script(), folder, task};
  char* argv[] = {arguments[0].data(), arguments[1].data(), arguments[2].data(),
                  arguments[3].data(), nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  const int problem = posix_spawnp(&pid_, argv[0], &actions, nullptr, argv, environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  answers_ = fdopen(ends[0], "r");
  if (problem != 0) {
    pid_ = -1;
    stop();
    throw std::runtime_error(
        fmt::format("cannot run node ({}): run tools/setup --only peer", std::strerror(problem)));
  }
}

double ModelPeer::infer() {
  if (send(fileno(answers_), "\n", 1, MSG_NOSIGNAL) != 1) {
    throw std::runtime_error("the peer has ended");
  }
  return std::stod(line()) * 1e-3;
}

std::string ModelPeer::line() {
  char text[256];
  if (std::fgets(text, sizeof text, answers_) == nullptr) {
    throw std::runtime_error("the peer has ended");
  }
  return std::string(text, std::strcspn(text, "\n"));
}

// The end of its input ends it.
void ModelPeer::stop() {
  if (answers_ != nullptr) {
    std::fclose(answers_);
    answers_ = nullptr;
  }
  if (pid_ > 0) {
    waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
}

}  // namespace s4::bench
