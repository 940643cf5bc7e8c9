"""What Hydra is given of a command line."""

import os

import pytest

from jaxw2v.launch.arguments import arranged

HERE = os.getcwd()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], ["name=x"]),
        (["seed=1", "-m", "~figures"], ["name=x", "seed=1", "~figures", "-m"]),
        (["a=1", "--config-dir", "k=2/conf", "b=2"], ["name=x", "a=1", "b=2", "--config-dir", "k=2/conf"]),
        (["a=1", "-cp", "k=2/.hydra"], ["name=x", "a=1", "-cp", f"{HERE}/k=2/.hydra"]),
        (["--config-path=k=2/.hydra"], ["name=x", f"--config-path={HERE}/k=2/.hydra"]),
        (["--cfg", "job", "a=1", "--info"], ["name=x", "a=1", "--cfg", "job", "--info"]),
    ],
)
def test_overrides_are_in_one_group_and_those_of_the_user_win(words, expected):
    assert arranged(words, ["name=x"]) == expected
