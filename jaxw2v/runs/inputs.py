"""What runs side by side begin with: devices, test sets, the text, what is held out, and what results record."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from jax.sharding import Mesh

from jaxw2v.checkpoints import finished, identity, warm_start
from jaxw2v.checkpoints.finished import WarmStart
from jaxw2v.errors import InputError
from jaxw2v.files import results
from jaxw2v.files.lines import Rules
from jaxw2v.runs import evaluation, heldout_loss, texts
from jaxw2v.runs.devices import choose_mesh, for_text
from jaxw2v.runs.evaluation import TestSets
from jaxw2v.settings.config import Config
from jaxw2v.text import resample, split
from jaxw2v.text.corpus import Corpus
from jaxw2v.training import rows
from jaxw2v.training.mesh import REPLICAS


class Inputs(NamedTuple):
    """What R runs side by side share.

    Attributes:
      mesh: of the devices that they are trained on.
      test_sets: of the evaluation.
      corpus: all sentences.
      training: those that are trained on: not those held out, and drawn from these where the text is resampled.
      measure: of the loss on those that are held out; None: none are.
      start: what the tables begin with; None: anew.
      record: for result.json: the text, the vocabulary, the code, the software, the machine.
    """

    mesh: Mesh
    test_sets: TestSets
    corpus: Corpus
    training: Corpus
    measure: heldout_loss.Measure | None
    start: WarmStart | None
    record: dict[str, Any]

    def identities(self, configs: Sequence[Config]) -> list[dict[str, Any]]:
        """What the bytes of each run's tables depend on; see `make_identity`."""
        replicas = self.mesh.shape[REPLICAS]
        return [identity.make_identity(each, self.corpus, self.record, replicas) for each in configs]


def read_inputs(
    config: Config,
    repository: Path,
    say: Callable[[str], None],
    runs: int = 1,
    partly: bool = False,
    processes: int = 1,
) -> Inputs:
    """The inputs of runs with these settings. What costs nothing to check is checked before the text is read.

    Args:
      config: checked; of the first run.
      repository: whose commit is recorded.
      say: takes a line for a person.
      runs, partly, processes: see `choose_mesh`.

    Raises:
      InputError: something cannot be used; the message says what and the remedy.
    """
    mesh = choose_mesh(config.train, config.optimizer.name, runs, partly, processes)
    rows.make_optimizer(config.optimizer)  # a mistake costs nothing yet
    rules = Rules(config.corpus.white_space, config.corpus.invalid_utf8, "corpus.invalid_utf8")
    test_sets = evaluation.read_test_sets(config.eval, rules, say)
    start = finished.read(config)
    corpus, origin = texts.open_corpus(config, say)
    begun_with = {} if start is None else warm_start.compare(start, corpus, say)
    training, measure = _hold_out(config, corpus, say)
    training = resample.resample(training, config.corpus.resample)
    mesh = for_text(mesh, config, training)
    record = {
        "corpus.sha256": corpus.sha256,
        "corpus.raw_words": corpus.raw_words,
        "corpus.words": corpus.words,
        "corpus.sentences": corpus.sentences,
        **results.flatten({"corpus.record": origin}),
        "vocab.words": len(corpus.vocabulary.words),
        **({"vocab.count_error": corpus.count_error} if corpus.count_error else {}),
        **begun_with,
        "device": mesh.devices.flat[0].device_kind if config.baseline.method == "none" else "cpu",
        **results.provenance(repository),
        **identity.provenance(corpus),
    }
    return Inputs(mesh, test_sets, corpus, training, measure, start, record)


def _hold_out(config: Config, corpus: Corpus, say: Callable[[str], None]) -> tuple[Corpus, heldout_loss.Measure | None]:
    """The corpus to train on, and how the loss on what is held out is measured; None: nothing is."""
    if not config.train.heldout_fraction:
        return corpus, None
    training, ids_N = split.split(corpus, config.train.heldout_fraction)
    if training.words <= training.sentences:
        raise InputError(
            f"train.heldout_fraction={config.train.heldout_fraction:g}: the sentences left to train on have one word "
            "each; use a smaller fraction, or 0"
        )
    measure, pairs = heldout_loss.make_measure(config.heldout, config.model.dim, corpus, ids_N)
    say(f"held out: {corpus.sentences - training.sentences:,} of {corpus.sentences:,} sentences, {pairs:,.0f} pairs")
    return training, measure
