"""Readers of what runs leave: checkpoints, results, answers, recorded settings; and of settings themselves."""

import hashlib
import io
import json
import shutil
import zipfile
from pathlib import Path

import numpy as np
from hydra import compose, initialize_config_dir
from hydra.core.hydra_config import HydraConfig
from omegaconf import OmegaConf, open_dict

from jaxw2v.checkpoints import files, manager
from jaxw2v.checkpoints import identity as identities
from jaxw2v.checkpoints.signals import StopRequest
from jaxw2v.errors import InputError
from jaxw2v.files import results
from jaxw2v.launch import compose as hydra_settings
from jaxw2v.launch.job import difference, make_job
from jaxw2v.launch.mistakes import explain, of_settings, refuse_uncaught, setting_names
from jaxw2v.launch.places import CONF
from jaxw2v.study import collection, predictions
from tests.configs import section

from .target import Target


def checkpoint_(folder: Path) -> Target:
    """A checkpoint, and a run that looks for one. With an even first byte the checksum is made right."""
    place = folder / "run"
    (place / ".hydra").mkdir(parents=True)
    (place / ".hydra" / "config.yaml").write_text("corpus:\nwindows:\nnegatives:\n")
    path, identity = place / "checkpoint-00000001", {"seed": 1}
    train = section("train", checkpoint_every=1, checkpoint_unit="segments")
    meta = {
        "identity": identity, "company": [identities.digest(identity)], "done": 1, "share": 0.5, "loss": 0.1,
        "counted": 1.0, "pairs": 2.0, "seconds": 3.0, "failed": {}, "restarts": 0, "checkpoints": 0.1,
        "metrics": '{"epoch": 1}\n', "differences": ["software.jax=1 there, 2 here"],
    }  # fmt: skip
    files.write(path, meta, {"0": np.arange(6, dtype=np.float32).reshape(2, 3), "1": np.array([7])})
    whole = path.read_bytes()

    def read(data: bytes) -> None:
        how, data = data[:1] or b"\0", data[1:]
        if not how[0] & 1:
            data = files.MAGIC + data
            data += hashlib.sha256(data).digest()
        path.write_bytes(data)
        try:
            found = files.read(path)
        except ValueError as error:
            found, why = None, str(error)
        if found is not None:
            assert sum(array.nbytes for array in found.arrays.values()) <= len(data)
        said = []
        made = manager.CheckpointManager([place], [identity], train, StopRequest(said.append))
        made.find()  # an InputError: it is another run's
        if found is None:
            assert said == [f"{path}: not used, {why}"]
            raise InputError(why)

    inner = whole[len(files.MAGIC) : -32]
    return Target(read, [b"\1" + whole, b"\0" + inner, b"\0" + inner], base=2**22)


def result(folder: Path) -> Target:
    """Files result.json, read and grouped as for a report."""
    place = folder / "runs" / "a"
    place.mkdir(parents=True)
    (folder / "runs" / "b").mkdir()
    values = {
        "seed": 1, "negatives.k": 5, "vectors.matrices": ["input"], "corpus.sha256": "5f" * 32, "code.version": "0.1.0",
        "code.commit": None, "code.dirty": False, "scores.pairs.spearman": 0.5, "scores.pairs.spearman.answered": 9,
        "scores.pairs.spearman.asked": 10, "eval.oov": "skip", "optimizer.options": {},
    }  # fmt: skip
    results.write_result(folder / "runs" / "b" / "result.json", values | {"seed": 2})
    names = setting_names()

    def read(data: bytes) -> None:
        (place / "result.json").write_bytes(data)
        runs = collection.read_runs([folder / "runs"])
        groups = collection.group(runs, names, "apart")
        assert sum(len(group.runs) for group in groups) == 2
        for run in runs:
            for name in collection.score_names(runs):
                score = collection.score_of(run, name)
                assert score is None or isinstance(score, int | float)

    seeds = [json.dumps(values, indent=2), json.dumps(values | {"scores.pairs.spearman": None, "negatives.k": 2.5})]
    return Target(read, [each.encode() for each in seeds], base=2**22)


def answers(folder: Path) -> Target:
    """Files predictions.npz. With an even first byte its arrays are given one by one and packed."""
    run = collection.Run("a", folder, {"eval.oov": "skip"})
    arrays = {
        "pairs.spearman": np.array([0.5, np.nan, -0.1]), "pairs.human": np.array([9, 8.5, 1]),
        "questions.3cosadd": np.array([1, 0, -1], np.int8), "pairs.sha256": np.array("1f"),
        "questions.sha256": np.array("2f"), "questions.pairs": np.array([[0, 0, 1], [0, 1, 0], [0, 0, 2]], np.int32),
    }  # fmt: skip

    def read(data: bytes) -> None:
        how, data = data[:1] or b"\0", data[1:]
        if not how[0] & 1:
            data = _zipped(data, arrays)
        (folder / "predictions.npz").write_bytes(data)
        for name in ("pairs.spearman", "questions.3cosadd"):
            found = predictions.read_predictions([run], name)
            if isinstance(found, str):
                continue
            assert found.predicted_RQ.ndim == 2
            assert found.human_Q is None or found.human_Q.shape == found.predicted_RQ.shape[1:]
            assert found.pairs_Q3 is None or found.pairs_Q3.shape == (found.predicted_RQ.shape[1], 3)

    file, members = io.BytesIO(), b""
    np.savez_compressed(file, **arrays)
    with zipfile.ZipFile(file) as archive:
        for name in arrays:
            member = archive.read(f"{name}.npy")
            members += len(member).to_bytes(2, "little") + member
    return Target(read, [b"\1" + file.getvalue(), b"\0" + members, b"\0" + members], base=2**22, factor=3000)


def _zipped(data: bytes, names) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name in names:
            size = int.from_bytes(data[:2], "little")
            archive.writestr(f"{name}.npy", data[2 : 2 + size])
            data = data[2 + size :]
    return file.getvalue()


def settings(folder: Path) -> Target:
    """The record of a run's settings, compared with others."""
    (folder / ".hydra").mkdir()
    ours = {"seed": 1, "windows": {"window": 5}, "eval": {"similarity": ["a.tsv"]}}

    def read(data: bytes) -> None:
        (folder / ".hydra" / "config.yaml").write_bytes(data)
        found = difference(folder, ours)
        assert isinstance(found, str)

    recorded = b"seed: 1\nwindows:\n  window: 5\neval:\n  similarity:\n  - a.tsv\n"
    return Target(read, [recorded, recorded.replace(b"5", b"${seed}"), b"{a: [1, 2.5, null, ~], b: 'x'}"], base=2**22)


def overrides(folder: Path) -> Target:
    """Words of a command line, one a line, as far as to a checked Config."""
    hydra_settings.register()

    def read(data: bytes) -> None:
        words = [word for word in data.decode(errors="surrogateescape").split("\n") if word and "\0" not in word]
        refuse_uncaught(words)
        instance = HydraConfig.instance()
        before = instance.cfg
        try:
            with initialize_config_dir(str(CONF), version_base="1.3"):
                composed = compose("config", words, return_hydra_config=True)
            instance.set_config(composed)
            ours = composed.hydra
            OmegaConf.set_readonly(ours, False)
            with open_dict(composed):
                del composed["hydra"]
                ours.runtime.output_dir = str(folder / "run")
                ours.mode = "MULTIRUN"
                ours.job.name = "job"
            make_job(composed, ours, alone=True)
        except Exception as error:
            if of_settings(error):
                message = explain(error, words)
                assert "\n" not in message
                raise InputError(message) from None
            if not isinstance(error, OSError):
                raise
            raise InputError(f"{error.filename}: {error.strerror}") from None  # as the command
        finally:
            instance.cfg = before
            shutil.rmtree(folder / "run", ignore_errors=True)

    seeds = [
        b"corpus=file\ncorpus.path=a.txt\nwindows.window=2\nnegatives.k=5",
        b"optimizer=adam\n+optimizer.options.b1=0.5\nseed=3",
        b"eval.similarity=[a.tsv,b.tsv]\nmodel.dim=300\nvectors.matrices=[input,output]",
        b'experiment=quick\ntrain.epochs=2\ncorpus.path="a=b.txt"',
        b"phrases=npmi\nphrases.thresholds=[0.5,0.3]\nphrases.connectors=[of,the]\ncorpus=file",
        b"corpus.path=${oc.env:HOME}\ncorpus=file\nvocab.min_count=null\nsubsample.threshold=1e-4\n~vocab.path",
    ]
    return Target(read, seeds, base=2**25, factor=3000)
