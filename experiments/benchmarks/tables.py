"""Tables of trials: speed beside quality, and ratios."""

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

SHOWN = {
    "words_per_second": "words/s",
    "pairs_per_second": "pairs/s",
    "seconds.to_saved_vectors": "s, text to vectors",
    "seconds.compilation": "s, compilation",
    "peak_megabytes": "peak MB",
}
DERIVED = "pairs_per_second.derived"  # of a trial: not measured


def fill_pairs(trials: list[dict[str, Any]]) -> None:
    """Adds a baseline's positive pairs a second: its words a second times this program's pairs per word.

    It is marked by `DERIVED`: that program does not count its pairs.
    """
    counted = [t for t in trials if t.get("seconds.compilation") is not None]
    for trial in trials:
        if counted and "pairs_per_second" not in trial and "words_per_second" in trial:
            ratio = counted[0]["pairs_per_second"] / counted[0]["words_per_second"]
            trial["pairs_per_second"] = trial["words_per_second"] * ratio
            trial[DERIVED] = True


def table(trials: list[dict[str, Any]]) -> str:
    """Medians with ranges; scores are means over seeds."""
    names = list(dict.fromkeys(trial["name"] for trial in trials))
    sets = list(trials[0]["scores"])
    shown = {key: title for key, title in SHOWN.items() if any(key in trial for trial in trials)}
    lines = [f"| | {' | '.join([*shown.values(), *sets, 'mean'])} |", "|---" * (len(shown) + len(sets) + 2) + "|"]
    for name in names:
        mine = [trial for trial in trials if trial["name"] == name]
        cells = []
        for key in shown:
            values = [trial[key] for trial in mine if trial.get(key) is not None]
            is_derived = key == "pairs_per_second" and any(trial.get(DERIVED) for trial in mine)
            cells.append(f"{'≈ ' * is_derived}{spread(values)}" if values else "")
        means = []
        for test_set in sets:
            values = [trial["scores"][test_set] for trial in mine if trial["scores"][test_set] is not None]
            means.append(statistics.fmean(values) if values else None)
        known = [mean for mean in means if mean is not None]
        cells += ["" if mean is None else f"{mean:.3f}" for mean in means]
        cells.append(f"{statistics.fmean(known):.3f}" if known else "")
        lines.append(f"| {name} | {' | '.join(cells)} |")
    if any(trial.get(DERIVED) for trial in trials):
        lines += ["", "≈: not measured; the words a second of that program times the pairs a word of the first one."]
    return "\n".join(lines) + "\n"


def ratios(trials: list[dict[str, Any]], baselines: Sequence[str]) -> str:
    """Ours over the best baseline of the same repeat, for each repeat."""
    lines = []
    for key in ("words_per_second", "seconds.to_saved_vectors"):
        for name in dict.fromkeys(trial["name"] for trial in trials if trial["name"] not in baselines):
            found = repeats(trials, name, baselines, key)
            if found:
                each = ", ".join(f"{ratio:.2f}" for ratio in found)
                lines.append(f"{name} / best baseline, {SHOWN[key]}: median {statistics.median(found):.2f} ({each})")
    return "\n".join(lines) + "\n"


def repeats(trials: Sequence[Mapping[str, Any]], name: str, others: Sequence[str], key: str) -> list[float]:
    """How many times better a program is than the best of others, in each repeat that has both.

    Args:
      trials: of all of them.
      name, others: of programs.
      key: words_per_second, or of seconds, of which fewer are better.
    """
    better = max if key.endswith("per_second") else min
    found = []
    for mine in (trial for trial in trials if trial["name"] == name):
        theirs = [t[key] for t in trials if t["name"] in others and t["seed"] == mine["seed"] and key in t]
        if theirs:
            best = better(theirs)
            found.append(mine[key] / best if better is max else best / mine[key])
    return found


def spread(values: list[float]) -> str:
    middle = number(statistics.median(values))
    return middle if len(values) == 1 else f"{middle} ({number(min(values))} to {number(max(values))})"


def number(value: float | None) -> str:
    if value is None:
        return "?"
    if value < 1e4:
        return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
    return f"{value / 1e6:.2f}M" if value >= 1e6 else f"{value / 1e3:.0f}k"
