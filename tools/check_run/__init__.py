"""The parts of tools/check_run.py."""
