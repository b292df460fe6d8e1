"""Arrays without an ending, as NumPy writes them and as they come out of a broken disk."""

import os
from pathlib import Path

import numpy as np
import pytest

from pipeline.files.array_file import BadArrayError, read_table


def write(path: Path, values: object) -> Path:
    with path.open("wb") as file:
        np.save(file, values, allow_pickle=True)
    return path


@pytest.mark.parametrize("kind", ["f8", "f4", "<i4", ">i2", "u1"])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("shape", [(7,), (7, 1), (7, 4), (0,), (0, 4)])
def test_tables_of_any_kind(kind: str, order: str, shape: tuple[int, ...], tmp_path: Path) -> None:
    values = np.asarray(np.arange(np.prod(shape)).reshape(shape), kind, order=order)
    table, lacking = read_table(write(tmp_path / "value", values), 1)
    np.testing.assert_array_equal(table[:, 0], values if values.ndim == 1 else values[:, 0])
    assert lacking == 0


def test_columns_are_chosen_and_needed(tmp_path: Path) -> None:
    path = write(tmp_path / "value", np.arange(12.0).reshape(3, 4))
    np.testing.assert_array_equal(read_table(path, 2)[0], [[0, 1], [4, 5], [8, 9]])
    with pytest.raises(BadArrayError, match="4 columns of 5"):
        read_table(path, 5)


def test_an_array_cut_off_gives_its_whole_rows(tmp_path: Path) -> None:
    path = write(tmp_path / "value", np.arange(12.0).reshape(3, 4))
    path.write_bytes(path.read_bytes()[:-40])
    table, lacking = read_table(path, 4)
    assert (table.tolist(), lacking) == ([[0, 1, 2, 3]], 2)
    path = write(tmp_path / "value", np.asfortranarray(np.arange(12.0).reshape(3, 4)))
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(BadArrayError, match="by columns"):
        read_table(path, 4)


def test_what_is_no_table(tmp_path: Path) -> None:
    for values in (np.array(["a"]), np.array([{}]), np.zeros((2, 2, 2)), np.float64(3), np.array([1j])):
        with pytest.raises(BadArrayError):
            read_table(write(tmp_path / "value", values), 1)
    (tmp_path / "text").write_text("1.0\n2.0\n")
    with pytest.raises(BadArrayError, match="no NumPy array"):
        read_table(tmp_path / "text", 1)
    with pytest.raises(BadArrayError, match="not a regular file"):
        read_table(tmp_path, 1)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BadArrayError, match="not a regular file"):
        read_table(tmp_path / "pipe", 1)


def test_a_header_that_claims_more_than_memory(tmp_path: Path) -> None:
    path = write(tmp_path / "value", np.zeros(4))
    path.write_bytes(path.read_bytes().replace(b"(4,), }", b"(9000000000000,), }"))
    with pytest.raises(BadArrayError):
        read_table(path, 1)
