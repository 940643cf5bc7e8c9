"""Ids to tables: subsample, windows, negatives, model | blocks, loss, rows, step, segment. jax; opens no file, prints nothing."""
