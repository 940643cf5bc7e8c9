"""The held-out loss: against a double loop, whatever the layout, and that nothing held out is trained on."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxw2v.errors import InputError
from jaxw2v.runs import evaluation, heldout_loss
from jaxw2v.settings.heldout import HeldoutSettings
from jaxw2v.study import figures
from jaxw2v.text import corpus as corpora
from jaxw2v.text import pairs as given
from jaxw2v.text import segments
from jaxw2v.text import split as splits
from jaxw2v.training import negatives, storage
from jaxw2v.training.model import Model
from jaxw2v.training.pair_losses import drawn_losses
from jaxw2v.training.subsample import keep_probabilities
from tests.configs import section
from tests.theory.test_counts import by_enumeration

V, D = 11, 7


def settings(**changes) -> HeldoutSettings:
    values = {
        "method": "expected", "samples": 3, "k": 4, "exponent": 0.6, "window": 3, "dynamic": True, "threshold": 0.0,
        "formula": "word2vec_c", "memory": 0.1,
    }  # fmt: skip
    return HeldoutSettings(**values | changes)


def make_model(tied=False, rows=V) -> Model:
    rng = np.random.default_rng(3)
    input_VD, output_VD = rng.normal(size=(2, max(V, rows), D)).astype(np.float32)
    return Model(jnp.asarray(input_VD[:V]), None if tied else jnp.asarray(output_VD[:rows]))


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> corpora.Corpus:
    """60 sentences of 1 to 9 of 11 words."""
    folder, rng = tmp_path_factory.mktemp("heldout"), np.random.default_rng(1)
    weight = 1 / np.arange(1, V + 1)
    lines = [" ".join(f"w{w}" for w in rng.choice(V, rng.integers(1, 10), p=weight / weight.sum())) for _ in range(60)]
    (folder / "text.txt").write_text("\n".join(lines) + "\n")
    vocab = section("vocab", min_count=1)
    return corpora.encode([folder / "text.txt"], section("corpus"), vocab, cache=folder / "cache")


def sentences(ids_N) -> list[list[int]]:
    found = [[]]
    for i in np.asarray(ids_N).tolist():
        if i < 0:
            found.append([])
        else:
            found[-1].append(i)
    return [sentence for sentence in found if sentence]


def by_loop(model: Model, aside: list[list[int]], noise_V, k, window, dynamic) -> tuple[float, float, float]:
    """Goldberg and Levy 2014, equation 4, pair by pair: positive, noise, pairs."""
    input_VD, output_VD = (np.asarray(model[0] if table is None else table, np.float64) for table in model)
    positive = noise = total = 0.0
    for sentence in aside:
        for i, word in enumerate(sentence):
            for j, context in enumerate(sentence):
                if i != j and abs(i - j) <= window:
                    weight = (window - abs(i - j) + 1) / window if dynamic else 1.0
                    total += weight
                    positive += weight * np.log1p(np.exp(-input_VD[word] @ output_VD[context]))
                    for other in range(len(noise_V)):
                        noise += weight * noise_V[other] * np.log1p(np.exp(input_VD[word] @ output_VD[other]))
    return positive / total, noise / total, total


@pytest.mark.parametrize(("dynamic", "tied"), [(True, False), (False, False), (True, True)])
def test_against_a_double_loop(corpus, dynamic, tied):
    ids_N = splits.split(corpus, 0.3).ids_N
    model = make_model(tied)
    noise_V = np.asarray(corpus.vocabulary.count_V, float) ** 0.6
    positive, noise, total = by_loop(model, sentences(ids_N), noise_V / noise_V.sum(), 4, 3, dynamic)
    measure, pairs = heldout_loss.make_measure(settings(dynamic=dynamic), D, corpus, ids_N)
    found = measure(model, None)
    np.testing.assert_allclose(found, (positive + 4 * noise, positive, noise, total), rtol=3e-6)
    assert pairs == found.pairs


def test_subsampling_is_taken_in_expectation(corpus):
    aside = [sentence for sentence in sentences(splits.split(corpus, 0.3).ids_N) if len(sentence) < 7]
    ids_N = np.array([i for sentence in aside for i in [*sentence, -1]], np.int32)
    keep_V = keep_probabilities(corpus.vocabulary.count_V, 0.05, "paper")
    assert 0.3 < keep_V.min() < 0.6
    weight_VV = by_enumeration(aside, keep_V.astype(float), 3, True)
    model = make_model()
    x_VV = np.asarray(model.input_VD, np.float64) @ np.asarray(model.output_VD, np.float64).T
    measure, _ = heldout_loss.make_measure(settings(threshold=0.05, formula="paper"), D, corpus, ids_N)
    found = measure(model, None)
    assert found.pairs == pytest.approx(weight_VV.sum(), rel=1e-4)  # the tolerance of the counts
    assert found.positive == pytest.approx((weight_VV * np.log1p(np.exp(-x_VV))).sum() / weight_VV.sum(), rel=1e-4)


def test_fixed_draws_agree_with_the_expectation_within_the_standard_error(corpus):
    ids_N = splits.split(corpus, 0.5).ids_N
    model, draws = make_model(), 200
    exact = heldout_loss.make_measure(settings(), D, corpus, ids_N)[0](model, None)
    drawn = heldout_loss.make_measure(settings(method="fixed", samples=draws), D, corpus, ids_N)[0](model, None)
    assert drawn.positive == exact.positive
    pairs = heldout_loss.expected_pairs(settings(), corpus, ids_N)
    noise_V = negatives.noise_probabilities(corpus.vocabulary.count_V, 0.6)
    loss_VV = np.log1p(np.exp(np.asarray(model.input_VD, np.float64) @ np.asarray(model.output_VD, np.float64).T))
    variance_V = loss_VV**2 @ noise_V - (loss_VV @ noise_V) ** 2
    share_I = pairs.weight_I / pairs.weight_I.sum()
    error = np.sqrt((share_I**2 * variance_V[pairs.word_I]).sum() / draws)
    assert 0 < abs(drawn.noise - exact.noise) < 4 * error
    assert error < 0.02 * exact.noise
    assert drawn.loss == pytest.approx(drawn.positive + 4 * drawn.noise)


@pytest.mark.parametrize("method", ["fixed", "expected"])
def test_memory_changes_only_how_much_is_looked_at_in_one_go(corpus, method):
    ids_N = splits.split(corpus, 0.5).ids_N
    whole = heldout_loss.make_measure(settings(method=method), D, corpus, ids_N)[0](make_model(), None)
    at_once = heldout_loss.COPIES * V if method == "expected" else 5 * D
    pairs = heldout_loss.expected_pairs(settings(), corpus, ids_N)
    small = settings(method=method, memory=4 * heldout_loss.BYTES * at_once / 1e9)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(heldout_loss, "expected_pairs", lambda *_: pairs)  # the counts need more
        parts = heldout_loss.make_measure(small, D, corpus, ids_N)[0](make_model(), None)
        np.testing.assert_allclose(parts, whole, rtol=1e-6)
        with pytest.raises(InputError, match=r"heldout\.memory.*raise it"):
            heldout_loss.make_measure(settings(method=method, memory=1e-9), D, corpus, ids_N)
    with pytest.raises(
        InputError, match=r"heldout\.memory=1e-06: the counts would take.*lower train\.heldout_fraction"
    ):
        heldout_loss.make_measure(settings(method=method, memory=1e-6), D, corpus, ids_N)


def test_an_untrained_model_costs_log_2_for_each_pair(corpus):
    model = make_model()._replace(output_VD=jnp.zeros((V, D)))
    for method in ("fixed", "expected"):
        measure, _ = heldout_loss.make_measure(settings(method=method), D, corpus, splits.split(corpus, 0.3).ids_N)
        assert measure(model, None).loss == pytest.approx(5 * np.log(2))


def test_a_run_of_a_population_and_tables_in_bfloat16(corpus):
    model = make_model()
    ids_N = splits.split(corpus, 0.3).ids_N
    for method in ("fixed", "expected"):
        measure, _ = heldout_loss.make_measure(settings(method=method), D, corpus, ids_N)
        alone = measure(model, None)
        stacked = jax.tree.map(lambda table_VD: jnp.stack([table_VD + 1, table_VD]), model)
        assert measure(stacked, 1) == alone
        assert measure(stacked, 0) != alone
        half = jax.tree.map(lambda table_VD: storage.stored(table_VD, "bfloat16"), model)
        rounded = jax.tree.map(storage.values, half)
        assert measure(half, None) == measure(rounded, None)


def test_noise_words_depend_on_the_number_of_a_pair_alone(key, corpus):
    table = jax.tree.map(jnp.asarray, negatives.build_alias_table(np.arange(1.0, V + 1)))
    word_M, number_M = jnp.arange(6) % V, jnp.arange(6, dtype=jnp.uint32)
    losses = jax.jit(lambda word_M, number_M: drawn_losses(key, make_model(), table, word_M, number_M, 3))
    together = losses(word_M, number_M)
    turned = losses(word_M[::-1], number_M[::-1])
    np.testing.assert_allclose(together, turned[::-1], rtol=1e-6)
    again = losses(word_M * 0, number_M)
    assert len(np.unique(again)) == 6


def test_given_pairs(tmp_path):
    rng = np.random.default_rng(5)
    pair_N2 = rng.integers(0, (V, 5), (80, 2))
    (tmp_path / "pairs.txt").write_text("".join(f"w{w} c{c}\n" for w, c in pair_N2))
    corpus = given.encode([tmp_path / "pairs.txt"], section("corpus"), section("vocab", min_count=1))
    split = splits.split(corpus, 0.4)
    aside = split.ids_N.reshape(-1, 3)
    assert 20 < len(aside) < 45
    model = make_model(rows=5)
    measure, _ = heldout_loss.make_measure(settings(), D, corpus, split.ids_N)
    x_VV = np.asarray(model.input_VD, np.float64) @ np.asarray(model.output_VD, np.float64).T
    noise_V = corpus.contexts.count_V**0.6
    positive = np.mean([np.log1p(np.exp(-x_VV[w, c - V])) for w, c, _ in aside])
    noise = np.mean([np.log1p(np.exp(x_VV[w])) @ noise_V / noise_V.sum() for w, _, _ in aside])
    np.testing.assert_allclose(measure(model, None), (positive + 4 * noise, positive, noise, len(aside)), rtol=3e-6)


def test_what_is_kept_aside_and_what_is_left_are_the_corpus(corpus, monkeypatch):
    for share in (0.1, 0.5, 0.9):
        split = splits.split(corpus, share)
        chosen = splits.chosen(0, corpus.sentences, share)
        every = sentences(corpus.ids_N)
        assert sentences(split.ids_N) == [s for s, aside in zip(every, chosen) if aside]
        left = [s for s, aside in zip(every, chosen) if not aside]
        view = split.training.ids_N
        assert len(view) == len(corpus.ids_N)
        assert sentences(view[:]) == left
        for a, b in ((0, 1), (3, 40), (17, 18), (50, len(view)), (len(view), len(view) + 9)):
            np.testing.assert_array_equal(view[a:b], view[:][a:b])
        assert split.training.words == sum(map(len, left))
        assert split.training.sentences == len(left)
        for capacity, multiple in ((7, 1), (50, 4), (1000, 2)):
            cut = segments.cut_segments(view, capacity, multiple)
            pieces = [segments.padded(view, cut, s, 200) for s in range(len(cut.bounds) - 1)]
            assert sum(int((piece >= 0).sum()) for piece in pieces) == cut.words[-1] == split.training.words
        monkeypatch.setattr(splits, "PIECE", 13)
        np.testing.assert_array_equal(splits.split(corpus, share).ids_N, split.ids_N)
        monkeypatch.undo()


def test_sentences_are_chosen_evenly_and_a_larger_share_has_those_of_a_smaller():
    n, share = 200_000, 0.01
    chosen = splits.chosen(0, n, share)
    assert abs(chosen.sum() - n * share) < 4 * np.sqrt(n * share)
    assert abs(np.corrcoef(chosen[1:], chosen[:-1])[0, 1]) < 4 / np.sqrt(n)
    assert (chosen <= splits.chosen(0, n, 0.02)).all()
    np.testing.assert_array_equal(splits.chosen(777, 5000, share), chosen[777:5777])


def test_a_share_that_leaves_nothing(corpus):
    with pytest.raises(InputError, match=r"train\.heldout_fraction=1e-06: of 60 sentences none is held out"):
        splits.split(corpus, 1e-6)
    with pytest.raises(InputError, match=r"none is left to train on"):
        splits.split(corpus, 1 - 1e-9)
    alone = np.array([3, -1, 5, -1], np.int32)
    with pytest.raises(InputError, match="no word held out has a neighbor"):
        heldout_loss.make_measure(settings(), D, corpus, alone)


def test_the_score_of_a_sweeper():
    scores = {"pairs.spearman": 0.5, "pairs.spearman.answered": 3, "heldout.loss": 2.0, "heldout.k": 5}
    assert evaluation.chosen_score(scores, "heldout.loss") == -2
    assert evaluation.chosen_score(scores, None) == 0.5
    assert evaluation.chosen_score({"heldout.loss": 2.0, "heldout.k": 5}, None) is None


def test_the_loss_curve_shows_it(tmp_path):
    metrics = [{"words": 10 * i, "epoch": 1 + i // 3, "loss": 3 - 0.1 * i, "learning_rate": 0.1} for i in range(1, 7)]
    without = figures.loss_curve(metrics, tmp_path / "without.png").read_bytes()
    metrics[2]["heldout.loss"], metrics[5]["heldout.loss"] = 2.9, 2.5
    assert figures.loss_curve(metrics, tmp_path / "with.png").read_bytes() != without
