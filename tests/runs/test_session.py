"""The loop: what it hands to callbacks, when it ends, and that the parts go on where they were."""

import jax
import numpy as np
import pytest

from jaxw2v.errors import InputError
from jaxw2v.runs import session
from jaxw2v.runs.devices import choose_mesh
from jaxw2v.runs.program import Program
from jaxw2v.text.corpus import Corpus
from jaxw2v.text.vocabulary import Vocabulary
from tests.configs import compose

V, SENTENCES, LENGTH = 11, 60, 9
SETTINGS = [
    "model.dim=7", "train.epochs=3", "train.step_tokens=8", "train.chunk_tokens=32", "train.segment_tokens=64",
    "negatives.span=4", "negatives.shared_samples=6", "subsample.threshold=0",
]  # fmt: skip


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    ids = np.random.default_rng(0).integers(0, V, (SENTENCES, LENGTH)).astype(np.int32)
    ids_N = np.pad(ids, ((0, 0), (0, 1)), constant_values=-1).reshape(-1)
    count_V = np.bincount(ids.reshape(-1), minlength=V)
    order = np.argsort(-count_V, kind="stable")
    rank = np.argsort(order)
    ids_N = np.where(ids_N < 0, -1, rank[ids_N]).astype(np.int32)
    words = SENTENCES * LENGTH
    return Corpus(ids_N, Vocabulary([f"w{row}" for row in range(V)], count_V[order]), "", words, 2 * words, SENTENCES)


def make(corpus: Corpus, *seeds: int, replicas: int = 1) -> Program:
    configs = [compose(*SETTINGS, f"seed={seed}", f"train.replicas={replicas}") for seed in seeds or (1,)]
    return Program(configs, corpus, choose_mesh(configs[0].train, "damped_sgd", len(configs)))


class Notes:
    """Keeps what it is shown."""

    def __init__(self):
        self.seen = []

    def after_segment(self, done, state, info):
        self.seen.append((done, state._replace(state=None), info))


@pytest.fixture(autouse=True)
def weak_promotion():
    """As outside of the tests: optax and Python's numbers."""
    with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
        yield


def bytes_of(state) -> list[bytes]:
    return [np.asarray(leaf).tobytes() for leaf in jax.tree.leaves(state.state)]


@pytest.mark.parametrize("replicas", [1, 2])
def test_every_round_is_shown_once_and_in_order(corpus, replicas):
    program, notes = make(corpus, replicas=replicas), Notes()
    state = session.train(program, session.begin(program), [notes])
    done = [each for each, _, _ in notes.seen]
    assert [each.number for each in done] == list(range(len(program.rounds)))
    assert sum(each.ends_epoch for each in done) == 3
    assert done[-1].ends_epoch
    assert program.rounds.words_before(len(program.rounds)) == 3 * corpus.words
    assert [program.rounds.seen_before(number) for number in (0, len(program.rounds))] == [0, 1]
    assert state.done == len(program.rounds)
    pairs = sum(float(info.pairs_I.sum()) for _, _, info in notes.seen)
    assert state.pairs_R.tolist() == [pairs]
    last = [each for each in notes.seen if each[0].number >= 2 * len(program.rounds) // 3]  # the loss is an epoch's
    assert state.loss_R[0] == pytest.approx(sum(float(info.loss_I.sum()) for _, _, info in last))


def test_it_goes_on_from_any_round_with_the_same_bytes(corpus):
    whole = make(corpus)
    expected = bytes_of(session.train(whole, session.begin(whole)))

    class Copy:
        def after_segment(self, done, state, info):
            if done.number == 3:
                self.state = state._replace(state=jax.tree.map(np.array, state.state))

    copy, program = Copy(), make(corpus)
    session.train(program, session.begin(program), [copy])
    again = make(corpus)
    state = copy.state._replace(state=jax.device_put(copy.state.state, jax.tree.leaves(again.init())[0].sharding))
    assert bytes_of(session.train(again, state)) == expected


def test_a_run_that_fails_ends_alone_and_all_end_the_session(corpus):
    class Fail:
        def after_segment(self, done, state, info):
            if done.number in (1, 4):
                state.failed[len(state.failed)] = InputError("no more")

    program, notes = make(corpus, 1, 2), Notes()
    state = session.train(program, session.begin(program), [Fail(), notes])
    assert [done.number for done, _, _ in notes.seen] == [0, 1, 2, 3, 4]
    assert state.done == 5
    assert sorted(state.failed) == [0, 1]


def test_a_program_is_compiled_once(corpus):
    program = make(corpus)
    state = session.begin(program)
    session.compile_for(program, state)
    took = program.compilation
    assert took > 0
    session.train(program, state)
    assert program.compilation == took


@pytest.mark.parametrize("replicas", [1, 2])
def test_a_round_that_was_sent_before_is_the_same(corpus, replicas):
    ends = []
    for sent in ([None] * 3, [1, 2, 3], [5, 0, 1]):
        program = make(corpus, replicas=replicas)
        state = program.init()
        program.compile(state, sent[2] or 0)
        for number in range(3):
            state, _ = program.train_segment(number, state)
            if sent[number] is not None:
                program.send(sent[number])
        ends.append([np.asarray(leaf).tobytes() for leaf in jax.tree.leaves(state)])
    assert ends[0] == ends[1] == ends[2]


def test_the_next_round_is_sent_while_one_trains(corpus, monkeypatch):
    program = make(corpus)
    cut = []
    pieces = program.rounds.pieces
    monkeypatch.setattr(program.rounds, "pieces", lambda number: cut.append(number) or pieces(number))
    session.train(program, session.begin(program), [seen := Cut(cut)])
    assert cut == list(range(len(program.rounds)))
    assert seen.before == [min(number + 2, len(program.rounds)) for number in range(len(program.rounds))]


class Cut:
    """Notes how many rounds had been cut when a round was done."""

    def __init__(self, cut):
        self.cut, self.before = cut, []

    def after_segment(self, done, state, info):
        self.before.append(len(self.cut))


def test_what_is_done_is_not_compiled(corpus):
    program = make(corpus)
    state = session.begin(program)._replace(done=len(program.rounds))
    assert session.train(program, state).done == len(program.rounds)
    assert program.compilation == 0


def test_a_clock_does_not_count_what_pauses_it(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(session.time, "perf_counter", lambda: now[0])
    clock = session.Clock(5.0)
    now[0] += 2
    with clock.paused():
        now[0] += 100
    now[0] += 1
    assert clock.seconds() == 8
