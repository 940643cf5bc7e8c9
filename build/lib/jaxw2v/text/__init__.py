"""Text to ids: sources, docstrings, text8, vocabulary, corpus. numpy and pyarrow; no jax."""
