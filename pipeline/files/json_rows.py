"""Lists in JSON that are larger than memory, row by row."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

BLOCK = 1 << 20  # [characters]
LONGEST_ROW = 1 << 20  # [characters]


def read_rows(path: Path) -> Iterator[tuple[int, Any]]:
    """Give (number, row) of a file that holds one list.

    Raises:
        OSError: if it can't be read.
        ValueError: where it breaks off, or is no list; rows before were given.
    """
    decoder = json.JSONDecoder()
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        text, at, number = file.read(BLOCK), 0, 0
        at = _after_blanks(text, 0, "")
        if text[at : at + 1] != "[":
            raise ValueError(f"{path.name} is no list in JSON")
        at += 1
        while True:
            at = _after_blanks(text, at, ",")
            if text[at : at + 1] == "]":
                return
            try:
                row, at = decoder.raw_decode(text, at)
            except RecursionError:
                raise ValueError(f"{path.name} is nested too deeply in row {number}") from None
            except ValueError:
                more = file.read(BLOCK) if len(text) - at <= LONGEST_ROW else ""
                if not more:
                    raise ValueError(f"{path.name} can't be read from row {number} on") from None
                text, at = text[at:] + more, 0
                continue
            yield number, row
            number += 1


def _after_blanks(text: str, at: int, also: str) -> int:
    while at < len(text) and (text[at].isspace() or text[at] in also):
        at += 1
    return at
