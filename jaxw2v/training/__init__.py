"""Ids to tables, left to right.

row_sums, mesh, collectives, storage, subsample, windows, negatives, model | blocks, parts, loss | cbow, huffman,
softmax, pairs | hyperparameters, task | rows, schedules | segment, pair_losses, trainer, population, replicas.

jax; opens no file, prints nothing. Settings come as the frozen sections of jaxw2v.settings, whole.
"""
