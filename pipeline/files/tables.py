"""Logs that are tables of text: any separator, a header or none; one broken line never eats the next."""

import csv
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import median

from pipeline.files.recording_files import read_lines

SEPARATORS = ("\t", ";", ",")
LINES_TO_JUDGE_BY = 20


@dataclass(frozen=True, slots=True)
class Table:
    """A table of text on disk.

    columns: lower-case names of its header, None if it has none. separator: "" stands for blanks.
    """

    path: Path
    columns: tuple[str, ...] | None
    separator: str

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Give the line's number and the cells of each row; a header that comes again (two logs in one) is no row.

        Raises:
            OSError: if the file can't be read.
        """
        first = self.columns is not None
        for number, line in read_lines(self.path):
            cells = split_line(line, self.separator)
            if self.columns is not None and (first or _names(cells) == self.columns):
                first = False
                continue
            yield number, cells

    def places(self, columns: Sequence[str]) -> Iterator[tuple[str, dict[str, str]]]:
        """Give where each row stands ("driving_log.csv:12") and its cells by name; cells that lack are left out.

        Args:
            columns: names of the columns if the table has no header.
        """
        names = self.columns or tuple(columns)
        for number, cells in self.rows():
            yield f"{self.path.name}:{number}", dict(zip(names, cells, strict=False))

    def number(self, cell: str) -> float:
        """Read a number, whose decimal point may be a comma where commas do not separate.

        Raises:
            ValueError: if it is none.
        """
        text = cell.strip().replace(",", ".") if self.separator != "," else cell.strip()
        if "_" in text:
            raise ValueError(f"could not convert string to float: {text!r}")
        return float(text)


def open_table(path: Path, known: Collection[str]) -> Table:
    """Look at the first lines of a table for what separates cells and for a header.

    Args:
        path: of the table.
        known: lower-case names of columns; a first row that holds one of them is a header.

    Raises:
        OSError: if the file can't be read.
    """
    lines = [line for _, line in islice(read_lines(path), LINES_TO_JUDGE_BY)]
    counts = {separator: median([line.count(separator) for line in lines] or [0]) for separator in SEPARATORS}
    separator = max(SEPARATORS, key=lambda candidate: counts[candidate])
    separator = separator if counts[separator] >= 1 else ""
    columns = _names(split_line(lines[0], separator)) if lines else ()
    return Table(path, columns if set(known) & set(columns) else None, separator)


def _names(cells: Sequence[str]) -> tuple[str, ...]:
    return tuple(cell.strip().strip('"').lower() for cell in cells)


def split_line(line: str, separator: str) -> list[str]:
    """Split a line into cells, which may be quoted."""
    if not separator:
        return line.split()
    try:
        return next(csv.reader([line], delimiter=separator, skipinitialspace=separator != "\t"), [])
    except csv.Error:  # such as a cell of 130 kB
        return [line]
