// SPDX-License-Identifier: MIT
// Any command of the ABI through CommandList::add(): addresses by field, checked against buffers.
#include <cstddef>
#include <cstring>
#include <vector>

#include "fixture.hpp"
#include "s4/abi/s4_check.h"
#include "s4/abi/s4_mmu.h"

namespace s4 {
namespace {

using testing::HasSubstr;

class AddTest : public test::OnDevice {
 protected:
  void SetUp() override {
    OnDevice::SetUp();
    command_.header.opcode = S4_OP_ELTWISE;
    s4_cmd_eltwise& c = command_.eltwise;
    c.op = S4_ELTWISE_ADD;
    c.a_type = c.b_type = c.y_type = S4_TYPE_FLOAT32;
    c.dims = 1;
    c.shape[0] = kCount;
    c.a_stride[0] = c.b_stride[0] = c.y_stride[0] = 1;
    c.a_scale = c.b_scale = c.y_scale = S4_FLOAT_ONE;
  }

  static constexpr uint32_t kCount = 1024;  // a page
  s4_cmd command_{};
};

TEST_F(AddTest, RunsACommandWithItsAddressesByField) {
  Buffer a = Buffer::create(device(), kCount * 4).value();
  Buffer y = Buffer::create(device(), kCount * 4 + 64).value();
  std::vector<float> values(kCount, 1.5f);
  a.upload(0, values.data(), kCount * 4).value();
  CommandList list = this->list();
  list.add(command_, {{offsetof(s4_cmd, eltwise.a), a},
                      {offsetof(s4_cmd, eltwise.b), a},
                      {offsetof(s4_cmd, eltwise.y), Address(y, 64)}})
      .value();
  queue().submit(list).value().wait().value();
  y.download(64, values.data(), kCount * 4).value();
  EXPECT_EQ(values, std::vector<float>(kCount, 3.0f));
}

TEST_F(AddTest, NamesTheFieldThatDoesNotFitItsBuffer) {
  Buffer a = Buffer::create(device(), kCount * 4).value();
  CommandList list = this->list();
  auto result = list.add(command_, {{offsetof(s4_cmd, eltwise.a), a},
                                    {offsetof(s4_cmd, eltwise.b), Address(a, 4)},
                                    {offsetof(s4_cmd, eltwise.y), Address::absolute(S4_SRAM_VA)}});
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(result.error().text(), HasSubstr("eltwise: b takes 4096 bytes from offset 4"));
  EXPECT_EQ(list.size(), 0u);
}

TEST_F(AddTest, RefusesAFieldThatIsNoAddress) {
  Buffer a = Buffer::create(device(), 4096).value();
  CommandList list = this->list();
  for (const size_t field : {size_t{0}, size_t{17}, size_t{256}, ~size_t{0}}) {
    auto result = list.add(command_, {{field, a}});
    ASSERT_FALSE(result.ok()) << field;
    EXPECT_THAT(result.error().text(), HasSubstr("is no address"));
  }
  // An aligned field that is not an operand: `a_stride`.
  command_.eltwise.a = command_.eltwise.b = S4_SRAM_VA;
  command_.eltwise.y = S4_SRAM_VA + 4096;
  const size_t stride = offsetof(s4_cmd, eltwise.a_stride);
  ASSERT_EQ(stride % 8, 0u);
  EXPECT_FALSE(list.add(command_, {{stride, a}}).ok());
  EXPECT_EQ(list.size(), 0u);
}

}  // namespace
}  // namespace s4
