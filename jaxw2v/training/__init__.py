"""Ids to tables, left to right.

subsample, windows, negatives, model | blocks, loss | bags, huffman, softmax, pairs, task | rows, rates |
segment, trainer.

jax; opens no file, prints nothing.
"""
