"""jaxw2v: a research instrument for word2vec's skip-gram with negative sampling (SGNS), in JAX.

An array's name ends in its axes, one capital letter each:

| axis | length |
|---|---|
| V | words of the vocabulary |
| D | dimension of a vector |
| B | blocks |
| C | input rows of a block |
| E | output rows of a block |
| K | negative samples of a block |
| O | offsets of a window, 2w: -w .. -1, 1 .. w |
| T | tokens (centers) of a step |
| W | tokens of a step with their surroundings, T + 2w |
| N | tokens of the corpus or of a segment |
| M | rows touched by a step |
| S | steps; in study/, reports; in text/, sentences |
| I | chunks of a segment; of a held-out loss, kinds of pairs |
| J | words that are the input of held-out pairs |
| A | tokens around a block, C + 2w |
| R | runs of a population |
| P | examples of a segment in the sequential order: pairs, of CBOW centers |
| Q | questions of a test set |
| G | seeds of a configuration; in study/ |
| L | nodes of the longest path through a Huffman tree; in study/, resamples of a bootstrap |

| here | in the papers | in word2vec.c |
|---|---|---|
| input table, `input_VD` | v_w | `syn0` |
| output (context) table, `output_VD` | v_c | `syn1neg` |
| subsampling threshold | t | `-sample` |
| exponent of the noise distribution | 3/4 | `power` |
| learning rate | | `alpha` |

| here | meaning |
|---|---|
| span | neighboring centers that share one set of negative samples |
| step | the kept tokens whose windows make one update of the tables; devices may share it, a part each |
| chunk | the steps whose windows and negative samples are drawn at a time |
| segment | the text between two calls of the compiled program |
| replica | a copy of the tables that trains on a segment of its own; replicas are merged after each |
| mesh | the devices that share the work, with an axis for each way of sharing |
| population | runs that train side by side in one compiled program |
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # for editors and type checkers
    from jaxw2v.launch.python import Run, compose, read_corpus, train
    from jaxw2v.launch.python_sweep import Results, sweep
    from jaxw2v.vectors.vectors import Vectors, load

__version__ = "1.0.0"

_FROM = {  # what a Python program uses, and where it stands
    "train": "launch.python",
    "sweep": "launch.python_sweep",
    "compose": "launch.python",
    "read_corpus": "launch.python",
    "load": "vectors.vectors",
    "Run": "launch.python",
    "Results": "launch.python_sweep",
    "Vectors": "vectors.vectors",
}
__all__ = ["Results", "Run", "Vectors", "__version__", "compose", "load", "read_corpus", "sweep", "train"]


def __getattr__(name: str) -> Any:
    """Imported when it is asked for: `import jaxw2v` costs nothing, and loading vectors needs neither JAX nor Hydra."""
    if name not in _FROM:
        raise AttributeError(f"module 'jaxw2v' has no attribute {name!r}; it has {', '.join(_FROM)}")
    return getattr(importlib.import_module(f"jaxw2v.{_FROM[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_FROM})
