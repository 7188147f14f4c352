// SPDX-License-Identifier: MIT
#include "model/plot.hpp"

#include <fmt/ostream.h>

#include <algorithm>
#include <cmath>
#include <string_view>

namespace s4::bench {
namespace {

constexpr double kWidth = 960, kHeight = 600;
constexpr double kLeft = 90, kRight = 30, kTop = 70, kBottom = 70;
constexpr double kRadius = 24;  // of a layer that takes all the time
constexpr double kLeastRadius = 4.5;

// Colours follow the browser's light or dark scheme; bounds are told apart by shade, too.
constexpr std::string_view kStyle = R"(<style>
  svg { --paper: #ffffff; --ink: #1c2128; --grid: #d8dde3; --roof: #57606a;
        --array: #0a5cc2; --vpu: #b35900; --memory: #1a7f4b; --dispatch: #8250df; }
  @media (prefers-color-scheme: dark) {
    svg { --paper: #14181d; --ink: #e6e9ed; --grid: #333a43; --roof: #9aa4b0;
          --array: #6cb0ff; --vpu: #ffb25c; --memory: #5fd896; --dispatch: #c9a5ff; } }
  text { font: 13px system-ui, sans-serif; fill: var(--ink); }
  .title { font-size: 17px; font-weight: 600; }
  .paper { fill: var(--paper); } .grid { stroke: var(--grid); }
  .roof { stroke: var(--roof); stroke-width: 2; fill: none; } .minor { stroke-dasharray: 6 4; }
  circle { fill-opacity: .7; stroke: var(--paper); }
  circle:hover { fill-opacity: 1; stroke: var(--ink); }
  .array { fill: var(--array); } .VPU { fill: var(--vpu); }
  .memory { fill: var(--memory); } .dispatch { fill: var(--dispatch); }
</style>
)";

std::string escape(std::string_view text) {
  std::string result;
  for (const char c : text) {
    result += c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : std::string(1, c);
  }
  return result;
}

// 1.5e12 as "1.5 T".
std::string short_number(double value) {
  static constexpr const char* kPrefixes[] = {"", "k", "M", "G", "T", "P"};
  size_t prefix = 0;
  while (value >= 1000 && prefix + 1 < std::size(kPrefixes)) {
    value /= 1000;
    ++prefix;
  }
  return fmt::format("{:.3g} {}", value, kPrefixes[prefix]);
}

// A logarithmic axis over whole decades.
struct Axis {
  double low, high;   // exponents of ten
  double begin, end;  // on the picture

  static Axis over(double low, double high, double begin, double end) {
    return {std::floor(std::log10(low)), std::ceil(std::log10(high)), begin, end};
  }
  double at(double value) const {
    return begin + (std::log10(value) - low) / (high - low) * (end - begin);
  }
  double least() const { return std::pow(10, low); }
  double most() const { return std::pow(10, high); }
};

class Picture {
 public:
  Picture(std::ostream& out, const Plot& plot) : out_(out), plot_(plot) {
    // The knee of DRAM's slope is in the picture, whatever the layers do.
    double most_rate = 0;
    double least_rate = plot.roofs.front().rate;
    double least = plot.roofs.front().rate / plot.bytes_per_second;
    double most = least * 2;
    for (const PlotRoof& roof : plot.roofs) {
      most_rate = std::max(most_rate, roof.rate);
    }
    for (const PlotDot& dot : plot.dots) {
      least_rate = std::min(least_rate, dot.operations / dot.seconds);
      seconds_ += dot.seconds;
      if (dot.bytes > 0) {
        least = std::min(least, dot.operations / dot.bytes);
        most = std::max(most, dot.operations / dot.bytes);
      }
    }
    x_ = Axis::over(least / 1.5, most * 1.5, kLeft, kWidth - kRight);
    y_ = Axis::over(least_rate / 1.5, most_rate * 1.5, kHeight - kBottom, kTop);
  }

  void draw() {
    fmt::print(out_,
               "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" role=\"img\">\n{}"
               "<title>{}</title>\n<rect class=\"paper\" width=\"{}\" height=\"{}\"/>\n"
               "<text class=\"title\" x=\"{}\" y=\"30\">{}</text>\n",
               kWidth, kHeight, kStyle, escape(plot_.title), kWidth, kHeight, kLeft,
               escape(plot_.title));
    legend();
    grid();
    slope();
    for (size_t i = 0; i < plot_.roofs.size(); ++i) {
      flat(plot_.roofs[i], i == 0);
    }
    for (const PlotDot& one : plot_.dots) {
      dot(one);
    }
    fmt::print(out_, "</svg>\n");
  }

 private:
  void line(std::string_view style, double x1, double y1, double x2, double y2) {
    fmt::print(out_,
               "<line class=\"{}\" x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\"/>\n",
               style, x1, y1, x2, y2);
  }
  void text(double x, double y, std::string_view anchor, std::string_view what) {
    fmt::print(out_, "<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n", x, y, anchor,
               escape(what));
  }

  void legend() {
    double x = kLeft + 6;
    for (const std::string_view bound : {"array", "VPU", "memory", "dispatch"}) {
      fmt::print(out_, "<circle class=\"{}\" cx=\"{}\" cy=\"50\" r=\"6\"/>\n", bound, x);
      text(x + 12, 54.5, "start", fmt::format("bound by {}", bound));
      x += 150;
    }
  }
  void grid() {
    for (double e = x_.low; e <= x_.high; ++e) {
      const double x = x_.at(std::pow(10, e));
      line("grid", x, kTop, x, kHeight - kBottom);
      text(x, kHeight - kBottom + 20, "middle", short_number(std::pow(10, e)));
    }
    for (double e = y_.low; e <= y_.high; ++e) {
      const double y = y_.at(std::pow(10, e));
      line("grid", kLeft, y, kWidth - kRight, y);
      text(kLeft - 8, y + 4, "end", short_number(std::pow(10, e)));
    }
    text((kLeft + kWidth - kRight) / 2, kHeight - 20, "middle",
         "operations a byte of DRAM traffic (right edge: none)");
    fmt::print(
        out_,
        "<text transform=\"translate(22 {}) rotate(-90)\" text-anchor=\"middle\">operations a "
        "second</text>\n",
        (kTop + kHeight - kBottom) / 2);
  }
  void slope() {
    const double from = std::max(x_.least(), y_.least() / plot_.bytes_per_second);
    const double knee = plot_.roofs.front().rate / plot_.bytes_per_second;
    line("roof", x_.at(from), y_.at(from * plot_.bytes_per_second), x_.at(knee),
         y_.at(plot_.roofs.front().rate));
    const double middle = std::sqrt(from * knee);
    text(x_.at(middle) - 8, y_.at(middle * plot_.bytes_per_second) - 8, "end",
         fmt::format("DRAM, {}B/s", short_number(plot_.bytes_per_second)));
  }
  void flat(const PlotRoof& roof, bool major) {
    const double from = std::clamp(roof.rate / plot_.bytes_per_second, x_.least(), x_.most());
    line(major ? "roof" : "roof minor", x_.at(from), y_.at(roof.rate), kWidth - kRight,
         y_.at(roof.rate));
    text(kWidth - kRight - 4, y_.at(roof.rate) - 6, "end",
         fmt::format("{}, {}op/s", roof.name, short_number(roof.rate)));
  }
  void dot(const PlotDot& one) {
    const double rate = one.operations / one.seconds;
    const double intensity = one.bytes > 0 ? one.operations / one.bytes : x_.most();
    const double share = one.seconds / seconds_;
    fmt::print(
        out_,
        "<circle class=\"{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:.1f}\"><title>{}: {:.1f} % of "
        "the time, {}op/s, {}; bound by {}</title></circle>\n",
        one.bound, x_.at(intensity), y_.at(rate),
        std::max(kLeastRadius, kRadius * std::sqrt(share)), escape(one.name), share * 100,
        short_number(rate),
        one.bytes > 0 ? fmt::format("{}op/B", short_number(intensity)) : "no DRAM traffic",
        one.bound);
  }

  std::ostream& out_;
  const Plot& plot_;
  double seconds_ = 0;
  Axis x_{};
  Axis y_{};
};

}  // namespace

void write_svg(std::ostream& out, const Plot& plot) {
  Picture(out, plot).draw();
}

}  // namespace s4::bench
