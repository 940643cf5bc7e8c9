import bz2
import codecs
import gzip
import hashlib
import lzma
import re
from dataclasses import replace

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jaxw2v.errors import InputError
from jaxw2v.settings.corpus import NormalizeSettings
from jaxw2v.text import sources
from jaxw2v.text.normalization import AS_IT_IS, Normalizer, make_normalizer

TEXT = "a résumé of words\r\nand 東京 more\n\n  \ttail".encode()
PACKERS = {
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": lambda text: pa.Codec("zstd").compress(text, asbytes=True),
}


def write(folder, content, name="text.txt"):
    path = folder / name
    path.write_bytes(content)
    return path


def read(path, **settings):
    return b"".join(sources.read_text(path, **settings))


# read_blocks


@pytest.mark.parametrize("suffix", PACKERS)
@pytest.mark.parametrize("size", [1, 7, 2**20])
def test_packed_is_plain(tmp_path, suffix, size):
    text = TEXT * 100
    path = write(tmp_path, PACKERS[suffix](text), "text" + suffix)
    blocks = list(sources.read_blocks(path, size))
    assert b"".join(blocks) == text
    assert max(map(len, blocks)) <= size


@pytest.mark.parametrize("suffix", PACKERS)
@pytest.mark.parametrize("damage", ["cut", "other", "empty"])
def test_a_damaged_file_is_named(tmp_path, suffix, damage):
    packed = PACKERS[suffix](bytes(range(256)) * 100)
    content = {"cut": packed[:-3], "other": b"plain text\n" * 9, "empty": b""}[damage]
    path = write(tmp_path, content, "text" + suffix)
    if damage == "empty" and suffix == ".gz":
        assert list(sources.read_blocks(path)) == []  # as gunzip reads it
        return
    with pytest.raises(InputError, match=rf"^{path}: damaged or cut short as a {suffix} file[^\n]*$"):
        list(sources.read_blocks(path))


def test_a_file_that_is_gone(tmp_path):
    with pytest.raises(InputError, match="cannot be opened"):
        list(sources.read_blocks(tmp_path / "gone"))


# read_text


@given(
    text=st.text(alphabet=st.sampled_from("ab é東🙂 \t\r\n\v\f\u00a0\u2028\x1c"), min_size=1).filter(str.split),
    size=st.integers(1, 12),
)
def test_no_word_is_cut(text, size, tmp_path_factory):
    path = write(tmp_path_factory.mktemp("text"), text.encode())
    blocks = list(sources.read_text(path, size=size))
    assert b"".join(blocks) == text.encode()
    assert [word for block in blocks for word in block.split()] == text.encode().split()


def test_the_digest_is_of_the_bytes_as_read(tmp_path):
    digest = hashlib.sha256()
    text = codecs.BOM_UTF8 + TEXT
    assert read(write(tmp_path, text), size=3, digest=digest) == TEXT
    assert digest.digest() == hashlib.sha256(text).digest()


@pytest.mark.parametrize("size", [1, 5, 2**20])
def test_invalid_utf8_is_found_or_replaced(tmp_path, size):
    path = write(tmp_path, codecs.BOM_UTF8 + b"one\ntwo tw\xffo\nthree\n")
    with pytest.raises(
        InputError, match=rf"^{path}, line 2, byte 13: invalid UTF-8; .*corpus\.invalid_utf8=replace[^\n]*$"
    ):
        read(path, size=size)
    assert read(path, size=size, invalid_utf8="replace").decode() == "one\ntwo tw\ufffdo\nthree\n"


def test_a_character_that_the_file_ends_in_is_invalid(tmp_path):
    with pytest.raises(InputError, match="line 1, byte 4"):
        read(write(tmp_path, "one 東".encode()[:-1]))


def test_binary_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"byte 8: a NUL byte"):
        read(write(tmp_path, b"one two \0 three"), size=4)
    with pytest.raises(InputError, match="UTF-16"):
        read(write(tmp_path, "one two".encode("utf-16")))


def test_no_white_space_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "LONGEST_WORD", 100)
    assert read(write(tmp_path, b"x" * 99), size=10) == b"x" * 99
    with pytest.raises(InputError, match="no white space in 100 bytes from byte 2"):
        read(write(tmp_path, b"a " + b"x" * 200), size=17)


@pytest.mark.parametrize("size", [1, 4, 2**20])
def test_normalizing(tmp_path, size):
    path = write(tmp_path, "E\u0301a, ÇA-Va! x\n\nΣΓΣ 12 I'm".encode())
    normalizer = make_normalizer(NormalizeSettings(nfc=True, lower=True, word_pattern=r"[^\W\d_]+(?:'\w+)?"))
    blocks = list(sources.read_text(path, normalizer=normalizer, size=size))
    assert [word.decode() for block in blocks for word in block.split()] == ["éa", "ça", "va", "x", "σγς", "i'm"]
    assert b"".join(blocks).count(b"\n") == 2
    assert read(path, normalizer=Normalizer(lower=True)).decode().startswith("e\u0301a, ça-va!")


def test_a_pattern_with_a_group_gives_the_whole_match(tmp_path):
    normalizer = Normalizer(word=re.compile(r"(a)b|c*"))
    assert read(write(tmp_path, b"ab xx cc"), normalizer=normalizer).split() == [b"ab", b"cc"]


@pytest.mark.parametrize("name", ["corpus.normalize", "phrases.normalize"])
def test_wrong_patterns(tmp_path, name):
    settings = NormalizeSettings(lower=False, nfc=False, word_pattern="[a-")
    with pytest.raises(InputError, match=rf"^{name}\.word_pattern=\[a-: not a regular"):
        make_normalizer(settings, name)
    assert make_normalizer(replace(settings, word_pattern=None)) == AS_IT_IS
    normalizer = make_normalizer(replace(settings, word_pattern=".+"), name)
    with pytest.raises(InputError, match=rf"^{name}\.word_pattern=\.\+: matches white space"):
        read(write(tmp_path, b"one two"), normalizer=normalizer)
