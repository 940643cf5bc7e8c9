"""How the claims of the notebooks of reproductions are broken on purpose; see `tests.broken_claims`."""

from jaxw2v.study import marginals, stability


def breaks(instead):
    """By notebook. `instead` is that of `tests.broken_claims`."""
    return {
        "12_mikolov_2013": {
            "the one taken for the other": instead(
                marginals, "difference", lambda original: lambda runs, one, other, *of: original(runs, other, one, *of)
            ),
            "no effect to speak of": instead(
                marginals, "difference", lambda original: lambda *of: _small(original(*of))
            ),
        },
        "14_stability": {
            "pairs of runs that agree less by as much": instead(
                stability, "mean_of_pairs", lambda original: lambda values: _negative(original(values))
            ),
            "runs that all agree": instead(
                stability, "by_pair", lambda original: lambda *of, **how: dict.fromkeys(original(*of, **how), 31 / 32)
            ),
        },
    }


def _small(found):
    return found._replace(mean=found.mean / 100, low=-1.0, high=1.0)


def _negative(found):
    return found._replace(mean=-found.mean, low=-found.high, high=-found.low)
