"""How the claims of the notebooks of reproductions and of habits are broken on purpose; see `tests.broken_claims`."""

from jaxw2v.study import effects, forest, marginals, pareto, stability


def breaks(instead):
    """By notebook. `instead` is that of `tests.broken_claims`."""
    return {
        "11_word2vec_habits": {
            "a seed lost": (
                'order, walk = export.load("habits")',
                'order, walk = export.load("habits"); del walk.configurations[0].runs[1]',
            ),
            "all differences are noise": instead(forest, "_differences", lambda original: _scaled(original, 1e-6)),
            "every difference ten times as large": instead(
                forest, "_differences", lambda original: _scaled(original, 10)
            ),
        },
        "12_mikolov_2013": {
            "the one taken for the other": instead(
                marginals, "difference", lambda original: lambda runs, one, other, *of: original(runs, other, one, *of)
            ),
            "no effect to speak of": instead(
                marginals, "difference", lambda original: lambda *of: _small(original(*of))
            ),
            "a ratio of times upside down": instead(
                pareto, "ratio", lambda original: lambda runs, one, other, *of: original(runs, other, one, *of)
            ),
        },
        "13_caselles_dupre_2018": {
            "the one taken for the other": instead(
                marginals, "difference", lambda original: lambda runs, one, other, *of: original(runs, other, one, *of)
            ),
            "scores below zero": instead(
                marginals,
                "curve",
                lambda original: (
                    lambda *of, **how: {value: _negative(found) for value, found in original(*of, **how).items()}
                ),
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
        "15_which_hyperparameters_carry_over": {
            "all effects the other way": instead(effects, "read", lambda original: _turned(original, lambda of: True)),
            "those of SVD the other way": instead(
                effects, "read", lambda original: _turned(original, lambda of: of.one.method == "svd")
            ),
        },
        "16_how_near_the_optimum": {
            "losses below the least": instead(
                marginals, "mean", lambda original: lambda *of, **how: _negative(original(*of, **how))
            ),
        },
    }


def _small(found):
    return found._replace(mean=found.mean / 100, low=-1.0, high=1.0)


def _negative(found):
    mean, low, high = (value and -value for value in (found.mean, found.high, found.low))  # None: there is none
    return found._replace(mean=mean, low=low, high=high)


def _scaled(original, times):
    """Differences whose mean is so many times as large and whose spread over seeds is the same."""

    def scaled(*of):
        means = {value: sum(found) / len(found) for value, found in original(*of).items()}
        return {value: [each + (times - 1) * means[value] for each in found] for value, found in original(*of).items()}

    return scaled


def _turned(original, chosen):
    """Differences, those that are chosen with the other sign."""
    return lambda path: [
        of._replace(difference=-of.difference, low=-of.high, high=-of.low) if chosen(of) else of
        for of in original(path)
    ]
