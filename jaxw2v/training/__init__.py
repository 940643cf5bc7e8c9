"""Ids to tables, left to right.

storage, row_sums, subsample, windows, negatives, model | blocks, loss | cbow, huffman, softmax, pairs |
hyperparameters, task | rows, schedules | segment, pair_losses, trainer, population, replicas.

jax; opens no file, prints nothing. Settings come as the frozen sections of jaxw2v.settings, whole.
"""
