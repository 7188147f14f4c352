// SPDX-License-Identifier: MIT
// MOVE and GATHER through CommandList::add(): rows of a table, then turned and padded.
#include "fixture.hpp"

namespace s4 {
namespace {

using testing::HasSubstr;

class MoveTest : public test::OnDevice {};

TEST_F(MoveTest, GathersTurnsAndPads) {
  const uint32_t entries = 9, width = 6, count = 4;
  std::vector<uint16_t> table(entries * width);
  for (size_t i = 0; i < table.size(); ++i)
    table[i] = static_cast<uint16_t>(i + 1);
  const std::vector<int64_t> indices = {8, 0, 3, 3};
  Buffer table_card = Buffer::create(device(), table.size() * 2).value();
  table_card.upload(0, table.data(), table.size() * 2).value();
  Buffer indices_card = Buffer::create(device(), indices.size() * 8).value();
  indices_card.upload(0, indices.data(), indices.size() * 8).value();
  Buffer rows = Buffer::create(device(), count * width * 2).value();
  Buffer y = Buffer::create(device(), (width + 1) * count * 2).value();

  CommandList list = this->list();
  s4_cmd gather{};
  gather.header.opcode = S4_OP_GATHER;
  gather.gather.row_bytes = gather.gather.table_pitch = gather.gather.dst_pitch = width * 2;
  gather.gather.entries = entries;
  gather.gather.count = count;
  gather.gather.index_bytes = 8;
  gather.gather.index_stride = 1;
  list.add(gather, {{offsetof(s4_cmd, gather.table), table_card},
                    {offsetof(s4_cmd, gather.indices), indices_card},
                    {offsetof(s4_cmd, gather.dst), rows}})
      .value();
  s4_cmd turn{};  // y [1 + width][count], its first row padding
  turn.header.opcode = S4_OP_MOVE;
  turn.move.pattern = 0xabcd;
  turn.move.element_bytes = 2;
  turn.move.dims = 2;
  turn.move.shape[0] = width + 1;
  turn.move.before[0] = 1;
  turn.move.src_extent[0] = width;
  turn.move.src_stride[0] = 1;
  turn.move.dst_stride[0] = count;
  turn.move.shape[1] = turn.move.src_extent[1] = count;
  turn.move.src_stride[1] = width;
  turn.move.dst_stride[1] = 1;
  list.add(turn, {{offsetof(s4_cmd, move.src), rows}, {offsetof(s4_cmd, move.dst), y}}).value();
  Queue queue = this->queue();
  auto waited = queue.submit(list).value().wait();
  ASSERT_TRUE(waited.ok()) << waited.error().text();

  std::vector<uint16_t> expected(count, 0xabcd);
  for (uint32_t w = 0; w < width; ++w) {
    for (uint32_t i = 0; i < count; ++i)
      expected.push_back(table[static_cast<size_t>(indices[i]) * width + w]);
  }
  std::vector<uint16_t> got(expected.size());
  y.download(0, got.data(), got.size() * 2).value();
  EXPECT_EQ(got, expected);
}

TEST_F(MoveTest, AnIndexOutOfTheTableNamesItsElement) {
  const std::vector<int32_t> indices = {1, -2};
  Buffer table = Buffer::create(device(), 64).value();
  Buffer indices_card = Buffer::create(device(), 8).value();
  indices_card.upload(0, indices.data(), 8).value();
  Buffer y = Buffer::create(device(), 64).value();
  s4_cmd gather{};
  gather.header.opcode = S4_OP_GATHER;
  gather.gather.row_bytes = gather.gather.table_pitch = gather.gather.dst_pitch = 16;
  gather.gather.entries = 4;
  gather.gather.count = 2;
  gather.gather.index_bytes = 4;
  gather.gather.index_stride = 1;
  CommandList list = this->list();
  list.add(gather, {{offsetof(s4_cmd, gather.table), table},
                    {offsetof(s4_cmd, gather.indices), indices_card},
                    {offsetof(s4_cmd, gather.dst), y}})
      .value();
  Queue queue = this->queue();
  auto waited = queue.submit(list).value().wait();
  ASSERT_FALSE(waited.ok());
  EXPECT_THAT(waited.error().message,
              HasSubstr("index 1 is not a row of the table, which has 4"));
}

}  // namespace
}  // namespace s4
