"""Learning rates: optax schedules of the fraction of raw words seen, 0 to 1."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import optax

from jaxw2v.settings.optimizer import OptimizerSettings

Schedule = Callable[[jax.Array | float], jax.Array]


def make_schedule(settings: OptimizerSettings) -> Schedule:
    """A function from the fraction of raw words seen, in [0, 1], to the fraction of the highest learning rate.

    It first rises from 0 over the fraction `warmup` of the words. Then it is constant, or falls to `final_fraction`:
    linear or cosine; or as "word2vec_c", a line to 0 that is cut off at `final_fraction`.

    Differs from word2vec.c: it is evaluated at every step, there after every 10,000 words; see `optimizer.refresh`.
    """
    name, final_fraction, warmup = settings.schedule, settings.final_fraction, settings.warmup
    rest = 1 - warmup
    if name == "constant":
        after = optax.constant_schedule(1.0)
    elif name == "linear":
        after = optax.linear_schedule(1.0, final_fraction, rest)
    elif name == "word2vec_c":
        after = lambda fraction: jnp.maximum(1 - fraction / rest, final_fraction)  # noqa: E731
    elif name == "cosine":
        after = optax.cosine_decay_schedule(1.0, rest, final_fraction)
    else:
        raise ValueError(f"no schedule is called {name}")
    if warmup == 0:
        return after
    return optax.join_schedules([optax.linear_schedule(0.0, 1.0, warmup), after], [warmup])


def default_learning_rate(words: int) -> float:
    """Of `damped_sgd` where none is given: .04, and more for a run of few words, which has little time to learn.

    It rises with the fourth root of what is missing to 25 million words, up to .06; see docs/speed.md.

    Args:
      words: of the vocabulary, in all epochs.
    """
    return min(0.06, 0.04 * max(1.0, (25e6 / max(words, 1)) ** 0.25))
