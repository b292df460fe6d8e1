"""NumPy's .npy files whatever they are called, read within bounds: the header says no more than the file holds."""

import stat
import warnings
from pathlib import Path
from tokenize import TokenError

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

MAGIC = b"\x93NUMPY"
LARGEST = 1 << 30  # [bytes]
UNREADABLE = (ValueError, TypeError, LookupError, ArithmeticError, MemoryError, RecursionError, SyntaxError, TokenError)
"""What NumPy raises over a damaged header, which is written in Python."""


class BadArrayError(Exception):
    """A file that is no array of numbers; str() tells why."""


def read_table(path: Path, columns: int) -> tuple[NDArray[np.float64], int]:
    """Read an array of numbers as a table.

    Args:
        path: of the file; an array (N,) counts as one column.
        columns: that are needed; more are left out.

    Returns:
        (N, columns), and how many rows the header promised beyond those that are there.

    Raises:
        BadArrayError: if it is no array of numbers, has too few columns, or claims more than 1 GB.
        OSError: if it can't be read.
    """
    state = path.stat()
    if not stat.S_ISREG(state.st_mode):  # a pipe is not waited for
        raise BadArrayError(f"{path.name} is not a regular file")
    with path.open("rb") as file:
        try:
            version = npy.read_magic(file)
            read_header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # Python's own, over a damaged header
                shape, by_columns, kind = read_header(file)
        except UNREADABLE as error:
            raise BadArrayError(f"{path.name} is no NumPy array ({str(error)[:100]})") from None
        if kind.kind not in "fiu" or not 1 <= len(shape) <= 2 or min(shape) < 0 or kind.itemsize > 8:
            raise BadArrayError(f"{path.name} holds {kind} of shape {shape}, not a table of numbers")
        width = shape[1] if len(shape) == 2 else 1
        if width < columns:
            raise BadArrayError(f"{path.name} has {width} columns of {columns}")
        size = kind.itemsize * width
        if shape[0] * size > LARGEST:
            raise BadArrayError(f"{path.name} claims more than {LARGEST >> 30} GB")
        rows = min(shape[0], (state.st_size - file.tell()) // size)
        if by_columns and rows < shape[0] and width > 1:
            raise BadArrayError(f"{path.name} ends early, and is laid out by columns: no row is whole")
        table = np.frombuffer(file.read(rows * size), kind).reshape((rows, width), order="F" if by_columns else "C")
    return table[:, :columns].astype(np.float64), shape[0] - rows
