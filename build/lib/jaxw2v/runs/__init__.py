"""A run: from its Config to its result files."""
