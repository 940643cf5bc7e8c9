"""Ids to tables, left to right.

storage, row_sums, streams, subsample, windows, negatives, model, sigmoids | blocks, loss | cbow, huffman, softmax,
pairs | hyperparameters, task | rows, schedules | segment | layout, rules, sequential | pair_losses, trainer,
population, replicas.

jax; opens no file, prints nothing. Settings come as the frozen sections of jaxw2v.settings, whole.
"""
