// The thesis' Table 2, and whether a run repeats one of its experiments.
#include "study/paper_table2.h"

#include <algorithm>
#include <array>

#include "study/rows.h"

namespace regrow {
namespace {

constexpr std::array kTable2 = {
    PaperResult{
        Method::kSet, Measure::kAuto, Measure::kNone, {0.6682, 0.9411, 342493, 1.95e-6, 322320.16}},
    PaperResult{Method::kAccSet,
                Measure::kValAcc,
                Measure::kNone,
                {0.6494, 0.9810, 218730, 2.97e-6, 214574.13}},
    PaperResult{Method::kLset,
                Measure::kLoss,
                Measure::kNone,
                {0.6611, 0.9524, 254087, 2.60e-6, 241992.46}},
    PaperResult{Method::kDynSet,
                Measure::kLoss,
                Measure::kLoss,
                {0.6653, 0.9475, 253916, 2.62e-6, 240585.41}},
    PaperResult{Method::kDynSet,
                Measure::kValLoss,
                Measure::kValLoss,
                {0.6582, 0.9640, 242430, 2.72e-6, 233702.52}},
    PaperResult{Method::kDynSet,
                Measure::kValAcc,
                Measure::kValAcc,
                {0.6522, 0.9802, 218322, 2.99e-6, 213999.22}},
};

}  // namespace

const PaperResult* paper_result(Method method, Measure measure, Measure pause) {
  const auto* const row =
      std::find_if(kTable2.begin(), kTable2.end(), [&](const PaperResult& each) {
        return each.method == method && each.measure == measure && each.pause == pause;
      });
  return row == kTable2.end() ? nullptr : row;
}

std::vector<const Setting*> differences_from_paper(const Config& config) {
  Config paper = preset_config(PresetName::kPaper, DatasetName::kCifar10);
  paper.method = config.method;
  paper.measure = config.measure;
  paper.pause = config.pause;
  paper.monitor = config.monitor;  // which changes nothing but the best epoch
  std::vector<const Setting*> different = differences(config, paper);
  std::erase_if(different, [](const Setting* setting) {
    return setting->key == "epochs" || setting->section == "run";
  });
  return different;
}

const PaperResult* repeated_paper_result(const Config& config) {
  const PaperResult* row = paper_result(config.method, config.measure, config.pause);
  return row != nullptr && differences_from_paper(config).empty() ? row : nullptr;
}

}  // namespace regrow
