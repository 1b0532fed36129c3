#include "regrow/evolution/measure.h"

#include "regrow/error.h"

namespace regrow {

bool is_loss(Measure measure) {
  REGROW_CHECK(measure != Measure::kAuto && measure != Measure::kNone, "nothing is measured");
  return measure == Measure::kLoss || measure == Measure::kValLoss;
}

double measured(Measure measure, const EpochRecord& record) {
  switch (measure) {
    case Measure::kLoss:
      return record.loss;
    case Measure::kValLoss:
      return record.val_loss;
    case Measure::kAcc:
      return record.accuracy;
    case Measure::kValAcc:
      return record.val_accuracy;
    case Measure::kAuto:
    case Measure::kNone:
      break;
  }
  REGROW_CHECK(false, "the configuration's measure has not been resolved");
}

bool is_better(Measure measure, double value, double other, double margin) {
  return is_loss(measure) ? value < other - margin : value > other + margin;
}

}  // namespace regrow
