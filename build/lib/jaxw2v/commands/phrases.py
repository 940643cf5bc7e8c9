"""Joins the phrases of a text and writes it out, with a table of the phrases and their scores.

jaxw2v phrases corpus=file corpus.path=TEXT phrases=word2phrase
jaxw2v phrases corpus=file corpus.path=TEXT phrases=npmi phrases.thresholds=[0.7,0.5]
jaxw2v phrases corpus=file corpus.path=TEXT phrases=list phrases.path=TITLES
"""

import os
import shutil
import time
from collections.abc import Sequence

from jaxw2v.errors import InputError
from jaxw2v.files import writing
from jaxw2v.launch import compose
from jaxw2v.launch.job import Job
from jaxw2v.runs import texts

SHOWN = 15


def phrases(jobs: Sequence[Job]) -> list[None]:
    """Writes text.txt and phrases.tsv into the run's folder."""
    config, folder = jobs[0].config, jobs[0].folder
    if config.phrases.method == "none":
        raise InputError("phrases.method=none: joins nothing; choose phrases=word2phrase, npmi or list")
    targets = [folder / "text.txt", folder / "phrases.tsv"]
    for target in targets:
        if target.exists():
            raise InputError(f"{target} exists already; choose another hydra.run.dir")
    begin = time.perf_counter()
    made = texts.open_text(config, lambda line: print(line, flush=True))
    seconds = time.perf_counter() - begin
    assert made.table is not None  # as phrases are joined
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for source, target in zip((*made.files, made.table), targets):
            with source.open("rb") as text, writing.whole(target) as copy:
                shutil.copyfileobj(text, copy, 2**20)
    except OSError as error:
        raise InputError(f"{folder}: {error.strerror}; choose another hydra.run.dir") from error
    with made.table.open(encoding="utf-8") as table:
        for line in (line for line, _ in zip(table, range(1 + SHOWN))):
            phrase, count, score, number = line.rstrip("\n").split("\t")
            print(f"  {phrase:40} {count:>9} {score:>12} {number:>5}")
    record = made.record
    print(
        f"{record['phrases.unjoined_words']:,} words became {record['phrases.words']:,} in {seconds:.1f} s, with "
        f"{record['phrases.phrases']:,} different phrases"
    )
    print(f"files: {os.path.relpath(folder)}: phrases.tsv, text.txt")
    return [None]


main = compose.main(phrases, "name=phrases")
