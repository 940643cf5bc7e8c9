"""Trains vectors, evaluates them and leaves everything in one folder.

python -m experiments.train
python -m experiments.train corpus=file corpus.path=TEXT eval.similarity=[PAIRS] windows.window=2
python -m experiments.train -m negatives.k=2,5,15 seed=1,2,3
"""

import functools
import os
import sys
from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

from experiments import settings as hydra_settings
from experiments.progress import Display
from jaxw2v import evaluation, run
from jaxw2v.config import Config


def train(config: Config, settings: DictConfig) -> float | None:
    """One run; returns the score that a sweeper optimizes."""
    hydra = HydraConfig.get()
    folder = Path(hydra.runtime.output_dir)
    run.claim(folder)
    overrides = list(hydra.overrides.task)
    record = folder / ".hydra"
    record.mkdir(exist_ok=True)
    OmegaConf.save(settings, record / "config.yaml", resolve=True)
    OmegaConf.save(OmegaConf.create(overrides), record / "overrides.yaml")
    display = Display(config.train.report_seconds)
    try:
        say = functools.partial(print, flush=True)
        outcome = run.run(config, folder, repository=hydra_settings.REPOSITORY, say=say, report=display)
    finally:
        display.close()
    _show(outcome, config, folder)
    return outcome.score


def _show(outcome: run.Outcome, config: Config, folder: Path) -> None:
    result = outcome.result
    took = f"{result['seconds.training']:.1f} s, {result['words_per_second'] / 1e6:.2f}M words/s"
    if config.factorise.method != "none":
        print(f"counted and factorised in {took}")
    else:
        print(
            f"trained in {took} (compilation {result['seconds.compilation']:.1f} s apart), "
            f"loss {result['loss']:.4f} nats/pair"
        )
    for word, found in evaluation.shown_neighbours(outcome.table, config.eval.neighbours):
        nearest = [f"{other} {cosine:.2f}" for other, cosine in found or []]
        shown = ", ".join(nearest) if found is not None else "not among the words"
        print(f"  {word}: {shown}")
    for key, value in result.items():
        if key.startswith("scores.") and not key.endswith((".answered", ".asked")):
            shown = "no score" if value is None else f"{value:.3f}"
            print(f"  {key[7:]}: {shown} ({result[f'{key}.answered']} answered of {result[f'{key}.asked']})")
    print(f"files: {os.path.relpath(folder)}: {', '.join(sorted(p.name for p in folder.iterdir() if p.is_file()))}")


main = hydra_settings.main(train)

if __name__ == "__main__":
    sys.exit(main())
