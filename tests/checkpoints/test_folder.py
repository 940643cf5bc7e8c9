"""The folder of a run: what is in it is the run's only where the run's settings are recorded, and nothing else goes."""

import pytest

from jaxw2v.checkpoints import folder as places
from jaxw2v.errors import InputError
from tests.command_line import RECORD, train, wrong

OTHERS = {  # of another program of Hydra's, and of a trainer
    ".hydra/config.yaml": "model: resnet\nlr: 0.1\n",
    "metrics.jsonl": "{}\n",
    "vectors.txt": "theirs",
    "plot.png": "picture",
    "checkpoint-00000007": "weights",
    "checkpoint-best.pt": "weights",
    "checkpoint-500/model.bin": "weights",
}


def files(folder) -> dict:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def made(folder, contents):
    for name, text in contents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.mark.parametrize(
    ("more", "named"),
    [({}, "not made by a run"), ({"result.json": '{"a": 1}'}, "holds a result already")],
    ids=["unfinished", "finished"],
)
def test_the_files_of_another_program_of_hydra_stay(place, tmp_path, more, named):
    folder = made(tmp_path / "theirs", OTHERS | more)
    before = files(folder)
    wrong(train(place, folder), "theirs", named, "hydra.run.dir")
    assert files(folder) == before


def test_a_record_alone_is_enough_to_be_somebody_elses(tmp_path):
    with pytest.raises(InputError, match=r"config\.yaml, not made by a run"):
        places.claim(made(tmp_path / "theirs", {".hydra/config.yaml": "model: resnet\n"}))
    places.claim(made(tmp_path / "ours", {".hydra/config.yaml": RECORD}))


def test_what_a_person_put_into_the_folder_of_a_run_stays(tmp_path):
    own = {"plot.png": "mine", "vectors.db": "mine", "checkpoint-best.pt": "mine", ".notes.tmp": "mine"}
    left = {
        "metrics.jsonl": "", "vectors.bin": "", "vectors-sum.npz": "", "vectors.sparse.npz": "", "loss.png": "",
        "predictions.npz": "", "checkpoint-00000012": "",
        ".checkpoint-00000013.4711.tmp": "", ".vectors.bin.4711.tmp": "", ".result.json.0af3.tmp": "",
        ".state.checkpoint.ffff.tmp": "", "diverged-output.npz": "", "vocabulary-contexts.txt": "",
    }  # fmt: skip
    record = {".hydra/config.yaml": RECORD}
    folder = made(tmp_path / "run", own | left | record)
    places.clear(folder)
    assert files(folder).keys() == (own | record).keys()
    places.claim(folder)


def test_a_folder_is_used_by_one_at_a_time(tmp_path):
    with places.lock(tmp_path):
        assert places.locked(tmp_path)
        with pytest.raises(InputError, match="a run is going on there"), places.lock(tmp_path):
            pass
    assert not places.locked(tmp_path)
    assert places.locked(tmp_path / "none")
    assert not (tmp_path / "none").exists()
    assert [path.name for path in tmp_path.rglob("*")] == [".hydra", "lock"]
