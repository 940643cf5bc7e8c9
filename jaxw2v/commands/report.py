"""Makes a report of runs: statistics over seeds, figures, and one page to look at.

    jaxw2v report outputs/sweep-k --out report

reads every result.json below the folders and writes to --out

    report.csv      a row for each run
    report.md       configurations with intervals, comparisons, effects, stability, provenance
    report.html     the same with charts to filter and click in any browser, without a network
    *.png, *.pdf    the figures

Which settings vary is found from the results. Runs that differ in the seed alone are of one configuration: means and
intervals are over them, and configurations are compared on the same seeds and the same questions. The report of the
same results is the same bytes.
"""

import shlex
from argparse import Namespace
from collections.abc import Sequence

from jaxw2v.commands import run_files
from jaxw2v.errors import InputError
from jaxw2v.files import writing
from jaxw2v.files.paths import expanded
from jaxw2v.launch.command import Parser, run
from jaxw2v.launch.job import recorded_words
from jaxw2v.launch.kinds import setting_names
from jaxw2v.study import analysis, charts, collection, comparisons, documents, equal_tables, page
from jaxw2v.study.collection import Group, Run
from jaxw2v.study.comparisons import Compared
from jaxw2v.study.tables import Choices, ReportTable


def main(argv: Sequence[str] | None = None) -> int:
    """Exit status: 0, or 2 after a user's mistake."""
    return run(lambda: _report(argv))


def _parser() -> Parser:
    parser = Parser(prog="jaxw2v report", description=__doc__)
    parser.add_argument("folders", nargs="+", metavar="FOLDER", help="runs, or folders with runs below")
    parser.add_argument(
        "--out", required=True, metavar="FOLDER", help="where the report goes; files of these names are replaced"
    )
    parser.add_argument(
        "--mixed",
        choices=("refuse", "apart"),
        default="refuse",
        help="results of different corpora or code versions: an error, or separate groups (default: refuse)",
    )
    parser.add_argument(
        "--score", nargs="+", metavar="NAME", help="only these, such as wordsim353.spearman (default: all)"
    )
    parser.add_argument(
        "--reference",
        nargs="+",
        default=[],
        metavar="NAME=VALUE",
        help="compare every configuration with this one instead of all with all, such as k=5 window=5",
    )
    parser.add_argument("--confidence", type=float, default=0.95, metavar="P", help="of intervals (default: 0.95)")
    parser.add_argument(
        "--power", type=float, default=0.8, metavar="P", help="of the test for the seeds needed (default: 0.8)"
    )
    parser.add_argument("--resamples", type=int, default=2000, metavar="N", help="of the bootstrap (default: 2000)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the bootstrap (default: 0)")
    parser.add_argument("--neighbors", type=int, default=10, metavar="N", help="of the stability (default: 10)")
    parser.add_argument("--price", type=float, metavar="X", help="of an hour of the machine: adds the cost of the runs")
    return parser


def _report(argv: Sequence[str] | None) -> None:
    chosen = _parser().parse_args(argv)
    choices = _choices(chosen)
    out = expanded(chosen.out, "--out")
    runs = collection.read_runs(chosen.folders)
    groups = collection.group(runs, setting_names(), chosen.mixed)
    there = collection.score_names(runs)
    if wrong := set(chosen.score or []) - set(there):
        raise InputError(f"--score {min(wrong)}: choose from {', '.join(there) or 'none, the runs have no scores'}")
    scores = list(dict.fromkeys(chosen.score or there))
    print(f"{len(runs)} runs, {sum(len(group.configurations) for group in groups)} configurations", flush=True)
    parts = _parts(groups, scores, choices, chosen.price)
    if begun := collection.unfinished(chosen.folders):
        said = f"Runs that have begun but not ended are not in this report: {begun}."
        parts = [part._replace(remarks=[said, *part.remarks]) for part in parts]
    try:
        out.mkdir(parents=True, exist_ok=True)
        csv = documents.to_csv(groups, scores)
        markdown = documents.to_markdown(groups, [part.remarks for part in parts], [part.tables for part in parts])
        for name, text in (("csv", csv), ("md", markdown), ("html", page.render(parts, choices))):
            (out / f"report.{name}").write_text(text, newline="\n", **writing.TEXT)
    except OSError as error:
        raise InputError(f"--out {out}: cannot write ({error.strerror}); choose another folder") from error
    made = [out / f"report.{ending}" for ending in ("csv", "md", "html")]
    for at, part in enumerate(parts, 1):
        made += charts.draw(part.group, part.scores, out, f"{at}-" if len(parts) > 1 else "", choices)
    for part in parts:
        for remark in part.remarks:
            print("note:", remark)
    print(f"files: {out}: {', '.join(path.name for path in made)}")


def _choices(chosen: Namespace) -> Choices:
    for name, value, low, high in (
        ("confidence", chosen.confidence, 0.5, 1),
        ("power", chosen.power, 0, 1),
    ):
        if not low < value < high:
            raise InputError(f"--{name} {value:g}: use a number between {low} and {high}")
    for name, value, least in (("resamples", chosen.resamples, 100), ("seed", chosen.seed, 0)):
        if value < least:
            raise InputError(f"--{name} {value}: use {least} or more")
    if chosen.neighbors < 1:
        raise InputError(f"--neighbors {chosen.neighbors}: use 1 or more")
    if chosen.price is not None and not 0 <= chosen.price < float("inf"):
        raise InputError(f"--price {chosen.price:g}: use a price of an hour, 0 or more")
    reference = {}
    for word in chosen.reference:
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise InputError(f"--reference {word}: write NAME=VALUE, such as k=5")
        reference[name] = value
    return Choices(chosen.confidence, chosen.power, chosen.resamples, chosen.seed, chosen.neighbors, reference)


def _parts(groups: list[Group], scores: list[str], choices: Choices, price: float | None) -> list[page.Part]:
    of_groups = [
        [name for name in scores if any(collection.score_of(each, name) is not None for each in group.runs)]
        for group in groups
    ]
    made = [[comparisons.comparisons(group, name, choices) for name in ours] for group, ours in zip(groups, of_groups)]
    families, size = comparisons.corrected(made)
    parts = []
    for group, ours, compared in zip(groups, of_groups, families):
        tables, remarks = _tables(group, ours, compared, _family(made, size), choices, price)
        commands = {each.name: command for each in group.runs if (command := _command(each))}
        parts.append(page.Part(group, ours, [*equal_tables.remarks(group), *remarks], tables, commands))
    return parts


def _family(made: list[list[Compared]], size: int) -> str:
    """The family of comparisons that Holm's method corrects for, in words: all of the report."""
    scores = len({compared.score for of_group in made for compared in of_group if compared.pairs})
    groups = sum(any(compared.pairs for compared in of_group) for of_group in made)
    counts = [(size, "comparison"), (scores, "score")] + [(groups, "group")] * (groups > 1)
    return "all " + " of ".join(f"{count} {what}{'s' * (count != 1)}" for count, what in counts) + " of this report"


def _tables(
    group: Group, scores: list[str], compared: list[Compared], family: str, choices: Choices, price: float | None
) -> tuple[list[ReportTable], list[str]]:
    tables, remarks = [analysis.configurations_table(group, scores, choices)], list(group.remarks)
    for score, each in zip(scores, compared):
        tables += analysis.effects_tables(group, score, choices)
        table = comparisons.comparisons_table(group, each, family, choices)
        tables += [table] if table else []
    if any(pair.holm is not None for each in compared for pair in each.pairs):
        remarks.append(f"The p-values of comparisons are corrected together, by Holm's method, for {family}.")
    if group.reference is not None:
        values = zip(group.varied, group.configurations[group.reference].values)
        reference = ", ".join(f"{name} {collection.shown(value)}" for name, value in values)
        remarks.append(f"Configurations are named after what differs from the reference: {reference}.")
    elif len(group.varied) > 1 and not analysis.is_grid(group):
        remarks.append("Not every combination of the varied settings was run: no table of effects.")
    stability, why = analysis.stability_table(group, run_files.words, run_files.unit_vectors, choices)
    tables += [stability] if stability else []
    remarks += [why] if why else []
    return [*tables, analysis.provenance_table(group, price)], remarks


def _command(one: Run) -> str | None:
    """The command that starts the run again, from its recorded overrides; None: there is no record."""
    try:
        words = recorded_words(one.folder)
    except Exception:  # no record, or none of Hydra's
        return None
    return shlex.join(["python", "-m", "experiments.train", *words])
