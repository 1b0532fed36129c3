// Tasks on a thread of their own.
#include "train/background.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <stdexcept>
#include <thread>
#include <vector>

namespace regrow {
namespace {

using namespace std::chrono_literals;

TEST(Background, RunsTasksInTheirOrderOnOneOtherThread) {
  std::vector<int> order;
  std::vector<std::thread::id> threads;
  Background background(1);
  for (int i = 0; i < 100; ++i) {
    background.run([&, i] {
      order.push_back(i);
      threads.push_back(std::this_thread::get_id());
    });
  }
  background.wait();
  ASSERT_EQ(order.size(), 100U);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(order[i], i);
    EXPECT_EQ(threads[i], threads[0]);
  }
  EXPECT_NE(threads[0], std::this_thread::get_id());
}

TEST(Background, HasRoomForSoManyTasksBehindTheOneThatRuns) {
  std::promise<void> gate;
  const std::shared_future<void> opened = gate.get_future().share();
  Background background(2);
  EXPECT_TRUE(background.is_idle());
  for (int i = 0; i < 3; ++i) background.run([&] { opened.wait(); });
  EXPECT_FALSE(background.is_idle());
  auto room = std::async(std::launch::async, [&] { background.wait_for_room(); });
  EXPECT_EQ(room.wait_for(20ms), std::future_status::timeout);
  gate.set_value();
  room.get();
  background.wait();
  EXPECT_TRUE(background.is_idle());
}

TEST(Background, SaysAgainAndAgainWhatATaskHasThrownAndRunsNoMore) {
  std::atomic<int> ran = 0;
  Background background(5);
  std::promise<void> gate;
  background.run([&] {
    gate.get_future().wait();
    throw std::runtime_error("a full disk");
  });
  background.run([&] { ++ran; });
  gate.set_value();
  for (int i = 0; i < 2; ++i) {
    try {
      background.wait();
      FAIL() << "nothing thrown";
    } catch (const std::runtime_error& thrown) {
      EXPECT_STREQ(thrown.what(), "a full disk");
    }
  }
  EXPECT_THROW(background.check(), std::runtime_error);
  EXPECT_THROW(background.wait_for_room(), std::runtime_error);
  EXPECT_THROW(background.run([&] { ++ran; }), std::runtime_error);
  EXPECT_EQ(ran, 0);
}

TEST(Background, RunsWhatWaitsBeforeItEnds) {
  int ran = 0;
  {
    Background background(10);
    for (int i = 0; i < 10; ++i) background.run([&] { ++ran; });
  }
  EXPECT_EQ(ran, 10);
}

}  // namespace
}  // namespace regrow
