"""Results to pictures: result files and figures. numpy and matplotlib; no jax."""
