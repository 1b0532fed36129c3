// What a sweep shows of its runs.
#include "cli/sweep_board.h"

#include <gtest/gtest.h>

#include <sstream>

namespace regrow {
namespace {

class Board : public testing::Test {
 protected:
  Board() {
    run_.name = "seed=0";
    run_.config.epochs = 20;
  }

  ActiveRun after(std::uint32_t epochs) const {
    ActiveRun active{&run_, epochs, RecordedEpoch{}};
    active.last->record.epoch = epochs - 1;
    active.last->record.loss = 1.25;
    active.last->record.connections = 7;
    active.last->seconds = 60;
    return active;
  }

  SweepRun run_;
  std::ostringstream out_, err_;
};

TEST_F(Board, HasALineATenthWhereNobodyWatches) {
  SweepBoard board({.bar = false, .lines = true}, out_, err_);
  for (std::uint32_t epochs = 1; epochs <= 4; ++epochs) board.on_epoch(after(epochs));
  const std::string facts =
      "  loss 1.2500  acc 0.0000  val_loss 0.0000  val_acc 0.0000  theta -  connections 7\n";
  EXPECT_EQ(out_.str(), "seed=0: 2 of 20 epochs" + facts + "seed=0: 4 of 20 epochs" + facts);
  EXPECT_EQ(err_.str(), "");
}

TEST_F(Board, HasALiveLineARunOnATerminal) {
  SweepBoard board({.bar = true, .lines = false}, out_, err_);
  SweepProgress progress;
  progress.active = {after(15)};
  progress.runs = 3;
  progress.finished = 1;
  progress.eta_seconds = 600;
  board.on_tick(progress);
  const std::string drawn = err_.str();
  EXPECT_EQ(drawn.rfind("seed=0  15/20  ETA 0:05:00  loss 1.2500  acc 0.0000", 0), 0U) << drawn;
  EXPECT_NE(drawn.find("\n1 of 3 runs finished  ETA 0:10:00\n"), std::string::npos) << drawn;
  board.on_tick(progress);
  EXPECT_EQ(err_.str(), drawn) << "unchanged lines are not drawn again";
  board.clear();
  EXPECT_EQ(err_.str(), drawn + "\x1b[2F\x1b[J");
}

}  // namespace
}  // namespace regrow
