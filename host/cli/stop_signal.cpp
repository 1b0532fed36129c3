// Signals to stop as a question: was the run asked to stop?
#include "cli/stop_signal.h"

#include <atomic>
#include <csignal>
#include <initializer_list>

namespace regrow {
namespace {

// Whichever thread the system chooses receives it.
std::atomic<int> received_signal = 0;
static_assert(std::atomic<int>::is_always_lock_free, "signal handlers may not wait");

extern "C" void remember_signal(int signal) { received_signal = signal; }

}  // namespace

void catch_stop_signals() {
  for (const int signal : {SIGINT, SIGTERM, SIGUSR1, SIGHUP}) {
    struct sigaction action = {};
    sigaction(signal, nullptr, &action);
    if (signal == SIGHUP && action.sa_handler == SIG_IGN) continue;  // started by nohup
    action = {};
    action.sa_handler = remember_signal;
    action.sa_flags = SA_RESTART;
    // The default comes back after the first, so that a second Ctrl-C always ends the program. Of
    // the others a second one means nothing: a scheduler signals a sweep and its children alike.
    if (signal == SIGINT) action.sa_flags |= static_cast<int>(SA_RESETHAND);
    sigemptyset(&action.sa_mask);
    sigaction(signal, &action, nullptr);
  }
}

int stop_signal() { return received_signal; }

}  // namespace regrow
