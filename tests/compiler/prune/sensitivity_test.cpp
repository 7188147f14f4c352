// SPDX-License-Identifier: MIT
#include "compiler/prune/sensitivity.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "seed.hpp"

namespace s4::prune {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// A layer that is easily pruned, one that is not, one whose time does not change.
std::vector<LayerCurve> three() {
  return {{"easy", {{1, 0, 100}, {2, 1, 50}, {4, 3, 25}}},
          {"hard", {{1, 0, 100}, {2, 20, 50}, {4, 60, 25}}},
          {"bound", {{1, 0, 40}, {2, 0.5, 40}, {4, 1, 40}}}};
}

TEST(Sensitivity, SpendsTheErrorWhereItSavesMost) {
  const auto curves = three();
  EXPECT_THAT(assign_by_error(curves, 0).value().degrees, ElementsAre(1, 1, 1));
  EXPECT_THAT(assign_by_error(curves, 1).value().degrees, ElementsAre(2, 1, 1));
  EXPECT_THAT(assign_by_error(curves, 22.9).value().degrees, ElementsAre(4, 1, 1));
  const Assignment most = assign_by_error(curves, 23).value();
  EXPECT_THAT(most.degrees, ElementsAre(4, 2, 1));
  EXPECT_DOUBLE_EQ(most.error, 23);
  EXPECT_DOUBLE_EQ(most.cost, 25 + 50 + 40);
  EXPECT_THAT(assign_by_error(curves, 1e9).value().degrees, ElementsAre(4, 4, 1));
}

TEST(Sensitivity, LeavesOutAStepThatWouldPassTheBudget) {
  // The first layer gains more for its error, but it does not fit; the second does.
  const std::vector<LayerCurve> curves = {{"large", {{1, 0, 1000}, {2, 10, 0}}},
                                          {"small", {{1, 0, 10}, {2, 1, 5}}}};
  EXPECT_THAT(assign_by_error(curves, 5).value().degrees, ElementsAre(1, 2));
}

TEST(Sensitivity, PassesOverAPointThatSavesLittle) {
  // Degree 2 alone saves next to nothing: judged point by point nobody would pass it.
  const std::vector<LayerCurve> curves = {{"step", {{1, 0, 100}, {2, 2, 99}, {4, 3, 10}}},
                                          {"even", {{1, 0, 100}, {2, 3, 90}}}};
  EXPECT_THAT(assign_by_error(curves, 3).value().degrees, ElementsAre(4, 1));
}

TEST(Sensitivity, MeetsACostWithTheLeastError) {
  const auto curves = three();
  EXPECT_THAT(assign_by_cost(curves, 240).value().degrees, ElementsAre(1, 1, 1));
  EXPECT_THAT(assign_by_cost(curves, 170).value().degrees, ElementsAre(4, 1, 1));
  EXPECT_THAT(assign_by_cost(curves, 115).value().degrees, ElementsAre(4, 2, 1));
  EXPECT_THAT(assign_by_cost(curves, 89).error().message, HasSubstr("90"));
}

TEST(Sensitivity, GoesBackWhereALaterStepMadeAnEarlierOneNeedless) {
  const std::vector<LayerCurve> curves = {{"first", {{1, 0, 10}, {2, 1, 5}}},
                                          {"second", {{1, 0, 100}, {2, 25, 0}}}};
  // first gains 5 for its error, second 4; second alone is enough.
  EXPECT_THAT(assign_by_cost(curves, 50).value().degrees, ElementsAre(1, 2));
}

TEST(Sensitivity, EqualLayersAreServedInOrder) {
  const std::vector<LayerCurve> curves(4, {"same", {{1, 0, 10}, {2, 1, 5}}});
  EXPECT_THAT(assign_by_error(curves, 2).value().degrees, ElementsAre(2, 2, 1, 1));
}

TEST(Sensitivity, NeverPassesABudgetAndNeverLosesByALargerOne) {
  test::Random random;
  for (int round = 0; round < 50; ++round) {
    std::vector<LayerCurve> curves(1 + random.below(12));
    for (LayerCurve& curve : curves) {
      double error = 0, cost = 1000.0 * static_cast<double>(1 + random.below(100));
      for (uint32_t degree = 1; degree <= 32; degree *= 2) {
        curve.points.push_back({degree, error, cost});
        error += static_cast<double>(random.below(100));
        cost *= 0.4 + 0.6 * static_cast<double>(random.below(100)) / 100;
      }
    }
    double dense = 0;
    for (const LayerCurve& curve : curves)
      dense += curve.points[0].cost;
    for (const double budget : {0.0, 50.0, 200.0, 1000.0}) {
      const Assignment found = assign_by_error(curves, budget).value();
      EXPECT_LE(found.error, budget) << "seed " << random.seed();
      EXPECT_LE(found.cost, dense);
      // The same cost as a budget asks for no more error than was spent.
      const auto back = assign_by_cost(curves, found.cost);
      ASSERT_TRUE(back.ok()) << "seed " << random.seed();
      EXPECT_LE(back->cost, found.cost);
    }
  }
}

TEST(Sensitivity, RefusesCurvesThatMakeNoSense) {
  const auto message = [](LayerCurve curve) {
    return assign_by_error(std::vector<LayerCurve>{std::move(curve)}, 1).error().message;
  };
  EXPECT_THAT(message({"a", {}}), HasSubstr("'a' has no points"));
  EXPECT_THAT(message({"b", {{2, 0, 1}, {2, 0, 1}}}), HasSubstr("degree 2 after 2"));
  EXPECT_THAT(message({"c", {{3, 0, 1}}}), HasSubstr("degree 3"));
  EXPECT_THAT(message({"d", {{1, -1, 1}}}), HasSubstr("not negative"));
  EXPECT_THAT(message({"e", {{1, 0, std::numeric_limits<double>::infinity()}}}),
              HasSubstr("finite"));
  EXPECT_THAT(message({"f", {{8, 2, 1}}}), HasSubstr("raise it"));
  EXPECT_THAT(assign_by_error({}, 0).value().degrees, ElementsAre());
}

}  // namespace
}  // namespace s4::prune
