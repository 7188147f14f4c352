// SPDX-License-Identifier: MIT
// s4-smi on the simulated card, and with cards that are made up.
#include <gmock/gmock.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "../output.hpp"

namespace s4::smi {
namespace {

using testing::HasSubstr;
using testing::Not;

struct Ended {
  int status;
  std::string output;  // both streams
};

// The program with an environment of "NAME=VALUE " words.
Ended run(const std::string& environment, const std::string& options) {
  const std::string line = "env -u S4_DEVICE -u S4_VISIBLE_DEVICES " + environment +
                           " " S4_SMI_PROGRAM " " + options + " 2>&1";
  Ended ended{-1, {}};
  FILE* pipe = popen(line.c_str(), "r");
  if (pipe == nullptr)
    return ended;
  for (int c = fgetc(pipe); c != EOF; c = fgetc(pipe))
    ended.output += static_cast<char>(c);
  const int status = pclose(pipe);
  ended.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return ended;
}

Card healthy() {
  Card card;
  card.info.name = card.name = "S4";
  card.info.transport = "drm";
  card.info.bus_id = "0000:17:00.0";
  card.info.node = "/dev/accel/accel0";
  card.info.serial = "S4-7";
  card.info.driver_version = "1.2.3";
  card.info.fw_version = 0x01020003;
  card.info.num_cores = 4;
  card.memory = MemoryInfo{20ULL << 30, 1ULL << 20, 3ULL << 20, 0, 0};
  card.telemetry = Telemetry{};
  card.telemetry->clock_khz = 900'000;
  card.telemetry->temperature_c = 41.5;
  card.telemetry->power_w = 37;
  card.telemetry->power_limit_w = 45;
  card.telemetry->utilization = {1, 0.5, 0, 0.5};
  card.telemetry->throttle = S4_THROTTLE_THERMAL;
  card.link = Link{3, 8, 3, 16};
  return card;
}

Card refused() {
  Card card;
  card.info.index = 1;
  card.info.state = Code::kPermission;
  card.info.problem = "/dev/accel/accel1 may not be opened; join the group render";
  card.info.bus_id = "0000:18:00.0";
  card.name = "S4";
  return card;
}

TEST(SmiOnSim, TableShowsTheSimulatedCard) {
  const Ended ended = run("S4_DEVICE=sim", "");
  EXPECT_EQ(ended.status, 0) << ended.output;
  EXPECT_THAT(ended.output, HasSubstr("| sim:0 "));
  EXPECT_THAT(ended.output, HasSubstr("| no link "));
  EXPECT_THAT(ended.output, HasSubstr("/ 20480 MiB"));
}

TEST(SmiOnSim, JsonHasNumbersAsNumbers) {
  const Ended ended = run("S4_DEVICE=sim:memory=1G,serial=ABC", "list --json");
  ASSERT_EQ(ended.status, 0) << ended.output;
  const auto all = nlohmann::json::parse(ended.output, nullptr, false);
  ASSERT_TRUE(all.is_object() && all["cards"].is_array() && all["cards"].size() == 1)
      << ended.output;
  const auto& card = all["cards"][0];
  EXPECT_EQ(card["bus_id"], "sim:0");
  EXPECT_EQ(card["serial"], "ABC");
  EXPECT_EQ(card["state"], "ok");
  EXPECT_EQ(card["index"], 0);
  EXPECT_EQ(card["memory"]["total_bytes"], 1 << 30);
  EXPECT_TRUE(card["link"].is_null());
  EXPECT_TRUE(card["node"].is_null());
  EXPECT_EQ(card["cores"], 4);
  for (const char* key : {"clock_mhz", "temperature_c", "power_w", "power_limit_w",
                          "utilization_percent", "jobs_done", "uptime_ms"}) {
    EXPECT_TRUE(card["telemetry"][key].is_number()) << key;
  }
  EXPECT_GT(card["telemetry"]["temperature_c"], 0);
}

TEST(SmiOnSim, ListIsALineACard) {
  const Ended ended = run("S4_DEVICE=sim", "list");
  EXPECT_EQ(ended.status, 0);
  EXPECT_EQ(ended.output, "0: S4, sim:0, serial S4-SIM-0, 20480 MiB\n");
}

TEST(Smi, TellsItsVersionWithoutACard) {
  const Ended ended = run("", "--version");
  EXPECT_EQ(ended.status, 0);
  EXPECT_THAT(ended.output, HasSubstr(library_version()));
}

TEST(Smi, NamesTheSimulatedCardWhenThereIsNone) {
  if (Device::list())
    GTEST_SKIP() << "this machine has a card, or S4_DEVICE names one";
  for (const char* options : {"", "list", "list --json"}) {
    const Ended ended = run("", options);
    EXPECT_EQ(ended.status, 1) << options;
    EXPECT_THAT(ended.output, HasSubstr("S4_DEVICE=sim")) << options;
  }
}

TEST(Smi, RefusesWhatItDoesNotKnow) {
  EXPECT_NE(run("S4_DEVICE=sim", "--nonsense").status, 0);
  EXPECT_EQ(run("S4_DEVICE=sim:nonsense=1", "").status, 1);
}

TEST(Output, TableShowsLinkVersionsMemoryAndUtilisation) {
  const std::vector<Card> cards{healthy()};
  const std::string text = table(cards);
  for (const char* part : {"Gen3 x8 / Gen3 x16", "1.2.3", "900 MHz", "41.5 C", "37.0 / 45.0 W",
                           "3 / 20480 MiB", "50 %", "S4-7"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
}

TEST(Output, ACardThatCannotBeOpenedIsListedWithItsProblem) {
  const std::vector<Card> cards{healthy(), refused()};
  EXPECT_THAT(table(cards), HasSubstr("join the group render"));
  EXPECT_THAT(lines(cards), HasSubstr("1: S4, 0000:18:00.0: /dev/accel/accel1 may not"));
  const auto card = nlohmann::json::parse(json(cards))["cards"][1];
  EXPECT_EQ(card["state"], "S4_ERROR_PERMISSION");
  EXPECT_EQ(card["problem"], cards[1].info.problem);
  EXPECT_TRUE(card["telemetry"].is_null());
  EXPECT_TRUE(card["memory"].is_null());
  EXPECT_TRUE(card["firmware_version"].is_null());
}

TEST(Output, TableLinesAreAllOfOneWidth) {
  Card card = refused();
  card.info.problem += std::string(300, 'x') + " and more words than one line holds, by far";
  const std::string text = table(std::vector<Card>{healthy(), card});
  std::vector<size_t> widths;
  for (size_t at = text.find('\n') + 1; at < text.size();) {
    const size_t end = text.find('\n', at);
    widths.push_back(end - at);
    at = end + 1;
  }
  EXPECT_THAT(widths, testing::Each(widths.front()));
}

TEST(Output, JsonTellsLinkAndThrottling) {
  const auto card = nlohmann::json::parse(json(std::vector<Card>{healthy()}))["cards"][0];
  EXPECT_EQ(card["link"]["width"], 8);
  EXPECT_EQ(card["link"]["max_width"], 16);
  EXPECT_EQ(card["link"]["generation"], 3);
  EXPECT_EQ(card["firmware_version"], "1.2.3");
  EXPECT_EQ(card["telemetry"]["utilization_percent"], 50);
  EXPECT_EQ(card["telemetry"]["throttle"], nlohmann::json::array({"thermal"}));
}

TEST(Bus, KnowsNothingOfWhatIsNoAddress) {
  EXPECT_FALSE(ask_bus("sim:0"));
  EXPECT_FALSE(ask_bus(""));
  EXPECT_FALSE(ask_bus("ffff:ff:1f.7"));
}

}  // namespace
}  // namespace s4::smi
