"""Files for TensorBoard's projector, read as it reads them."""

import numpy as np

from jaxw2v.vectors import projector
from jaxw2v.vectors.table import Table

WORDS = ["a", "tab\there", "line\nhere", "\u3000", "\ufeff", "\u2028x", " ", "été"]


def test_every_word_stands_at_its_vector(tmp_path, monkeypatch):
    monkeypatch.setattr(projector, "_BLOCK", 7)  # two words at a time
    vectors_VD = np.random.default_rng(0).normal(size=(len(WORDS), 3)).astype(np.float32)
    projector.save(Table(WORDS, vectors_VD), tmp_path)
    lines = (tmp_path / "vectors.tsv").read_bytes().decode().split("\n")
    read_VD = np.array([line.split("\t") for line in lines if line], np.float32)
    np.testing.assert_array_equal(read_VD, vectors_VD)  # to the last bit
    # data-provider.ts: lines end at \n, those that are empty once trimmed are passed over, cells end at tabs
    lines = (tmp_path / "metadata.tsv").read_bytes().decode().split("\n")
    words = [line for line in lines if line.replace("\ufeff", "").strip()]
    assert words == ["a", "tab here", "line here", "\\u3000", "\\ufeff", " x", "\\u0020", "été"]


def test_the_configuration_names_both(tmp_path):
    projector.save(Table(["a", "b"], np.ones((2, 2), np.float32)), tmp_path)
    text = (tmp_path / "projector_config.pbtxt").read_text()
    assert 'tensor_path: "vectors.tsv"' in text
    assert 'metadata_path: "metadata.tsv"' in text
