"""Broken input for every reader of the program: `python -m tests.fuzz --help`."""
