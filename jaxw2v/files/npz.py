"""Arrays from an npz file that is not trusted: nothing is unpickled, and no header decides how much memory is taken."""

import io
import zipfile
from collections.abc import Sequence
from typing import BinaryIO

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
    version = np.lib.format.read_magic(data)
    if version not in ((1, 0), (2, 0)):
        raise ValueError(f"{name}.npy has the unknown version {version}")
    header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, fortran, dtype = header(data)
    if dtype.hasobject:
        raise ValueError(f"{name}.npy holds pickled objects")
    values = np.frombuffer(data.getvalue()[data.tell() :], dtype)  # as long as the file, whatever the header says
    return values.reshape(shape, order="F" if fortran else "C")
