"""Bounds of segments, kept beside the ids that they are of."""

import numpy as np
import pytest

from jaxw2v.text import segments
from jaxw2v.text.segments import cut_segments, kept_segments, segment_tokens

IDS_N = np.array([0, 1, -1, 2, -1, 3, 4, 5, -1, 0, -1], np.int32)


def same(one, other):
    return all(np.array_equal(a, b) and a.dtype == b.dtype for a, b in zip(one, other, strict=True))


def test_they_are_cut_once_for_each_capacity_and_multiple(tmp_path, monkeypatch):
    asked = [(4, 1), (4, 2), (3, 1), (4, 1), (3, 1)]
    cut = []
    monkeypatch.setattr(segments, "cut_segments", lambda *how: cut.append(how[1:]) or cut_segments(*how))
    for how in asked:
        assert same(kept_segments(IDS_N, *how, tmp_path), cut_segments(IDS_N, *how))
    assert cut == asked[:3]


def test_without_an_entry_nothing_is_kept(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert same(kept_segments(IDS_N, 4), cut_segments(IDS_N, 4))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("damage", [b"", b"{}", b"[1"])
def test_a_damaged_file_is_made_again(tmp_path, damage):
    right = kept_segments(IDS_N, 4, 1, tmp_path)
    (path,) = tmp_path.iterdir()
    whole = path.read_bytes()
    for content in (damage, whole.replace(b"11", b"12"), whole[: len(whole) // 2]):
        path.write_bytes(content)
        assert same(kept_segments(IDS_N, 4, 1, tmp_path), right)
        assert path.read_bytes() == whole


def test_very_many_are_not_kept_nor_is_it_an_error_to_have_no_room(tmp_path, monkeypatch):
    assert same(kept_segments(IDS_N, 4, 1, tmp_path / "no folder"), cut_segments(IDS_N, 4))
    monkeypatch.setattr(segments, "MOST", 3)
    kept_segments(IDS_N, 2, 1, tmp_path)
    assert not list(tmp_path.iterdir())


def test_segments_are_as_long_as_tables_and_text_are_large():
    for vocabulary, words, tokens in (
        (100, 10**6, 2**16),
        (75_000, 10**6, 16 * 75_000),  # a short text: more merges
        (75_000, 80_000_000, 2_000_000),  # 40 segments
        (75_000, 10**9, 32 * 75_000),
        (2_000_000, 10**9, 2**23),
    ):
        assert segment_tokens(None, vocabulary, words) == tokens
    assert segment_tokens(5000, 75_000, 10**9) == 5000
