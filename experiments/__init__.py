"""The commands from a checkout, a thin script for each; those that need one (notebooks, benchmarks) whole."""
