"""Tables to scores: table, formats, neighbors, similarity, analogies. numpy; no jax."""
