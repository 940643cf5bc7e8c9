"""The file of a checkpoint: it comes back whole or is refused."""

import jax.numpy as jnp
import numpy as np
import pytest

from jaxw2v.checkpoints import files


def test_a_checkpoint_comes_back_bit_for_bit(tmp_path):
    arrays = {"a": np.arange(77, dtype=np.float32).reshape(11, 7), "b": np.array(3), "c": np.zeros((0, 3), np.int8)}
    arrays["d"] = np.asarray(jnp.arange(5, dtype=jnp.bfloat16))
    files.write(tmp_path / "x", {"sum": 0.1 + 0.2, "text": "é\n"}, arrays)
    read = files.read(tmp_path / "x")
    assert read.meta == {"sum": 0.1 + 0.2, "text": "é\n"}
    for name, array in arrays.items():
        assert (read.arrays[name].dtype, read.arrays[name].shape) == (array.dtype, array.shape)
        assert read.arrays[name].tobytes() == array.tobytes()
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_no_byte_of_a_checkpoint_can_be_changed_or_missing(tmp_path):
    path = tmp_path / "x"
    files.write(path, {"done": 1}, {"a": np.arange(3)})
    whole = path.read_bytes()
    for at in range(len(whole)):
        path.write_bytes(whole[:at])
        with pytest.raises(ValueError, match=r"cut short|checksum"):
            files.read(path)
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(ValueError, match=r"no checkpoint|checksum|version"):
            files.read(path)
