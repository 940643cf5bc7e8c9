"""Windows: which neighbors of a center are its contexts."""

import jax
import jax.numpy as jnp


def offsets(window: int) -> tuple[int, ...]:
    """The places of contexts relative to their center: -window .. -1, 1 .. window (the axis O)."""
    return tuple(offset for offset in range(-window, window + 1) if offset)


def draw_reach(key: jax.Array, shape: tuple[int, ...], window: int | jax.Array, dynamic: bool) -> jax.Array:
    """`shape` int32 reaches in 1..window: how far each center looks to both sides.

    Args:
      key: PRNG key; consumed.
      shape: static.
      window: the farthest reach; it may be traced.
      dynamic: uniform over 1..window, as word2vec.c (Goldberg and Levy 2014, section 3.1); otherwise always `window`.

    Differs from word2vec.c: its generator's low bits repeat with a period of 8 at window 8; ours are independent.
    """
    if not dynamic:
        return jnp.full(shape, window, jnp.int32)
    bits = jax.random.bits(key, shape)  # 32 bits: the remainder's bias is below window / 2^32
    return (bits % jnp.asarray(window, jnp.uint32)).astype(jnp.int32) + 1


def contexts(reach: jax.Array, sentence_W: jax.Array, widest: int) -> jax.Array:
    """[O, T] float32, 1 where the token at an offset from a center is its context, else 0.

    A context is within reach and in the center's own sentence.

    Args:
      reach: from `draw_reach`: [T], each center's own; or [T + 2 widest], those of all tokens, and then the neighbor's
        counts: 1 where the token is a context of the neighbor at an offset.
      sentence_W: [T + 2 widest] the sentence of the centers with `widest` tokens more on both sides; -1 is no token.
      widest: static; no reach is farther.
    """
    w = sentence_W.shape[0]
    t = w - 2 * widest
    center_T = sentence_W[widest : widest + t]
    rows = [
        (abs(offset) <= (reach[widest + offset : widest + offset + t] if len(reach) == w else reach))
        & (sentence_W[widest + offset : widest + offset + t] == center_T)
        & (center_T >= 0)
        for offset in offsets(widest)
    ]
    return jnp.stack(rows).astype(jnp.float32)
