"""A log of signals, a table or JSON of any shape: its columns as numbers, with what its names tell about them."""

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.files.labels import JSONS, Values, read_labels
from pipeline.files.recording_files import read_lines
from pipeline.files.tables import SEPARATORS, split_line
from pipeline.signals.columns import find_column, known_names
from simulator.errors import LiquidlaneError

MOST_UNNAMED = 64  # columns of a table without a header
LINES_TO_LOOK_AT = 20


@dataclass(frozen=True, slots=True)
class SignalLog:
    """columns: lower-case name → (rows,), NaN where a row has no number. unread: rows without any number."""

    path: Path
    columns: dict[str, NDArray[np.float64]]
    unread: int


def columns_of(path: Path) -> list[str]:
    """Name the columns that tell of a drive's steering or motion; empty if there are none or it can't be read."""
    try:
        names = {name for _, values in islice(_rows(path, ()), LINES_TO_LOOK_AT) for name in values}
    except (OSError, ValueError, LiquidlaneError):
        return []
    found = [find_column(names, quantity) for quantity in ("steering", "curvature", "yaw_rate")]
    return [column.name for column in found if column is not None]


def read_signals(path: Path, wanted: Collection[str] = ()) -> SignalLog:
    """Read a log's columns of numbers; dates and clocks in ISO's form become seconds.

    Args:
        path: a table or JSON: objects in a list, in lines or by name, or a list for each column.
        wanted: lower-case names of columns beside those whose names are known.

    Raises:
        LiquidlaneError: if it can't be understood, or holds no column that is known or wanted.
    """
    names: list[str] = []
    rows: list[tuple[float, ...]] = []
    unread = 0
    try:
        entries = _rows(path, wanted)
        first = list(islice(entries, LINES_TO_LOOK_AT))
        if first and all(isinstance(value, list) for value in first[0][1].values()) and len(first) == 1:
            return _by_columns(path, first[0][1])
        seen = list(dict.fromkeys(name for _, values in first for name in values))
        names = [name for name in seen if name in wanted or known_names([name])]
        for values in (*(values for _, values in first), *(values for _, values in entries)):
            row = tuple(_number(values.get(name)) for name in names)
            unread += all(map(math.isnan, row))
            rows.append(row)
    except (OSError, ValueError) as error:
        raise LiquidlaneError(f"{path} can't be read as a log of signals ({error}); mend it") from None
    if not names:
        held = ", ".join(seen[:12]) or "nothing"
        raise LiquidlaneError(
            f"{path} holds no column that is known by its name (it holds {held}); name the columns with options such "
            "as time_column= and steering_column=, in a table without a header by number: steering_column=2"
        )
    table = np.array(rows, float).reshape(len(rows), len(names))
    return SignalLog(path, {name: table[:, place] for place, name in enumerate(names)}, unread)


def _rows(path: Path, wanted: Collection[str]) -> Iterator[tuple[str, Values]]:
    """Give the rows; a table's first line is a header if it names something known or wanted."""
    if path.suffix.lower() in JSONS:
        return read_labels(path, (), ())
    first = next(read_lines(path), (0, ""))[1]
    cells = [
        cell.strip().strip('"').lower() for separator in (*SEPARATORS, "") for cell in split_line(first, separator)
    ]
    header = [*known_names(cells), *(cell for cell in cells if cell in wanted and math.isnan(_number(cell)))]
    return read_labels(path, header, [str(number) for number in range(1, MOST_UNNAMED + 1)])


def _by_columns(path: Path, lists: Values) -> SignalLog:
    """Read JSON that holds a list for each column; shorter ones end in NaN."""
    length = max(map(len, lists.values()), default=0)
    columns = {
        name: np.array([*map(_number, values), *[math.nan] * (length - len(values))]) for name, values in lists.items()
    }
    return SignalLog(path, columns, int(np.isnan(np.array([*columns.values()])).all(axis=0).sum()) if columns else 0)


def _number(value: Any) -> float:
    """Give a number, or the seconds of a date and clock; NaN for anything else."""
    if isinstance(value, bool) or value is None:
        return math.nan
    if isinstance(value, int | float):
        try:
            return float(value)
        except OverflowError:
            return math.nan
    text = str(value).strip()
    try:
        return float(text)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
        return moment.replace(tzinfo=moment.tzinfo or timezone.utc).timestamp()
    except (ValueError, OverflowError):
        return math.nan
