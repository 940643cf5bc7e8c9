"""The page of word vectors: one HTML file with a map of words, a search and the neighbors of each word."""

import base64
from typing import Any, NamedTuple

import numpy as np
import scipy.cluster.hierarchy

from jaxw2v.study import html
from jaxw2v.study.colors import COLORS, DARK_COLORS

_CLUSTERED = (
    1_000  # words, the most frequent, that are clustered; every other word has the color of the nearest cluster
)
_STEPS = 2**16 - 1  # of a place along the longer side of the map
_COSINE = 10_000  # a cosine is kept in units of its fourth decimal


class WordMap(NamedTuple):
    """N words, most frequent first, as the page shows them.

    Attributes:
      words: all different.
      place_N2: [N, 2] float64, where they stand on the map.
      cluster_N: [N] int in [0, 10), which color they have.
      row_NK: [N, K] int in [0, N), N at most 65,536: the words nearest to each, nearest first.
      cosine_NK: [N, K] float in [-1, 1], their cosines.
    """

    words: list[str]
    place_N2: np.ndarray
    cluster_N: np.ndarray
    row_NK: np.ndarray
    cosine_NK: np.ndarray


def clusters(unit_ND: np.ndarray) -> np.ndarray:
    """[N] int below 10: Ward clusters of the vectors of the most frequent words, as on the map of a run.

    A less frequent word is of the cluster whose mean is nearest.

    Args:
      unit_ND: [N, D] float64 of length 1, most frequent first, N at least 2.
    """
    first_MD = unit_ND[:_CLUSTERED]
    tree = scipy.cluster.hierarchy.linkage(first_MD, "ward")
    of_first_M = scipy.cluster.hierarchy.fcluster(tree, len(COLORS), criterion="maxclust") - 1
    mean_CD = np.stack([first_MD[of_first_M == each].mean(0) for each in range(of_first_M.max() + 1)])
    square_CN = np.square(mean_CD).sum(1)[:, None] - 2 * mean_CD @ unit_ND.T  # and the square of the vector, 1
    cluster_N = square_CN.argmin(0)
    cluster_N[: len(first_MD)] = of_first_M
    return cluster_N


def render(shown: WordMap, title: str, summary: str, layout: str) -> str:
    """The page as HTML: 25 kB, and 113 bytes and its letters for each of N words with 20 neighbors.

    Cosines are rounded to four decimals, places to a 65,535th of the map. The same words give the same text.

    Args:
      shown: N words.
      title: such as the name of the file.
      summary: a line below it.
      layout: what the map is made by, for the reader.
    """
    low_2 = shown.place_N2.min(0)
    side = max(np.ptp(shown.place_N2, axis=0).max(), 1e-12)
    data: dict[str, Any] = {
        "title": title,
        "summary": summary,
        "layout": layout,
        "words": shown.words,
        "neighbors": shown.row_NK.shape[1],
        "place": _packed(np.rint((shown.place_N2 - low_2) / side * _STEPS), "<u2"),
        "cluster": _packed(shown.cluster_N, "u1"),
        "row": _packed(shown.row_NK, "<u2"),
        "cosine": _packed(np.rint(shown.cosine_NK * _COSINE), "<i2"),
        "colors": COLORS,
        "darkColors": DARK_COLORS,
    }
    return html.fill("explorer.html", data, {"page": html.script("explorer.js")})


def _packed(numbers: np.ndarray, kind: str) -> str:
    return base64.b64encode(numbers.astype(kind).tobytes()).decode()
