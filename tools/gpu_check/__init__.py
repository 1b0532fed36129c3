"""The GPU check: one module per stage, and what the stages share."""
