"""Ids to tables: subsample, windows, negatives, model | blocks, loss, bags, task, rows, rates | segment, trainer.

jax; opens no file, prints nothing.
"""
