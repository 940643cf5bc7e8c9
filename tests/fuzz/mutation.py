"""Broken inputs out of good ones. Input n of a seed is always the same bytes, whatever came before it."""

import random
import re
from collections.abc import Callable, Sequence

LONGEST = 1 << 14  # bytes of an input
_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?")
_NUMBERS = [
    b"0", b"-1", b"1", b"2", b"7", b"255", b"65536", b"2147483647", b"2147483648", b"4294967296", b"1e12", b"1e39",
    b"1000000000000", b"9223372036854775808", b"1e400", b"-1e-400", b"nan", b"-inf", b"0x10", b"1_0", b"9" * 5000,
]  # fmt: skip
_PIECES = [
    b"\n", b"\r\n", b" ", b"\t", b"\0", b",", b":", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"</s>", b"_",
    "\u0130\u00e9e\u0301\u3000".encode(), b"null", b"{}", b"[", b"[" * 3000, b"]", b'"', b"'", b"${", b"}", b"..",
    b"/", b"a" * 500, b"\x93NUMPY", b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"\x1f\x8b", b"True", b"|O", b"<U9",
]  # fmt: skip
_BYTES = bytes([0, 1, 9, 10, 32, 48, 127, 128, 255])


def mutated(seeds: Sequence[bytes], seed: int, number: int) -> bytes:
    """Input `number` of a job: one of `seeds`, changed in 0 to 6 places; `seeds` themselves are among the results."""
    chance = random.Random((seed << 64) | number)  # of this input alone: it can be made again by itself
    data = bytearray(chance.choice(seeds))
    for _ in range(chance.choice((0, 1, 1, 1, 2, 2, 3, 4, 6))):
        chance.choice(_CHANGES)(data, chance, seeds)
        del data[LONGEST:]
    return bytes(data)


def _place(data: bytearray, chance: random.Random) -> int:
    """Anywhere, but half of the time near the beginning, where headers are."""
    near = min(len(data), 64) if chance.random() < 0.5 else len(data)
    return chance.randint(0, near)


def _flip(data, chance, seeds):
    if data:
        data[min(_place(data, chance), len(data) - 1)] ^= 1 << chance.randrange(8)


def _set(data, chance, seeds):
    if data:
        data[min(_place(data, chance), len(data) - 1)] = chance.choice(_BYTES)


def _cut(data, chance, seeds):
    del data[_place(data, chance) :]


def _drop(data, chance, seeds):
    at = _place(data, chance)
    del data[at : at + chance.choice((1, 1, 2, 4, 8, 50))]


def _insert(data, chance, seeds):
    at = _place(data, chance)
    data[at:at] = chance.choice(_PIECES) if chance.random() < 0.7 else chance.randbytes(chance.choice((1, 2, 4, 30)))


def _repeat(data, chance, seeds):
    at = _place(data, chance)
    piece = data[at : at + chance.choice((1, 4, 30, 200))]
    data[at:at] = piece * chance.choice((1, 1, 2, 20))


def _renumber(data, chance, seeds):
    if found := list(_NUMBER.finditer(data)):
        which = found[min(int(chance.expovariate(0.3)), len(found) - 1)]
        data[which.start() : which.end()] = chance.choice(_NUMBERS)


def _header(data, chance, seeds):
    size = chance.choice((1, 2, 4, 8))
    at = _place(data, chance)
    value = chance.choice((0, 1, -1, 2 ** (8 * size - 1) - 1, 2 ** (4 * size), len(data), len(data) + 1))
    data[at : at + size] = (value % 2 ** (8 * size)).to_bytes(size, chance.choice(("little", "big")))


def _lines(data, chance, seeds):
    lines = bytes(data).split(b"\n")
    one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    match chance.randrange(3):
        case 0:
            lines[one], lines[other] = lines[other], lines[one]
        case 1:
            lines.insert(one, lines[other])
        case 2:
            del lines[one]
    data[:] = b"\n".join(lines)


def _splice(data, chance, seeds):
    other = chance.choice(seeds)
    data[_place(data, chance) :] = other[chance.randint(0, len(other)) :]


_CHANGES: list[Callable] = [
    _flip, _flip, _set, _cut, _drop, _insert, _insert, _repeat, _renumber, _renumber, _header, _lines, _splice,
]  # fmt: skip
