// The program.
#include <malloc.h>

#include "cli/run_cli.h"

int main(int argc, char** argv) {
  // Networks are a few large arrays, which come and go with every snapshot and evolution. Left to
  // itself glibc soon takes them from its heap, where a small block that stays between two of them
  // keeps both from the system; mapped on their own they go back as soon as they are freed.
  constexpr int kLargeBytes = 1 << 20;
  mallopt(M_MMAP_THRESHOLD, kLargeBytes);
  return regrow::run_cli(argc, argv);
}
