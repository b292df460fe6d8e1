"""Files and functions that fit on a screen, with names that say what is in them."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("liquidlane", "evaluation", "pipeline", "simulator", "benchmarks", "tests")
FILE_LINES = 300
FUNCTION_LINES = 60
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers"}

SOURCES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def find_functions(source: str) -> Iterator[tuple[str, int, int]]:
    """Give name, first line (decorators included) and number of lines of each function, methods and nested ones too."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            assert node.end_lineno is not None
            yield node.name, first, node.end_lineno - first + 1


def find_empty_words(name: str) -> set[str]:
    """Give the words of a name, snake_case or CamelCase, that say nothing about what it is."""
    words = [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)]
    # CARLA's Traffic Manager is called so
    return {word for before, word in zip(["", *words], words, strict=False) if before != "traffic"} & EMPTY_NAMES


def test_sources_are_found() -> None:
    packages = {path.relative_to(ROOT).parts[0] for path in SOURCES}
    assert {"liquidlane", "evaluation", "pipeline", "simulator", "tests"} <= packages


def test_files_and_functions_keep_the_budget() -> None:
    over = []
    for path in SOURCES:
        source = path.read_text(encoding="utf-8")
        if (lines := source.count("\n")) > FILE_LINES:
            over.append(f"{name_of(path)}: {lines} lines of {FILE_LINES}")
        over += [
            f"{name_of(path)}:{first}: {name} has {lines} lines of {FUNCTION_LINES}"
            for name, first, lines in find_functions(source)
            if lines > FUNCTION_LINES
        ]
    assert not over, "split by subject:\n" + "\n".join(over)


def test_names_say_something() -> None:
    empty = []
    for path in SOURCES:
        empty += [name_of(path) for part in path.relative_to(ROOT).with_suffix("").parts if find_empty_words(part)]
        empty += [
            f"{name_of(path)}:{node.lineno}: {node.name}"
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.ClassDef) and find_empty_words(node.name)
        ]
    assert not empty, "name these after what is in them:\n" + "\n".join(empty)


def test_the_budget_bites() -> None:
    long = "@first\n@second\ndef long():\n" + "    pass\n" * 58
    assert list(find_functions(long)) == [("long", 1, 61)]
    nested = "class Car:\n    async def drive(self):\n        def inner():\n            pass\n"
    assert {name for name, _, _ in find_functions(nested)} == {"drive", "inner"}
    for name in ("utils", "WorldManager", "image_utils", "CommonTypes", "path_helper"):
        assert find_empty_words(name), name
    for name in ("commonroad", "miscellany", "context", "manage", "utility", "TrafficManager"):
        assert not find_empty_words(name), name
