// SPDX-License-Identifier: MIT
// The programs of programs/, run by s4-mcu as a user would.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

namespace {

struct ToolRun {
  int status = -1;
  std::string out, err;
};

std::string read_all(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

class TemporaryFile {
 public:
  TemporaryFile() {
    std::string pattern = testing::TempDir() + "s4-mcu-XXXXXX";
    const int file = mkstemp(pattern.data());
    if (file >= 0) {
      close(file);
    }
    path_ = pattern;
  }
  ~TemporaryFile() { std::remove(path_.c_str()); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// `arguments` are quoted already where they need it.
ToolRun run_tool(const std::string& arguments) {
  const TemporaryFile out, err;
  const std::string command =
      "'" S4_MCU_TOOL "' " + arguments + " >'" + out.path() + "' 2>'" + err.path() + "'";
  const int status = std::system(command.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_all(out.path()), read_all(err.path())};
}

std::string program(const std::string& name) {
  return std::string("'" S4_MCU_PROGRAMS "/") + name + ".elf'";
}

const std::string kLimit = "--max-instructions 1000000 ";

class Programs : public testing::TestWithParam<const char*> {};

TEST_P(Programs, Pass) {
  const ToolRun run = run_tool(kLimit + program(GetParam()));
  EXPECT_EQ(run.status, 0) << "check " << run.status << " of " << GetParam()
                           << ".S failed (or: 124 to 127, see docs/s4-mcu.md)\n"
                           << run.err;
  EXPECT_EQ(run.err, "");
}

// The trace goes instruction by instruction; programs must not notice.
TEST_P(Programs, PassTraced) {
  const ToolRun run = run_tool(kLimit + "--trace " + program(GetParam()));
  EXPECT_EQ(run.status, 0) << GetParam();
  EXPECT_NE(run.err.find("_start:\n80000000 "), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(All, Programs,
                         testing::Values("alu", "compressed", "compressed_illegal", "counters",
                                         "csr", "fence_i", "illegal", "interrupts", "jumps",
                                         "memory", "muldiv", "traps", "wfi"),
                         [](const auto& info) { return std::string(info.param); });

TEST(Tool, ExitStatusIsTheProgramsEvenWhenOnlyTheLowHalfIsWritten) {
  EXPECT_EQ(run_tool(kLimit + program("exit_code")).status, 42);
  EXPECT_EQ(run_tool(kLimit + "--trace " + program("exit_code")).status, 42);
}

TEST(Tool, RunsTheBenchmarkAndCountsItsInstructions) {
  const ToolRun run = run_tool("--max-instructions 200000000 --stats " + program("benchmark"));
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_NE(run.err.find(" instructions in "), std::string::npos) << run.err;
}

TEST(Tool, FromhostMayFollowTohostAtOnce) {
  EXPECT_EQ(run_tool(kLimit + program("word_mailbox")).status, 33);
}

TEST(Tool, PrintsByWriteCallAndByCharacter) {
  for (const char* option : {"", "--trace "}) {
    const ToolRun run = run_tool(kLimit + option + program("console"));
    EXPECT_EQ(run.status, 17);
    EXPECT_EQ(run.out, "hello from the MCU\n168\n");
    EXPECT_NE(run.err.find("a note on standard error\n"), std::string::npos);
  }
}

TEST(Tool, WritesTheSignature) {
  const TemporaryFile file;
  const std::string option = "--signature '" + file.path() + "' ";
  EXPECT_EQ(run_tool(kLimit + option + program("signature")).status, 0);
  EXPECT_EQ(read_all(file.path()), "12345678\n00000001\ndeadbeef\n01020304\n0000cafe\n");
  EXPECT_EQ(run_tool(kLimit + option + "--signature-granularity 2 " + program("signature")).status,
            0);
  EXPECT_EQ(read_all(file.path()), "5678\n1234\n0001\n0000\nbeef\ndead\n0304\n0102\ncafe\n0000\n");
  EXPECT_EQ(run_tool(kLimit + option + "--signature-granularity 16 " + program("signature")).status,
            0);
  EXPECT_EQ(read_all(file.path()),
            "01020304deadbeef0000000112345678\n0000000000000000000000000000cafe\n");
}

TEST(Tool, SignatureWithoutSymbolsIsAnError) {
  const TemporaryFile file;
  const ToolRun run = run_tool(kLimit + "--signature '" + file.path() + "' " + program("alu"));
  EXPECT_EQ(run.status, 125);
  EXPECT_NE(run.err.find("begin_signature"), std::string::npos) << run.err;
}

TEST(Tool, SaysWhyAProgramDidNotEnd) {
  const ToolRun limited = run_tool("--max-instructions 5 " + program("alu"));
  EXPECT_EQ(limited.status, 124);
  EXPECT_NE(limited.err.find("stopped after 5 instructions"), std::string::npos) << limited.err;
  const ToolRun crashed = run_tool(kLimit + program("crash"));
  EXPECT_EQ(crashed.status, 126);
  EXPECT_NE(crashed.err.find("environment call"), std::string::npos) << crashed.err;
  EXPECT_NE(crashed.err.find("the_culprit"), std::string::npos) << crashed.err;
  const ToolRun asleep = run_tool(kLimit + program("asleep"));
  EXPECT_EQ(asleep.status, 127);
  EXPECT_NE(asleep.err.find("asleep"), std::string::npos) << asleep.err;
}

TEST(Tool, MaxInstructionsIsExact) {
  const ToolRun run = run_tool("--max-instructions 7 --trace " + program("alu"));
  int lines = 0;
  std::istringstream text(run.err);
  for (std::string line; std::getline(text, line);) {
    lines += line.starts_with("80000") && line.size() > 9 && line[8] == ' ' ? 1 : 0;
  }
  EXPECT_EQ(lines, 7) << run.err;
}

TEST(Tool, TraceShowsInstructionsResultsAndTraps) {
  const ToolRun run = run_tool(kLimit + "--trace " + program("crash"));
  EXPECT_NE(run.err.find(" 6505     lui a0, 0x1                  a0=00001000\n"), std::string::npos)
      << run.err;
  EXPECT_NE(run.err.find("csrrw zero, mtvec, a0"), std::string::npos) << run.err;
  EXPECT_NE(run.err.find("the_culprit:\n"), std::string::npos) << run.err;
  const ToolRun traps = run_tool(kLimit + "--trace " + program("traps"));
  EXPECT_NE(traps.err.find("trap: environment call (mcause 0xb), mepc 0x80000"), std::string::npos);
}

TEST(Tool, MoreRam) {
  // asleep.S ends before it looks at memory; what counts is that the ranges are taken or refused.
  EXPECT_EQ(run_tool(kLimit + "--ram 0x10000:4096 --ram 65536:8192 " + program("exit_code")).status,
            42);
  for (const char* bad : {"0x10000", "x:1", "0:0", "0xffffffff:2", "0x100000000:1", ":"}) {
    const ToolRun run = run_tool(kLimit + "--ram " + bad + " " + program("exit_code"));
    EXPECT_EQ(run.status, 125) << bad;
    EXPECT_NE(run.err.find("BASE:SIZE"), std::string::npos) << run.err;
  }
}

TEST(Tool, RefusesWhatIsNotAProgram) {
  const ToolRun missing = run_tool("/nonexistent/file.elf");
  EXPECT_EQ(missing.status, 125);
  EXPECT_NE(missing.err.find("/nonexistent/file.elf"), std::string::npos) << missing.err;
  const ToolRun host = run_tool("'" S4_MCU_TOOL "'");
  EXPECT_EQ(host.status, 125);
  EXPECT_NE(host.err.find("not a 32-bit"), std::string::npos) << host.err;
  EXPECT_EQ(run_tool("").status, 125);
  EXPECT_EQ(run_tool("--no-such-option x").status, 125);
}

TEST(Tool, HelpNamesTheOptionsAndStatuses) {
  const ToolRun run = run_tool("--help");
  EXPECT_EQ(run.status, 0);
  for (const char* text :
       {"--trace", "--max-instructions", "--signature", "--ram", "tohost", "124", "0x0200bff8"}) {
    EXPECT_NE(run.out.find(text), std::string::npos) << text;
  }
}

}  // namespace
