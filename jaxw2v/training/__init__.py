"""Ids to tables, left to right.

row_sums, mesh, collectives, storage, streams, subsample, windows, negatives, model, sigmoids | blocks, parts, loss |
dense, cbow, huffman, softmax, pairs | hyperparameters, task | rows, schedules, loops | segment | layout, rules,
sequential | pair_losses, trainer, population, replicas.

jax; opens no file, prints nothing. Settings come as the frozen sections of jaxw2v.settings, whole.
"""
