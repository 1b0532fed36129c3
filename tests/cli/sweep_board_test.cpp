// What a sweep shows of its runs.
#include "cli/terminal/sweep_board.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <sstream>

#include "cli/terminal/text_layout.h"

namespace regrow {
namespace {

class Board : public testing::Test {
 protected:
  Board() {
    run_.name = "seed=0";
    run_.config.epochs = 20;
    run_.config.monitor = Measure::kValAcc;
  }

  ActiveRun after(std::uint32_t epochs) const {
    ActiveRun active{&run_, epochs, RecordedEpoch{}};
    active.last->record.epoch = epochs - 1;
    active.last->record.loss = 1.25;
    active.last->record.val_accuracy = 0.8;
    active.last->record.test_accuracy = 0.9;
    active.last->record.connections = 1234567;
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
      "  loss 1.2500  acc 0.0000  val_loss 0.0000  val_acc 0.8000  theta -  connections 1234567\n";
  EXPECT_EQ(out_.str(), "seed=0: 2 of 20 epochs" + facts + "seed=0: 4 of 20 epochs" + facts);
  EXPECT_EQ(err_.str(), "");
}

TEST_F(Board, SaysTheLossOfARunThatPredictsNumbers) {
  run_.config.dataset = DatasetName::kCustom;
  run_.config.loss = LossKind::kMse;
  for (const bool lines : {true, false}) {
    SweepBoard board({.bar = !lines, .lines = lines}, out_, err_);
    board.on_start(run_, {});
    board.on_epoch(after(20));
    board.on_finish(run_);
  }
  const std::string said = out_.str() + err_.str();
  EXPECT_NE(said.find("finished seed=0  test_loss 0.0000  connections 1234567"), std::string::npos);
  EXPECT_NE(said.find("test_loss"), said.rfind("test_loss")) << said;
  EXPECT_EQ(said.find("acc"), std::string::npos) << said;
}

TEST_F(Board, SaysWhatAFinishedRunHasComeTo) {
  SweepBoard board({.bar = false, .lines = true}, out_, err_);
  board.on_start(run_, {});
  board.on_epoch(after(20));
  board.on_finish(run_);
  EXPECT_EQ(out_.str(),
            "started seed=0\nfinished seed=0  test_acc 0.9000  connections 1234567  0.0 s\n");
}

SweepProgress one_of_three(std::vector<ActiveRun> active) {
  SweepProgress progress;
  progress.active = std::move(active);
  progress.runs = 3;
  progress.finished = 1;
  progress.done = 0.5;
  progress.eta_seconds = 600;
  return progress;
}

TEST_F(Board, HasALiveLineARunOnATerminal) {
  SweepBoard board({.bar = true, .lines = false, .columns = 100}, out_, err_);
  SweepRun other = run_;
  other.name = "seed=1000";
  ActiveRun fresh{&other, 0, std::nullopt};
  const SweepProgress progress = one_of_three({after(15), fresh});
  board.on_tick(progress);
  const std::string drawn = err_.str();
  EXPECT_EQ(drawn,
            "\rseed=0     15/20 [########################........]  75 %  val_acc 0.8000  ETA "
            "0:05:00  loss "
            "1.2500\x1b[K\n"
            "seed=1000   0/20 [................................]   0 %  val_acc      -  ETA "
            "-:--:--  loss      "
            "-\x1b[K\n"
            "1 of 3 finished  [################................]  50 %  ETA 0:10:00  elapsed "
            "0:00:00\x1b[J");
  board.on_tick(progress);
  EXPECT_EQ(err_.str(), drawn) << "unchanged lines are not drawn again";
  board.clear();
  EXPECT_EQ(err_.str(), drawn + "\r\x1b[K\x1b[A\x1b[K\x1b[A\x1b[K");
}

TEST_F(Board, HasAsManyLinesAsTheScreenHasRows) {
  SweepBoard board({.bar = true, .columns = 60, .rows = 10}, out_, err_);
  board.on_tick(one_of_three(std::vector<ActiveRun>(20, after(5))));
  const std::string drawn = err_.str();
  EXPECT_EQ(std::count(drawn.begin(), drawn.end(), '\n'), 7);
  EXPECT_NE(drawn.find("\nand 14 more\x1b[K\n1 of 3 finished "), std::string::npos) << drawn;
}

TEST_F(Board, WrapsNothing) {
  run_.name = "a-µ-long-name-of-a-variant,method=lset,grow=one_neighbour,seed=12";
  for (std::size_t columns = 20; columns <= 200; ++columns) {
    std::ostringstream both;
    SweepBoard board({.bar = true, .columns = columns}, both, both, 80);
    SweepProgress progress = one_of_three({after(5)});
    progress.failed = 2;
    board.on_tick(progress);
    std::istringstream live(std::regex_replace(both.str(), std::regex("\r|\x1b\\[[KJ]"), ""));
    for (std::string line; std::getline(live, line);) {
      EXPECT_LT(display_width(line), columns) << line;
    }
    both.str("");
    board.on_epoch(after(20));
    board.on_finish(run_);
    const std::string said = both.str().substr(both.str().rfind('K') + 1);
    EXPECT_LE(display_width(said), columns + 1) << said;  // with its end
    if (columns >= 62) {
      EXPECT_NE(said.find("seed=12"), std::string::npos) << said;
      EXPECT_NE(said.find("  test_acc 0.9000  connections 1,234,567"), std::string::npos) << said;
    }
  }
}

}  // namespace
}  // namespace regrow
