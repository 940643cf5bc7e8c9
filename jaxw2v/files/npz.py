"""Arrays from an npz file that is not trusted: nothing is unpickled, and no header decides how much memory is taken."""

import io
import math
import struct
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, BinaryIO, NamedTuple

import numpy as np


def read_arrays(file: BinaryIO, names: Sequence[str], largest: int | None = None) -> dict[str, np.ndarray]:
    """The arrays called `names`, as far as they are there, by name.

    Args:
      file: open at its start.
      names: without ".npy".
      largest: bytes that an array may have unpacked; None: arrays are stored as they are, so no larger than the file.

    Raises:
      ValueError: it is no npz, an array is damaged, too large, packed though it should not be, or of Python objects;
        the message is one line.
      OSError: it cannot be read.
    """
    try:
        size = file.seek(0, io.SEEK_END)
        file.seek(0)
        with zipfile.ZipFile(file) as archive:
            there = set(archive.namelist())
            return {name: _read(archive, name, size, largest) for name in names if f"{name}.npy" in there}
    except OSError:
        raise
    except Exception as error:  # zipfile, zlib and NumPy raise a dozen kinds for broken bytes
        raise ValueError(" ".join(str(error).split())[:200] or type(error).__name__) from None


def _read(archive: zipfile.ZipFile, name: str, size: int, largest: int | None) -> np.ndarray:
    member = archive.getinfo(f"{name}.npy")
    if largest is None and member.compress_type != zipfile.ZIP_STORED:
        raise ValueError(f"{name}.npy must be stored uncompressed")
    most = size if largest is None else largest
    if member.file_size > most:  # no more than it says is unpacked
        raise ValueError(f"{name}.npy would be {member.file_size} bytes, and at most {most} are read")
    if member.compress_size > size:  # zipfile makes room for so much
        raise ValueError(f"{name}.npy would be {member.compress_size} bytes of a file of {size}")
    data = io.BytesIO(archive.read(member))
    shape, fortran, dtype = _header(data, name)
    values = np.frombuffer(data.getvalue()[data.tell() :], dtype)  # as long as the file, whatever the header says
    return values.reshape(shape, order="F" if fortran else "C")


def _header(data: Any, name: str) -> tuple[tuple[int, ...], bool, np.dtype]:
    version = np.lib.format.read_magic(data)
    if version not in ((1, 0), (2, 0)):
        raise ValueError(f"{name}.npy has the unknown version {version}")
    header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, fortran, dtype = header(data)
    if dtype.hasobject:
        raise ValueError(f"{name}.npy holds pickled objects")
    return shape, fortran, dtype


class Stored(NamedTuple):
    """An array that lies in an npz as it is, at an offset; nothing of it is read before it is asked for."""

    path: Path
    name: str
    start: int  # byte of the file at which its header begins
    offset: int  # byte at which its numbers begin
    shape: tuple[int, ...]
    dtype: np.dtype
    fortran: bool
    checksum: int

    def mapped(self) -> np.ndarray:
        """The array, read-only, on the disk."""
        order: Any = "F" if self.fortran else "C"
        if 0 in self.shape:
            return np.zeros(self.shape, self.dtype)
        return np.memmap(self.path, self.dtype, mode="r", offset=self.offset, shape=self.shape, order=order)

    def rows(self, start: int, count: int) -> np.ndarray | None:
        """So many rows of a matrix, read, so that the whole is never in memory; None: its rows are not in one piece.

        Raises:
          ValueError: the file was cut.
        """
        if self.fortran or self.shape[1] == 0:
            return None
        wide = self.dtype.itemsize * self.shape[1]
        found = np.fromfile(self.path, self.dtype, count * self.shape[1], offset=self.offset + start * wide)
        return found.reshape(count, self.shape[1])

    def check(self) -> None:
        """Reads it once.

        Raises:
          ValueError: the file was altered.
        """
        left = self.offset - self.start + self.dtype.itemsize * math.prod(self.shape)
        found = 0
        with open(self.path, "rb") as file:
            file.seek(self.start)
            while left and (piece := file.read(min(left, 1 << 20))):
                found = zlib.crc32(piece, found)
                left -= len(piece)
        if found != self.checksum:
            raise ValueError(f"Bad CRC-32 of {self.name}.npy")


def stored(file: IO[bytes], path: Path, wanted: Sequence[str]) -> tuple[set[str], dict[str, Stored]]:
    """The names of all arrays of an npz; and, without reading them, those arrays called `wanted` that are there.

    Args:
      file: open.
      path: its name, by which it is opened again.
      wanted: without ".npy".

    Raises:
      ValueError: it is no npz, or an array is damaged, packed, or of Python objects; the message is one line.
      OSError: it cannot be read.
    """
    try:
        size = file.seek(0, io.SEEK_END)
        file.seek(0)
        with zipfile.ZipFile(file) as archive:
            names = {name.removesuffix(".npy") for name in archive.namelist() if name.endswith(".npy")}
            return names, {name: _stored(archive, file, name, path, size) for name in wanted if name in names}
    except (OSError, MemoryError):
        raise
    except Exception as error:  # zipfile and NumPy raise a dozen kinds for broken bytes
        raise ValueError(" ".join(str(error).split())[:200] or type(error).__name__) from None


def _stored(archive: zipfile.ZipFile, file: IO[bytes], name: str, path: Path, size: int) -> Stored:
    member = archive.getinfo(f"{name}.npy")
    if member.compress_type != zipfile.ZIP_STORED:
        raise ValueError(f"{name}.npy must be stored uncompressed, as numpy.savez and not savez_compressed does")
    if member.flag_bits & 1:
        raise ValueError(f"{name}.npy is encrypted")
    archive.open(member).close()  # compares the two headers
    file.seek(member.header_offset + 26)
    start = member.header_offset + 30 + sum(struct.unpack("<2H", file.read(4)))
    file.seek(start)
    shape, fortran, dtype = _header(file, name)
    offset, wanted = file.tell(), dtype.itemsize * math.prod(shape)
    if (dtype.itemsize == 0 and math.prod(shape) > size) or min(shape, default=0) < 0:
        raise ValueError(f"{name}.npy: its header announces {shape}, and it cannot be so")
    if offset - start + wanted != member.file_size or start + member.file_size > size:
        raise ValueError(f"{name}.npy: cannot reshape {member.file_size} bytes to what its header announces, {shape}")
    return Stored(path, name, start, offset, shape, dtype, fortran, member.CRC)
