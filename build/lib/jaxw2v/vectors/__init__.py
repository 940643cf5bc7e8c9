"""Word vectors: tables, file formats, neighbors, similarity, analogies. numpy; no jax."""
