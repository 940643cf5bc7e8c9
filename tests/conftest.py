"""Every test runs with JAX's strictest promotion rules; warnings are errors (pyproject.toml)."""

from pathlib import Path

import jax
import pytest

jax.config.update("jax_numpy_rank_promotion", "raise")
jax.config.update("jax_numpy_dtype_promotion", "strict")

REPOSITORY = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def key() -> jax.Array:
    return jax.random.key(20131016)
