"""The parts of tools/report.py: reading runs, statistics, one module a kind of figure, the page."""
