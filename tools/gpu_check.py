#!/usr/bin/env python3
"""Everything that only a GPU can show, in stages that each leave their results: see docs/gpu_check.md."""
import sys

from gpu_check.command_line import main

if __name__ == "__main__":
    sys.exit(main())
