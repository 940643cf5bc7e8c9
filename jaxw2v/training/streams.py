"""Streams of 64-bit random numbers, consumed in order on the host: where each draw depends on how many came before."""

from typing import Protocol

import numpy as np

MULTIPLIER, INCREMENT = 25214903917, 11  # of word2vec.c; the same as those of POSIX drand48


class Stream(Protocol):
    """A sequence of numbers, looked at from a state on; nothing is consumed but by taking up another state."""

    start: int

    def peek(self, state: int, count: int) -> np.ndarray:
        """[count] uint64: the next numbers."""

    def skip(self, state: int, count: int) -> int:
        """The state after so many numbers."""

    def coins(self, number_N: np.ndarray) -> np.ndarray:
        """[N] float64 in [0, 1): what subsampling compares with, from the numbers."""


class WordToVecC:
    """The generator of word2vec.c: x = 25214903917 x + 11 modulo 2^64; a thread's stream starts with its number, 0.

    Its low bits are poor: the last b of them repeat every 2^b numbers, and windows (`x % window`) and subsampling
    (16 bits) are drawn from them.
    """

    start = 0

    def __init__(self) -> None:
        self._power_N: np.ndarray = np.zeros(0, np.uint64)
        self._sum_N: np.ndarray = np.zeros(0, np.uint64)

    def peek(self, state: int, count: int) -> np.ndarray:
        if count > len(self._power_N):  # x after n numbers is MULTIPLIER^n x + INCREMENT (1 + .. + MULTIPLIER^(n - 1))
            room = max(count, 2 * len(self._power_N), 1024)
            self._power_N = np.cumprod(np.full(room, MULTIPLIER, np.uint64))
            before_N = np.concatenate([np.ones(1, np.uint64), self._power_N[:-1]])
            self._sum_N = np.cumsum(before_N) * np.uint64(INCREMENT)
        return self._power_N[:count] * np.uint64(state) + self._sum_N[:count]

    def skip(self, state: int, count: int) -> int:
        return int(self.peek(state, count)[-1]) if count else state

    def coins(self, number_N: np.ndarray) -> np.ndarray:
        return (number_N & np.uint64(0xFFFF)).astype(np.float64) / 65536


class Philox:
    """Philox 4x64 (Salmon et al. 2011) of a seed: independent numbers; a state is how many came before.

    Args:
      seed: 0 to 2^32 - 1.
    """

    start = 0

    def __init__(self, seed: int):
        self._seed = seed

    def peek(self, state: int, count: int) -> np.ndarray:
        block, within = divmod(state, 4)
        return np.random.Philox(key=self._seed, counter=block).random_raw(count + within)[within:]

    def skip(self, state: int, count: int) -> int:
        return state + count

    def coins(self, number_N: np.ndarray) -> np.ndarray:
        return unit(number_N)


def unit(number: np.ndarray) -> np.ndarray:
    """float64 in [0, 1), from the highest 53 bits of each number."""
    return (number >> np.uint64(11)).astype(np.float64) * 2.0**-53


def mixed(number: np.ndarray) -> np.ndarray:
    """Other numbers, one from each: a step of SplitMix64 (Steele, Lea and Flood 2014)."""
    x = number + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def make_stream(name: str, seed: int) -> Stream:
    """The stream of `train.generator`."""
    return WordToVecC() if name == "word2vec_c" else Philox(seed)


def low_words() -> np.ndarray:
    """[65536] uint16: the low 16 bits of the C program's numbers from state 1 on, before they repeat."""
    return (WordToVecC().peek(1, 65536) & np.uint64(0xFFFF)).astype(np.uint16)
