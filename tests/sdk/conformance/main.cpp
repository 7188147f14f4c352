// SPDX-License-Identifier: MIT
// One table, two transports: each row is a call with its arguments and the result it must have on
// the simulated card and on the driver alike.
//
//   sdk_conformance --transport sim|drm [gtest options]
//
// With drm and no card every row fails: a suite that passes because there was nothing to test
// would be worse than none.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstring>
#include <memory>
#include <string>

#include "conformance/context.hpp"
#include "core/discovery.hpp"
#include "transport/sim/sim_transport.hpp"

namespace s4::conformance {
namespace {

// Hangs are found sooner than a user would want; the guest sets the driver's parameter likewise.
constexpr const char* kSim = "sim:memory=256M,threads=2,faults=1,hang-ms=500";

class RowTest : public testing::Test {
 public:
  RowTest(std::string transport, Row row)
      : transport_(std::move(transport)), row_(std::move(row)) {}

  void TestBody() override {
    auto base = transport_ == "sim" ? transport::open_sim(kSim) : open_driver();
    ASSERT_TRUE(base.ok()) << base.error().text();
    Context context(**base);
    const int got = row_.call(context);
    EXPECT_EQ(got, row_.expected) << describe(got) << " instead of " << describe(row_.expected);
  }

 private:
  static Result<std::unique_ptr<Transport>> open_driver() {
    unsigned index = 0;
    auto opened = core::open_card("0", &index);
    if (opened && (*opened)->identity().kind != "drm") {
      return Error{Code::kNoDevice, 0, {}, "open", "this is not the driver's card"};
    }
    return opened;
  }
  static std::string describe(int result) {
    return result < 0 ? std::string("-") + strerrorname_np(-result) : std::to_string(result);
  }
  const std::string transport_;
  const Row row_;
};

void add(const char* group, const std::string& transport, std::vector<Row> rows) {
  for (Row& row : rows) {
    testing::RegisterTest(
        group, row.name, nullptr, nullptr, __FILE__, __LINE__,
        [transport, row]() -> testing::Test* { return new RowTest(transport, row); });
  }
}

}  // namespace
}  // namespace s4::conformance

int main(int argc, char** argv) {
  using namespace s4::conformance;
  testing::InitGoogleTest(&argc, argv);
  std::string transport = "sim";
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--transport") == 0 && i + 1 < argc) {
      transport = argv[++i];
    } else {
      std::fprintf(stderr, "usage: %s [--transport sim|drm] [gtest options]\n", argv[0]);
      return 2;
    }
  }
  if (transport != "sim" && transport != "drm") {
    std::fprintf(stderr, "--transport is \"sim\" or \"drm\", not \"%s\"\n", transport.c_str());
    return 2;
  }
  add("Query", transport, query_rows());
  add("Buffer", transport, buffer_rows());
  add("Share", transport, share_rows());
  add("Vm", transport, vm_rows());
  add("Bind", transport, bind_rows());
  add("Queue", transport, queue_rows());
  add("Submit", transport, submit_rows());
  add("Job", transport, job_rows());
  add("Sync", transport, sync_rows());
  add("Wait", transport, wait_rows());
  add("Reset", transport, reset_rows());
  return RUN_ALL_TESTS();
}
