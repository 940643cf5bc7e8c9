"""Learning rates: optax schedules of the fraction of raw words seen, 0 to 1."""

from collections.abc import Callable

import jax
import optax

Schedule = Callable[[jax.Array], jax.Array]


def make_schedule(name: str, floor: float, warmup: float) -> Schedule:
    """A function from the fraction of raw words seen, in [0, 1], to the fraction of the highest learning rate.

    Args:
      name: constant; linear, as word2vec.c; cosine.
      floor: what the fraction falls to at the end; word2vec.c has 1e-4.
      warmup: the fraction of the words over which the rate first rises from 0.

    Differs from word2vec.c: the line ends at the floor, there it is cut off at the floor; and it is evaluated at every
    step, there after every 10,000 words.
    """
    rest = 1 - warmup
    if name == "constant":
        after = optax.constant_schedule(1.0)
    elif name == "linear":
        after = optax.linear_schedule(1.0, floor, rest)
    elif name == "cosine":
        after = optax.cosine_decay_schedule(1.0, rest, floor)
    else:
        raise ValueError(f"no schedule is called {name}")
    if warmup == 0:
        return after
    return optax.join_schedules([optax.linear_schedule(0.0, 1.0, warmup), after], [warmup])
