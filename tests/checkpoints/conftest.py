"""Folders of runs in training."""

import pytest


@pytest.fixture
def run_folders(run_folders):
    """Likewise, with a line of metrics, without which there is no checkpoint."""
    for folder in run_folders:
        (folder / "metrics.jsonl").write_text('{"epoch": 1}\n')
    return run_folders
