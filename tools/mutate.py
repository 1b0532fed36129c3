#!/usr/bin/env python3
"""Plants the faults of tests/mutations one by one, and says which the tests catch."""
import sys

from mutate.command_line import main

if __name__ == "__main__":
    sys.exit(main())
