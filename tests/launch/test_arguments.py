"""What Hydra is given of a command line."""

import os

import pytest

from jaxw2v.launch.arguments import arranged

HERE = os.getcwd()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], ["name=x"]),
        (["seed=1", "-m", "~figures"], ["-m", "name=x", "seed=1", "~figures"]),
        (["a=1", "--config-dir", "k=2/conf", "b=2"], ["--config-dir", "k=2/conf", "name=x", "a=1", "b=2"]),
        (["a=1", "-cp", "k=2/.hydra"], ["-cp", f"{HERE}/k=2/.hydra", "name=x", "a=1"]),
        (["--config-path=k=2/.hydra"], [f"--config-path={HERE}/k=2/.hydra", "name=x"]),
        (["a=1", "--cfg", "job", "--info", "all"], ["--cfg", "job", "--info", "all", "name=x", "a=1"]),
    ],
)
def test_flags_come_first_and_the_users_overrides_last(words, expected):
    assert arranged(words, ["name=x"]) == expected
