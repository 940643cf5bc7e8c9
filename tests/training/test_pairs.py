"""Given pairs: what is read, what is refused, and a step against a double loop in float64."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxw2v.errors import InputError
from jaxw2v.text import pairs as texts
from jaxw2v.training import blocks, loss, pairs, segment
from jaxw2v.training.model import init_model
from jaxw2v.training.negatives import build_alias_table
from tests.configs import hyperparameters_of, section, settings, trainer_of

V, CONTEXTS, D, K, LEARNING_RATE = 5, 9, 7, 3, 0.25


def encode(tmp_path, text, min_count=1, max_size=None):
    (tmp_path / "pairs.txt").write_text(text)
    vocab = section("vocab", min_count=min_count, max_size=max_size)
    return texts.encode([tmp_path / "pairs.txt"], section("corpus"), vocab)


def test_words_and_contexts_have_vocabularies_of_their_own(tmp_path):
    lines = ["dog sees_I", "dog  barks", "", "cat\tsees_I", "dog barks", "cat dog", "cat sees_I"]
    corpus = encode(tmp_path, "\n".join(lines), min_count=2)
    assert corpus.vocabulary.words == ["dog", "cat"]
    assert corpus.vocabulary.count_V.tolist() == [3, 3]
    assert corpus.contexts.words == ["sees_I", "barks"]
    assert corpus.contexts.count_V.tolist() == [3, 2]
    assert corpus.ids_N.tolist() == [0, 2, -1, 0, 3, -1, 1, 2, -1, 0, 3, -1, 1, 2, -1]  # contexts from 2 on
    assert (corpus.words, corpus.raw_words, corpus.sentences) == (10, 12, 5)
    everything = encode(tmp_path, "\n".join(lines))
    assert everything.contexts.words == ["sees_I", "barks", "dog"]
    assert everything.sentences == 6


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a x\nb y\na\nb y\n", "line 3: 1 column where"),
        ("a x\n\nb y z\n", "line 3: 3 columns where"),
        ("a x\nb </s>\n", "line 2: </s> is no word"),
        ("a\nx b\ny\n", "line 1: 1 column where"),
        (" \n", "no pairs"),
        ("a x\nb y\n", "vocab.min_count=2"),
    ],
)
def test_a_broken_file_is_told_by_its_line(text, expected, tmp_path):
    with pytest.raises(InputError, match=expected):
        encode(tmp_path, text, min_count=2 if "vocab" in expected else 1)


def test_a_pair_is_kept_if_both_of_it_are(key):
    rng = np.random.default_rng(0)
    triples = np.stack([rng.integers(0, V, 4000), V + rng.integers(0, CONTEXTS, 4000), np.full(4000, -1)], 1)
    keep_V = np.concatenate([[0.5, *[1] * (V - 1)], [0.25, *[1] * (CONTEXTS - 1)]]).astype(np.float32)
    raw_N = jnp.asarray(triples.reshape(-1), jnp.int32)
    kept = jax.jit(pairs.subsample_pairs, static_argnums=3)(key, raw_N, jnp.asarray(keep_V), V)
    count = int(kept.length)
    assert (np.asarray(kept.ids_N[count:]) == V + CONTEXTS).all()
    found = np.asarray(kept.ids_N[:count]).reshape(-1, 2)
    assert (found[:, 0] < V).all()
    assert (found[:, 1] >= V).all()
    for word, context, chance in [(0, V, 0.125), (0, V + 1, 0.5), (1, V, 0.25), (1, V + 1, 1.0)]:
        n = int(((triples[:, 0] == word) & (triples[:, 1] == context)).sum())
        got = int(((found[:, 0] == word) & (found[:, 1] == context)).sum())
        assert abs(got - n * chance) <= 4 * np.sqrt(n * chance * (1 - chance))


def test_a_segment_is_the_loop_over_pairs(key):
    """Goldberg and Levy 2014, equation 5: each pair and k negative contexts, a step of 4 pairs at a time."""
    n, t = 10, 8
    rng = np.random.default_rng(1)
    given = np.stack([rng.integers(0, V, n), V + rng.integers(0, CONTEXTS, n), np.full(n, -1)], 1).astype(np.int32)
    count_V, count_C = np.arange(V, 0, -1), np.arange(CONTEXTS, 0, -1)
    config = settings(
        model__dim=D, model__init_range=5.0, model__output_range=5.0, negatives__k=K, negatives__shared_by="pair",
        subsample__threshold=0.0, optimizer__name="sgd", optimizer__learning_rate=LEARNING_RATE,
        optimizer__schedule="constant", train__step_tokens=t, train__chunk_tokens=2 * t,
    )  # fmt: skip
    parts, hyperparameters = trainer_of(config, given=True), hyperparameters_of(config, count_V, count_C)
    state = parts.init(key, V, CONTEXTS)
    assert state.model.output_VD.shape == (CONTEXTS, D)
    arguments = hyperparameters, jnp.asarray(given.reshape(-1)), jnp.float32(0), jnp.float32(1)
    found, info = jax.jit(parts.train_segment)(key, state, *arguments)

    _, key_chunks = jax.random.split(key)
    u, o = (np.asarray(table, np.float64) for table in state.model)
    draw = jax.jit(lambda key, token_window: pairs.draw_given(key, token_window, hyperparameters.noise, V, K))
    seen = 0
    for chunk in range(2):
        ids_N = np.full(2 * t, V + CONTEXTS, np.int32)
        here = given[chunk * t : (chunk + 1) * t, :2].reshape(-1)
        ids_N[: len(here)] = here
        key_draw, _ = jax.random.split(jax.random.fold_in(key_chunks, chunk))
        token_window = blocks.TokenWindow(jnp.asarray(ids_N), jnp.zeros(2 * t, jnp.int32))
        drawn = draw(key_draw, token_window)
        noise_BK = np.asarray(drawn.outputs)[:, 1:]
        for step in range(2):
            grad_u, grad_o = np.zeros_like(u), np.zeros_like(o)
            for b in range(step * t // 2, (step + 1) * t // 2):
                if chunk * t + b >= n:
                    continue
                seen += 1
                w, c, _ = given[chunk * t + b]
                for context, label in [(c - V, 1), *((noise, 0) for noise in noise_BK[b])]:
                    slope = 1 / (1 + np.exp(-u[w] @ o[context])) - label
                    grad_u[w] += slope * o[context]
                    grad_o[context] += slope * u[w]
            u, o = u - LEARNING_RATE * grad_u, o - LEARNING_RATE * grad_o
    assert seen == n == float(info.pairs_I.sum())
    np.testing.assert_allclose(found.model.input_VD, u, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found.model.output_VD, o, rtol=1e-4, atol=1e-5)


def test_places_without_a_pair_weigh_nothing(key):
    noise = jax.tree.map(jnp.asarray, build_alias_table(np.ones(CONTEXTS)))
    ids_W = jnp.array([0, V, V + CONTEXTS, V + CONTEXTS], jnp.int32)
    token_window = blocks.TokenWindow(ids_W, jnp.zeros(4, jnp.int32))
    drawn = jax.jit(lambda key: pairs.draw_given(key, token_window, noise, V, K))(key)
    assert drawn.positive_BCE[:, 0].sum(1).tolist() == [1, 0]
    assert drawn.negative_BCE[:, 0].sum(1).tolist() == [K, 0]
    model = init_model(key, V, section("model", dim=D, init_range=1.0, output_range=1.0), CONTEXTS)
    gathered = segment.gather(model, drawn.inputs, drawn.outputs)
    grads = jax.jit(jax.grad(lambda *tables: loss.BLOCKS.of_rows(*tables, drawn)[0], (0, 1)))(*gathered)
    assert not grads[0][1].any()
    assert not grads[1][1].any()
