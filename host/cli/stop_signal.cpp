// SIGINT, SIGTERM and SIGUSR1 as a question: was the run asked to stop?
#include "cli/stop_signal.h"

#include <csignal>
#include <initializer_list>

namespace regrow {
namespace {

volatile std::sig_atomic_t received_signal = 0;

extern "C" void remember_signal(int signal) { received_signal = signal; }

}  // namespace

void catch_stop_signals() {
  for (const int signal : {SIGINT, SIGTERM, SIGUSR1}) {
    struct sigaction action = {};
    action.sa_handler = remember_signal;
    // The default comes back after the first, so that a second Ctrl-C always ends the program.
    action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
    sigemptyset(&action.sa_mask);
    sigaction(signal, &action, nullptr);
  }
}

int stop_signal() { return received_signal; }

}  // namespace regrow
