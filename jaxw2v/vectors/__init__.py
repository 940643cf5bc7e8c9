"""Tables to scores: table, formats, neighbours, similarity, analogies. numpy; no jax."""
