"""A run that starts from a finished one: whose rows it takes over, what it counts, what it refuses."""

import dataclasses
from dataclasses import asdict
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxw2v.checkpoints import files, finished, folder, warm_start
from jaxw2v.errors import InputError
from jaxw2v.files import results
from jaxw2v.settings.config import Config
from jaxw2v.text import vocabulary
from jaxw2v.text.corpus import Corpus
from jaxw2v.text.vocabulary import Vocabulary
from jaxw2v.training import storage
from jaxw2v.vectors import formats
from jaxw2v.vectors.table import Table
from tests.configs import compose, population_of, trainer_of

THERE = Vocabulary([f"w{i}" for i in range(11)], np.arange(30, 8, -2))
HERE = Vocabulary(["new", "w7", "w0", "other", "w10", "w3", "third"], np.arange(20, 6, -2))
D = 5


def config(*words: str) -> Config:
    return compose(f"model.dim={D}", *words)


@pytest.fixture(scope="module")
def base() -> Config:
    return config()


def changed(config: Config, **changes) -> Config:
    """With "section__name" settings changed."""
    for name, value in changes.items():
        section, _, key = name.partition("__")
        config = dataclasses.replace(config, **{section: dataclasses.replace(getattr(config, section), **{key: value})})
    return config


def with_outputs(config: Config) -> Config:
    """Settings whose output vectors do not begin with zeros."""
    return dataclasses.replace(config, model=dataclasses.replace(config.model, output_range=1.0))


def moved(state):
    """A state as training might leave it: no number is as it was."""
    leaves, structure = jax.tree.flatten(state)
    random = np.random.default_rng(1)
    return jax.tree.unflatten(
        structure, [np.asarray(leaf) + random.integers(1, 99, leaf.shape).astype(leaf.dtype) for leaf in leaves]
    )


def leave(place: Path, config: Config, words: Vocabulary = THERE, contexts: Vocabulary | None = None):
    """The folder of a finished run, and its last state."""
    place.mkdir(parents=True, exist_ok=True)
    with jax.numpy_dtype_promotion("standard"):  # optax
        parts = trainer_of(with_outputs(config))
    init = parts.init(jax.random.key(9), len(words.words), contexts and len(contexts.words))
    state = moved(init)
    vocabulary.save(words, place / "vocabulary.txt")
    if contexts:
        vocabulary.save(contexts, place / "vocabulary-contexts.txt")
    finished.keep(place, state)
    results.write_result(place / "result.json", results.flatten(asdict(config)) | {"corpus.sha256": "5fe9"})
    return state


def corpus_of(words: Vocabulary, contexts: Vocabulary | None = None) -> Corpus:
    return Corpus(np.zeros(1, np.int32), words, "00", 1, 1, 1, contexts)


def starting(config: Config, place: Path) -> Config:
    return changed(config, train__init_from=str(place))


KINDS = {
    "damped_sgd": {},
    "bfloat16": {"model__dtype": "bfloat16"},
    "tied": {"model__tied": True},
    "adam": {"optimizer__learning_rate": 0.04, "optimizer__name": "optax"},
}


def test_rows_of_known_words_are_those_of_a_loop_over_words():
    random = np.random.default_rng(0)
    names = [f"{letter}{number}" for letter in ("a", "é", "語", "😀") for number in range(30)]
    for size in (1, 7, 90):
        there, here = (list(random.permutation(names)[:size]) for _ in range(2))
        row_of = {word: row for row, word in enumerate(there)}
        pairs = [(row, row_of[word]) for row, word in enumerate(here) if word in row_of]
        rows_here, rows_there = warm_start._rows(there, here)
        assert list(zip(rows_here.tolist(), rows_there.tolist())) == pairs
    assert len(pairs) > 30


@pytest.mark.parametrize("runs", [1, 2])
@pytest.mark.parametrize("kind", KINDS)
def test_known_words_go_on_and_new_ones_begin_as_usual(kind, runs, base, tmp_path):
    mine = changed(base, **KINDS[kind])
    old = leave(tmp_path, mine)
    with jax.numpy_dtype_promotion("standard"):  # optax
        parts = (trainer_of if runs == 1 else population_of)(with_outputs(mine))
    key = jax.random.key(3) if runs == 1 else jax.random.split(jax.random.key(3), runs)
    fresh = parts.init(key, len(HERE.words), None)
    left = finished.read(starting(mine, tmp_path))
    told = warm_start.compare(left, corpus_of(HERE), print)
    assert (told["init.known"], told["init.words"], told["init.optimizer"]) == (4, 11, "kept")
    taken = warm_start.take_over(left, fresh, corpus_of(HERE), runs)
    assert left.arrays == {}
    compared = 0
    for before, untrained, found in zip(*map(jax.tree.leaves, (old, fresh, taken))):
        assert found.shape == untrained.shape
        assert found.dtype == untrained.dtype
        for r in range(runs):
            now, then = (np.asarray(array) if runs == 1 else np.asarray(array)[r] for array in (found, untrained))
            if now.ndim == 0:
                assert now == before
                continue
            for row, word in enumerate(HERE.words):
                wanted = before[THERE.words.index(word)] if word in THERE.words else then[row]
                np.testing.assert_array_equal(now[row], wanted)
                compared += 1
    assert compared >= 2 * runs * len(HERE.words)


def test_contexts_of_pairs_have_a_vocabulary_of_their_own(base, tmp_path):
    pairs = {"corpus__source": "pairs"}
    mine = dataclasses.replace(base, negatives=dataclasses.replace(base.negatives, shared_by="pair"))
    mine = changed(mine, **pairs)
    there = Vocabulary(["c3", "c1", "c2"], np.array([9, 8, 7]))
    old = leave(tmp_path, mine, contexts=there)
    here = Vocabulary(["c2", "c9", "c8", "c3"], np.array([9, 8, 7, 6]))
    fresh = trainer_of(with_outputs(mine)).init(jax.random.key(3), len(HERE.words), len(here.words))
    taken = warm_start.take_over(finished.read(starting(mine, tmp_path)), fresh, corpus_of(HERE, here), 1)
    for row, known in enumerate([2, None, None, 0]):
        wanted = fresh.model.output_VD[row] if known is None else old.model.output_VD[known]
        np.testing.assert_array_equal(taken.model.output_VD[row], wanted)
        assert taken.output_rows[row] == (0 if known is None else old.output_rows[known])
    np.testing.assert_array_equal(taken.model.input_VD[1], old.model.input_VD[7])


@pytest.mark.parametrize("format", formats.FORMATS)
@pytest.mark.parametrize("dtype", storage.DTYPES)
def test_vectors_and_contexts_do_without_the_optimizer(dtype, format, base, tmp_path):
    mine = changed(base, model__dtype=dtype)
    old = leave(tmp_path, mine)
    (tmp_path / folder.STATE).unlink()
    with pytest.raises(InputError, match=r"neither state.checkpoint nor vectors.bin.*save_state=true or vectors.matr"):
        finished.read(starting(mine, tmp_path))
    for name, table in (("vectors", old.model.input_VD), ("vectors-output", old.model.output_VD)):
        with pytest.raises(InputError, match=f"nor {name}.bin"):
            finished.read(starting(mine, tmp_path))
        values_VD = np.asarray(storage.values(jnp.asarray(table)))
        formats.save(Table(THERE.words, values_VD), tmp_path / f"{name}.{format}", format)
    left = finished.read(starting(mine, tmp_path))
    np.testing.assert_array_equal(left.arrays[finished.INPUT], old.model.input_VD)
    np.testing.assert_array_equal(left.arrays[finished.OUTPUT], old.model.output_VD)
    assert left.arrays[finished.INPUT].dtype == old.model.input_VD.dtype
    assert warm_start.compare(left, corpus_of(HERE), print)["init.optimizer"] == "new"
    fresh = trainer_of(with_outputs(mine)).init(jax.random.key(3), len(HERE.words))
    assert not warm_start.take_over(left, fresh, corpus_of(HERE), 1).input_rows.any()


def test_another_optimizer_starts_anew(base, tmp_path):
    leave(tmp_path, base)
    same = finished.read(
        starting(changed(base, optimizer__initial_accumulator=9.0, optimizer__learning_rate=0.5), tmp_path)
    )
    assert ".input_rows" in same.arrays  # sums of squares, whatever is made of them
    other = finished.read(
        starting(changed(base, optimizer__learning_rate=0.04, optimizer__name="rowwise_adagrad"), tmp_path)
    )
    assert set(other.arrays) == {finished.INPUT, finished.OUTPUT}
    assert other.sha256 != same.sha256
    adam = changed(base, optimizer__learning_rate=0.04, optimizer__name="optax")
    leave(tmp_path / "adam", adam)
    assert ".input_rows.count" in finished.read(starting(adam, tmp_path / "adam")).arrays
    rms = changed(adam, optimizer__transform="scale_by_rms")
    assert ".input_rows.count" not in finished.read(starting(rms, tmp_path / "adam")).arrays


def test_what_it_starts_from_has_one_digest(base, tmp_path):
    leave(tmp_path, base)
    mine = starting(base, tmp_path)
    digest = finished.read(mine).sha256
    assert finished.read(mine).sha256 == digest
    key = jax.random.key(0)
    assert (jax.random.key_data(warm_start.fold_in(key, finished.read(mine))) != jax.random.key_data(key)).any()
    state = files.read(tmp_path / folder.STATE)
    arrays = {name: array.copy() for name, array in state.arrays.items()}
    arrays[".output_rows"][3] += 1
    files.write(tmp_path / folder.STATE, state.meta, arrays)
    assert finished.read(mine).sha256 != digest


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model__dim": 6}, r"model.dim=5, this run 6; use model.dim=5"),
        ({"model__dtype": "bfloat16"}, r"model.dtype=float32, this run bfloat16"),
        ({"model__tied": True}, r"model.tied=False, this run True"),
        ({"model__objective": "softmax"}, r"model.objective=negative_sampling, this run softmax"),
    ],
)
def test_tables_of_another_kind_are_refused(change, message, base, tmp_path):
    leave(tmp_path, base)
    with pytest.raises(InputError, match=message):
        finished.read(starting(changed(base, **change), tmp_path))


def test_a_folder_that_is_none_of_a_finished_run(base, tmp_path):
    with pytest.raises(InputError, match="no such folder"):
        finished.read(starting(base, tmp_path / "none"))
    with pytest.raises(InputError, match=r"there is no result.json; name the folder"):
        finished.read(starting(base, tmp_path))
    (tmp_path / "metrics.jsonl").touch()
    with pytest.raises(InputError, match=r"not finished; give its command again"):
        finished.read(starting(base, tmp_path))
    for text in ("{", "[]", "{}", '{"model.dim": 5}', "\xff"):
        (tmp_path / "result.json").write_text(text, encoding="latin-1")
        with pytest.raises(InputError, match="is no result of a run"):
            finished.read(starting(base, tmp_path))


def test_what_is_damaged_or_does_not_go_together_is_refused(base, tmp_path):
    leave(tmp_path, base)
    mine, path = starting(base, tmp_path), tmp_path / folder.STATE
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    with pytest.raises(InputError, match=r"checksum is wrong; train that run again .*or remove"):
        finished.read(mine)
    meta, arrays = files.read(path) if path.write_bytes(whole) else None
    files.write(path, meta, arrays | {finished.INPUT: np.zeros((11, 6), np.float32)})
    with pytest.raises(InputError, match=r"does not hold what result.json says"):
        finished.read(mine)
    files.write(path, meta, {name: array for name, array in arrays.items() if name != ".output_rows"})
    fresh = trainer_of(with_outputs(base)).init(jax.random.key(3), len(HERE.words))
    with pytest.raises(InputError, match="another version of this program"):
        warm_start.take_over(finished.read(mine), fresh, corpus_of(HERE), 1)
    path.write_bytes(whole)
    vocabulary.save(HERE, tmp_path / "vocabulary.txt")
    with pytest.raises(InputError, match=r"of another vocabulary.txt"):
        finished.read(mine)
    (tmp_path / "vocabulary.txt").unlink()
    with pytest.raises(InputError, match=r"vocabulary.txt cannot be used"):
        finished.read(mine)


def test_a_text_that_has_nothing_to_do_with_it_is_refused(base, tmp_path):
    leave(tmp_path, base)
    other = Vocabulary(["W1", "W2"], np.array([2, 1]))
    with pytest.raises(InputError, match="no word of this text is known"):
        warm_start.compare(finished.read(starting(base, tmp_path)), corpus_of(other), print)


def test_nodes_of_another_tree_are_refused(base, tmp_path):
    tree = changed(base, model__objective="hierarchical_softmax")
    leave(tmp_path, tree)
    left = finished.read(starting(tree, tmp_path))
    assert warm_start.compare(left, corpus_of(THERE), print)["init.known"] == 11
    with pytest.raises(InputError, match="nodes of the tree"):
        warm_start.compare(left, corpus_of(THERE._replace(count_V=THERE.count_V + 1)), print)
    (tmp_path / folder.STATE).unlink()
    with pytest.raises(InputError, match=r"no state.checkpoint; train that run with train.save_state=true"):
        finished.read(starting(tree, tmp_path))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["vocab.grow=true"], "train.init_from=FOLDER"),
        (["vocab.grow=true", "train.init_from=x", "vocab.path=y"], "leave out vocab.path or vocab.grow"),
        (["train.init_from=x", "baseline=svd"], "baseline.method=svd does not train"),
    ],
)
def test_settings_that_do_not_go_together(words, message):
    with pytest.raises(InputError, match=message):
        config(*words)
