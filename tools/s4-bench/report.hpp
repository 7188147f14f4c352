// SPDX-License-Identifier: MIT
// Figures and how they are printed: a JSON line each, or a table for people.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace s4::bench {

// Measurements of one thing.
struct Sample {
  double median = 0;
  double spread = 0;  // distance of the quartiles over the median
  unsigned runs = 0;
};
Sample summarise(std::vector<double> measurements);

// Which way is better.
enum class Better { kHigher, kLower };

struct Peer {
  std::string name;
  double value;
};

// More about a figure: a number or a word.
struct Detail {
  std::string key;
  std::variant<double, std::string> value;
};

struct Figure {
  std::string bench;
  std::string name;  // "case" in the output
  std::string metric;
  Sample value;
  std::string unit;
  std::string clock = "host";  // or "card"
  std::optional<Peer> peer{};
  Better better = Better::kHigher;
  std::vector<Detail> details{};

  // How many times better than the peer we are.
  std::optional<double> ratio() const;
};

class Report {
 public:
  explicit Report(bool json) : json_(json) {}
  // JSON is printed at once, the table by finish().
  void add(Figure figure);
  void finish() const;
  // For people, to standard error.
  void note(const std::string& text) const;

 private:
  bool json_;
  std::vector<Figure> figures_;
};

}  // namespace s4::bench
