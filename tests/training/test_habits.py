"""Habits of other programs on the fast path: samples equal to the word, sigmoids, cut sentences, clocks."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxw2v.training import blocks, cbow, loss, negatives, rules, schedules, sigmoids
from jaxw2v.training.model import Model, init_model, repeating_rows
from jaxw2v.training.subsample import keep_in_floats, keep_probabilities, subsample
from tests.configs import hyperparameters_of, section, settings, trainer_of
from tests.loops import WINDOW, K, T, V

WINDOWS = blocks.WindowSpec(WINDOW, WINDOW, True)


@pytest.mark.parametrize("equal", ["skip", "redraw"])
def test_no_sample_of_a_pair_counts_that_is_its_output_word(key, token_window, noise, equal):
    kept = blocks.draw_pairs(key, token_window, noise, WINDOWS, K)
    found = blocks.draw_pairs(key, token_window, noise, WINDOWS, K, equal)
    assert np.array_equal(found.positive_BCE, kept.positive_BCE)
    neighbor_TO = np.asarray(blocks.neighbor_ids(token_window, WINDOW))
    noise_TOK = np.asarray(found.outputs)[:, 2 * WINDOW :].reshape(T, 2 * WINDOW, K)
    counts_TOK = np.asarray(found.negative_BCE)[:, 0, 2 * WINDOW :].reshape(noise_TOK.shape)
    positive_TO = np.asarray(found.positive_BCE)[:, 0, : 2 * WINDOW]
    same = noise_TOK == neighbor_TO[:, :, None]
    if equal == "redraw":
        assert not same[neighbor_TO < V].any()
    else:
        assert same[positive_TO > 0].any()
    assert np.array_equal(counts_TOK, np.where(same, 0, positive_TO[:, :, None]))


def test_redrawn_samples_are_drawn_from_the_other_words(key):
    table = jax.tree.map(jnp.asarray, negatives.build_alias_table(np.array([5.0, 3.0, 2.0])))
    words = jnp.zeros(20_000, jnp.int32)
    drawn, differs = negatives.draw_others(key, lambda key: negatives.draw(key, table, words.shape), words, True)
    assert differs.all()
    share, error = float((drawn == 1).mean()), (0.6 * 0.4 / 20_000) ** 0.5
    assert abs(share - 0.6) < 5 * error


@pytest.mark.parametrize("side", ["center", "context"])
def test_samples_of_a_window_count_for_other_words(key, token_window, noise, side):
    windows = WINDOWS._replace(input=side)
    kept = blocks.draw_windows(key, token_window, noise, windows, K)
    found = blocks.draw_windows(key, token_window, noise, windows, K, "skip")
    positive, noise_TK = np.asarray(kept.positive_BCE), np.asarray(kept.outputs)[:, -K:]
    outputs = np.asarray(kept.outputs)[:, :-K]
    expected = np.asarray(kept.negative_BCE).copy()
    for t, c, e, k in np.ndindex(T, positive.shape[1], outputs.shape[1], K):
        expected[t, c, -K + k] -= positive[t, c, e] * (outputs[t, e] == noise_TK[t, k])
    assert np.array_equal(np.asarray(found.negative_BCE), expected)
    assert (expected != np.asarray(kept.negative_BCE)).any()


def test_samples_of_cbow_are_no_centers(key, token_window, noise):
    settings = section("negatives", k=K, shared_by="pair", equal="skip")
    found = cbow.draw_cbow(key, token_window, noise, WINDOWS, settings, K, "mean")
    center_T = np.asarray(token_window.ids_W)[WINDOW : WINDOW + T]
    samples = np.asarray(found.noise_BK)
    assert (samples != center_T[:, None])[center_T < V].all()
    assert (samples == V).any()  # those that were


@pytest.mark.parametrize(("sigmoid", "beyond"), [
    ("word2vec_c", "word2vec_c"), ("fasttext", "saturate"), ("pword2vec", "skip"), ("exact", "saturate"),
    ("word2vec_c", "exact"),
])  # fmt: skip
def test_a_gradient_sees_the_sigmoid_of_another_program(sigmoid, beyond):
    model = section("model", sigmoid=sigmoid, beyond=beyond)
    seen, table = sigmoids.make_seen(sigmoids.make_activation(model)), sigmoids.make_table(sigmoid)
    x = jnp.asarray(np.random.default_rng(0).uniform(-10, 10, 400), jnp.float32)
    positive, negative = jnp.full(400, 2.0), jnp.full(400, 3.0)
    found = jax.grad(lambda x: loss.pair_loss(seen(x), positive, negative).sum())(x)
    bound = 6 if table is None else table.bound
    for value, gradient in zip(np.asarray(x).tolist(), found.tolist()):
        exact = 1 / (1 + np.exp(-value))
        if abs(value) <= bound:
            expected = exact if table is None else table.value_S[int((value + bound) * table.scale)]
        else:
            expected = exact if beyond == "exact" else value > 0
        skipped = beyond == "skip" and abs(value) > bound
        assert gradient == pytest.approx(0 if skipped else 5 * expected - 2, abs=2e-5)


def test_the_steps_of_a_trainer_see_it(key):
    """A word's one context, whose product is 7: skipped, saturated, or neither; all in one update of its output row."""
    raw_N, count_V = jnp.array([0, 1, -1], jnp.int32), np.array([1, 1])
    moved = {}
    for beyond in ("exact", "saturate", "skip"):
        config = settings(
            model__beyond=beyond, model__dim=2, negatives__k=0, negatives__shared_by="pair", subsample__threshold=0.0,
            optimizer__name="sgd", optimizer__learning_rate=1.0, windows__window=1, train__chunk_tokens=4,
            train__step_tokens=4,
        )  # fmt: skip
        state = trainer_of(config).init(key, 2)
        state = state._replace(model=Model(jnp.full((2, 2), 3.5), jnp.ones((2, 2))))
        numbers = hyperparameters_of(config, count_V)
        trained, _ = jax.jit(trainer_of(config).train_segment)(key, state, numbers, raw_N, 0.0, 0.5)
        moved[beyond] = float(jnp.abs(trained.model.output_VD - 1).max())
    assert moved["skip"] == moved["saturate"] == 0
    assert moved["exact"] > 0


def test_by_default_nothing_is_done_to_logits():
    assert sigmoids.make_seen(sigmoids.make_activation(section("model"))) is None


def test_tables_are_near_the_sigmoid():
    for name, error in (("word2vec_c", 0.0092), ("pword2vec", 0.0031), ("fasttext", 0.0079)):
        table = sigmoids.make_table(name)
        x = np.linspace(-table.bound, table.bound, 5_000, endpoint=False)
        found = table.value_S[((x + table.bound) * table.scale).astype(int)]
        assert np.abs(found - 1 / (1 + np.exp(-x))).max() < error


def test_a_sentence_is_cut_after_so_many_kept_tokens(key):
    raw = [0, 1, 2, -1, *[3] * 7, -1, -1, *[4] * 4, -1, -1]
    kept = subsample(key, jnp.array(raw, jnp.int32), jnp.ones(5), jnp.int32(3))
    lengths = np.unique(np.asarray(kept.sentence_N)[: int(kept.length)], return_counts=True)[1]
    assert lengths.tolist() == [3, 3, 3, 1, 3, 1]
    half = jnp.full(5, 0.5)
    cut, whole = (subsample(key, jnp.array(raw * 40, jnp.int32), half, most) for most in (jnp.int32(3), None))
    assert np.array_equal(cut.ids_N, whole.ids_N)
    n = int(whole.length)
    for sentence in np.unique(np.asarray(whole.sentence_N)[:n]):
        own = np.asarray(cut.sentence_N)[:n][np.asarray(whole.sentence_N)[:n] == sentence]
        assert [own.tolist().count(each) for each in dict.fromkeys(own.tolist())] == [
            min(3, len(own) - at) for at in range(0, len(own), 3)
        ]


def test_words_are_kept_as_in_the_c_program():
    count_V = np.array([7, 900_000, 31, 2], np.int64)
    exact = keep_probabilities(count_V, 1e-3, "word2vec_c")
    assert np.allclose(np.minimum(keep_in_floats(count_V, 1e-3, "word2vec_c"), 1), exact, rtol=1e-6)
    paper = keep_probabilities(count_V, 1e-3, "paper")
    assert np.array_equal(keep_in_floats(count_V, 1e-3, "paper"), paper)


@pytest.mark.parametrize("name", ["constant", "linear", "cosine", "word2vec_c"])
@pytest.mark.parametrize("warmup", [0.0, 0.25])
def test_learning_rates_of_the_host_are_those_of_the_schedule(name, warmup):
    settings = section("optimizer", schedule=name, warmup=warmup, learning_rate=0.3, final_fraction=0.1)
    rate, schedule = rules.make_rate(settings, 1000), schedules.make_schedule(settings)
    for seen in (0, 100, 249, 251, 600, 985, 1000):
        assert rate(seen) == pytest.approx(0.3 * float(schedule(seen / 1000)), rel=2e-3)


def test_the_noise_of_the_c_program():
    count_V = np.array([40, 1000, 300, 7, 1], np.int64)
    exact = negatives.noise_distribution(count_V, section("negatives"))
    rounded = negatives.noise_distribution(count_V, section("negatives", sampler="word2vec_c"))
    assert np.abs(exact - rounded).max() < 2e-8 * len(count_V)
    assert rounded.sum() == pytest.approx(1, abs=1e-12)
    spread = negatives.noise_distribution(count_V, section("negatives", sentence_end="uniform"))
    assert np.allclose(spread, [0, *(exact[1:] + exact[0] / 4)])


def test_rows_of_the_c_program_do_not_depend_on_the_seed(key):
    settings = section("model", dim=6, init="word2vec_c", init_range=0.75)
    rows = init_model(key, 5, settings).input_VD
    assert np.array_equal(rows, init_model(jax.random.fold_in(key, 1), 5, settings).input_VD)
    assert np.array_equal(rows, repeating_rows(5, 6, 0.75))
    assert float(jnp.abs(rows).max()) < 0.75 / 6
