// The program.
#include "cli/run_cli.h"

int main(int argc, char** argv) { return regrow::run_cli(argc, argv); }
