"""Makes the vocabulary and the ids of a corpus ahead of time, so that runs on it start at once.

jaxw2v prepare corpus=file corpus.path=TEXT vocab.min_count=10
"""

import time
from collections.abc import Sequence

from jaxw2v.files.paths import expanded
from jaxw2v.launch import compose
from jaxw2v.launch.job import Job
from jaxw2v.runs import texts


def prepare(jobs: Sequence[Job]) -> list[None]:
    """Encodes the corpus into the cache."""
    config = jobs[0].config
    begin = time.perf_counter()
    corpus, record = texts.open_corpus(config, lambda line: print(line, flush=True))
    seconds = time.perf_counter() - begin
    print(f"ready in {seconds:.1f} s, {corpus.raw_words / seconds / 1e6:.1f}M words/s; again, it comes from the cache")
    words, count_V = corpus.vocabulary.words, corpus.vocabulary.count_V
    print(f"most frequent: {', '.join(f'{word} {count:,}' for word, count in zip(words[:8], count_V[:8]))}")
    print(f"sentences: {corpus.sentences:,}")
    for name, version in record.items():
        print(f"  {name} {version}")
    print(f"cache: {expanded(config.cache, 'cache')}")
    return [None]


main = compose.main(prepare, leaves_files=False)
