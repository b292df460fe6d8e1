"""Labels of pictures: rows of a table, a list or mapping in JSON, lines of JSON, or one JSON file a picture."""

import json
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

from pipeline.files.recording_files import read_lines
from pipeline.files.tables import open_table

LARGEST_JSON = 256 << 20  # [bytes]
TABLES, JSONS = (".csv", ".txt", ".tsv"), (".json", ".jsonl")
PICTURE_KEY = "picture"

Values = dict[str, Any]


def read_labels(path: Path, known: Collection[str], unnamed: Sequence[str]) -> Iterator[tuple[str, Values]]:
    """Give where each label stands and its values by lower-case names; objects within objects are laid flat.

    A JSON mapping of pictures' names gives each name as "picture"; a value that is no object is given as "value". What
    is no object in a list is given as {"value": it}.

    Args:
        path: a table or JSON.
        known: names that make a first row a header.
        unnamed: names of the columns of a table without a header.

    Raises:
        OSError: if it can't be read.
        ValueError: if it is JSON and can't be understood, or larger than 256 MB.
    """
    if path.suffix.lower() in JSONS:
        yield from _read_json(path)
        return
    table = open_table(path, known)
    for place, row in table.places(unnamed):
        yield place, {name: _number_or_text(table.number, cell) for name, cell in row.items()}


def _number_or_text(number: Any, cell: str) -> Any:
    try:
        return number(cell)
    except ValueError:
        return cell.strip()


def _read_json(path: Path) -> Iterator[tuple[str, Values]]:
    if path.stat().st_size > LARGEST_JSON:
        raise ValueError(f"{path.name} is larger than {LARGEST_JSON >> 20} MB; make it lines of JSON (.jsonl)")
    lines = read_lines(path)
    first = next(lines, (0, ""))[1].strip()
    if path.suffix.lower() == ".jsonl" or (first.startswith("{") and first.endswith("}") and next(lines, None)):
        yield from _read_json_lines(path)
        return
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig", errors="replace"))
    except RecursionError:
        raise ValueError(f"{path.name} is nested too deeply") from None
    only = next(iter(content.values())) if isinstance(content, dict) and len(content) == 1 else None
    content = only if isinstance(only, list | dict) else content
    if isinstance(content, list):
        for index, entry in enumerate(content):
            yield f"{path.name}[{index}]", _flat(entry)
    elif isinstance(content, dict) and all(isinstance(value, dict | int | float) for value in content.values()):
        if not any(isinstance(value, dict) for value in content.values()) and not any("." in key for key in content):
            yield path.name, _flat(content)
            return
        for name, entry in content.items():
            yield f"{path.name}[{name!r}]", {**_flat(entry), PICTURE_KEY: name}
    else:
        yield path.name, _flat(content)


def _read_json_lines(path: Path) -> Iterator[tuple[str, Values]]:
    """Give each line; one that is no JSON gives its text as "value", which no reader can use."""
    for number, line in read_lines(path):
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
            entry = line
        yield f"{path.name}:{number}", _flat(entry)


def _flat(entry: Any) -> Values:
    """Give an object's values by lower-case names, those of objects in it too."""
    if not isinstance(entry, dict):
        return {"value": entry}
    values: Values = {}
    for name, value in entry.items():
        if isinstance(value, dict):
            values |= {str(inner).lower(): deep for inner, deep in value.items() if not isinstance(deep, dict)}
        else:
            values[str(name).lower()] = value
    return values


def pick(values: Values, names: Sequence[str]) -> Any:
    """Give the value of the first of some names that is there.

    Raises:
        KeyError: if none is.
    """
    for name in names:
        if name in values and values[name] is not None and values[name] != "":
            return values[name]
    raise KeyError(names[0])
