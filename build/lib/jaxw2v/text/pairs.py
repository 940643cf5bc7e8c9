"""Pairs of a word and a context from files, two columns: what word2vecf trains on, such as dependency contexts."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from jaxw2v.errors import InputError
from jaxw2v.settings.corpus import CorpusSettings
from jaxw2v.settings.vocab import VocabSettings
from jaxw2v.text import sources, tokens, vocabulary
from jaxw2v.text.corpus import Corpus
from jaxw2v.text.normalization import Normalizer
from jaxw2v.text.reading import Reading
from jaxw2v.text.vocabulary import Vocabulary


def encode(files: Sequence[Path], corpus: CorpusSettings, vocab: VocabSettings) -> Corpus:
    """The pairs of files as ids, in their order, in memory: a word in [0, V), its context in [V, V + contexts), -1.

    `words` and `raw_words` count two for a pair, `sentences` pairs. A pair is left out if its word or its context is
    too rare. Blank lines are skipped.

    Args:
      files: from `finding.find_files`; a line is a word and a context with white space between.
      corpus: invalid_utf8 and white_space.
      vocab: min_count and max_size, for words and for contexts, each counted in pairs.

    Raises:
      InputError: a line does not have two columns, or what `sources`, `reading` and `vocabulary` raise; the ids, which
        are kept in a temporary file meanwhile, have no room.
    """
    reading = Reading(files)
    names, ids_N = _ids(reading, _how(corpus))
    reading.check()
    ids_N = ids_N[(ids_N >= 0) | (np.append(np.int32(-1), ids_N)[:-1] >= 0)]  # no -1 after a -1
    if len(ids_N) % 3 or (ids_N[2::3] >= 0).any() or (ids_N[::3] < 0).any() or (ids_N[1::3] < 0).any():
        raise _broken(files, corpus)
    pair_N2 = ids_N.reshape(-1, 3)[:, :2]
    if not len(pair_N2):
        raise InputError(f"{', '.join(map(str, files[:3]))}: no pairs; give lines of a word and a context")
    words, word_N = _column(names, pair_N2[:, 0], vocab)
    contexts, context_N = _column(names, pair_N2[:, 1], vocab)
    kept_N = (word_N >= 0) & (context_N >= 0)
    if not kept_N.any():
        at = f"vocab.min_count={vocab.min_count}"
        raise InputError(f"{at}: no pair has both a word and a context so frequent; lower it")
    triple_N3 = np.stack([word_N, context_N + len(words.words), np.full(len(word_N), -1)], axis=1)[kept_N]
    return Corpus(
        ids_N=triple_N3.astype(np.int32).reshape(-1),
        vocabulary=words,
        sha256=reading.digest.hexdigest(),
        words=2 * int(kept_N.sum()),
        raw_words=2 * len(pair_N2),
        sentences=int(kept_N.sum()),
        contexts=contexts,
        skipped=reading.skipped,
        remarks=tuple(reading.remarks.lines()),
    )


def _how(corpus: CorpusSettings) -> dict[str, Any]:
    """How lines are read: of pairs, `skip` passes over the whole line."""
    invalid_utf8 = "skip_lines" if corpus.invalid_utf8 == "skip" else corpus.invalid_utf8
    return {"invalid_utf8": invalid_utf8, "normalizer": Normalizer(white_space=corpus.white_space)}


def _ids(reading: Reading, how: dict[str, Any]) -> tuple[list[str], np.ndarray]:
    """All words and contexts, and the ids of the text, [N] int32, by first appearance in it."""
    try:
        with tempfile.TemporaryFile() as file:
            counted = tokens.write_ids(tokens.tokenized(reading.texts(**how)), file)
            file.seek(0)
            return counted.words, np.fromfile(file, np.int32)
    except OSError as error:
        where = f"the temporary folder {tempfile.tempdir or ''}".rstrip()
        raise InputError(
            f"{where}: cannot be written to ({error.strerror or error}); make room there, or name another one by "
            "TMPDIR=FOLDER before the command"
        ) from None


def _column(names: list[str], ids_N: np.ndarray, vocab: VocabSettings) -> tuple[Vocabulary, np.ndarray]:
    """The vocabulary of one side of the pairs, and its ids, [N] int64; -1 for what is too rare."""
    chosen = vocabulary.from_counts(names, np.bincount(ids_N, minlength=len(names)), vocab.min_count, vocab.max_size)
    index = {name: i for i, name in enumerate(chosen.words)}
    return chosen, np.array([index.get(name, -1) for name in names], np.int64)[ids_N]


def _remedy(fields: list[bytes]) -> str:
    """What to do about a line that does not have two columns."""
    if len(fields) == 1 and any(mark in fields[0] for mark in (b",", b";")):
        return "separate them by a space or a tab"
    if len(fields) == 3 and fields[2].isdigit():
        return "write a counted pair as often as it counts: awk '{for (i = 0; i < $3; i++) print $1, $2}'"
    if len(fields) == 3 and fields[0].isdigit():
        return "write a counted pair as often as it counts: awk '{for (i = 0; i < $1; i++) print $2, $3}'"
    return "a line of corpus.path is `word context`"


def _broken(files: Sequence[Path], corpus: CorpusSettings) -> InputError:
    """Which line is the first without two columns."""
    for path in files:
        before = 0
        for block in sources.read_lines(path, **_how(corpus)):
            for number, line in enumerate(block.split(b"\n"), start=before + 1):
                fields = line.split()
                if vocabulary.SENTENCE_END.encode() in fields:
                    return InputError(f"{path}, line {number}: {vocabulary.SENTENCE_END} is no word; take the line out")
                if len(fields) not in (0, 2):
                    what = f"{len(fields)} column{'s' * (len(fields) > 1)} where a word and its context are needed"
                    return InputError(f"{path}, line {number}: {what}; {_remedy(fields)}")
            before += block.count(b"\n")
    return InputError(f"{files[0]}: changed while it was read; start again when it is finished")
