// The number that steers: one of an epoch's four.
#include "regrow/error.h"
#include "regrow/policy.h"

namespace regrow {

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
      break;
  }
  REGROW_CHECK(false, "the configuration's measure has not been resolved");
}

}  // namespace regrow
