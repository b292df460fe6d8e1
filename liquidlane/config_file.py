"""Reads a YAML file and key=value overrides into a strict schema, and says what is wrong in words."""

import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError

from simulator.errors import LiquidlaneError

Schema = TypeVar("Schema", bound=BaseModel)


def read_config(schema: type[Schema], path: Path, overrides: Sequence[str] = ()) -> Schema:
    """Read a config file, apply `key.subkey=value` overrides and check all against the schema.

    Raises:
        LiquidlaneError: if the file is missing, not YAML, or a key or value is wrong; names the place and, for a
            misspelt key, the nearest known one.
    """
    values = _read_yaml(path)
    for override in overrides:
        _apply_override(values, override)
    try:
        return schema.model_validate(values)
    except ValidationError as error:
        raise LiquidlaneError(f"{path}: {_explain(schema, error)}") from error


def _read_yaml(path: Path) -> dict[str, Any]:
    """Read a mapping from a YAML file."""
    try:
        loaded = yaml.safe_load(path.read_text())
    except FileNotFoundError as error:
        raise LiquidlaneError(f"{path}: there is no such config file{_suggest_file(path)}") from error
    except (IsADirectoryError, PermissionError, UnicodeDecodeError) as error:
        raise LiquidlaneError(f"{path}: can't be read as a text file; give the path of a YAML config") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
        problem = getattr(error, "problem", None) or "it can't be parsed"
        raise LiquidlaneError(f"{path}: is not valid YAML{place}: {problem}; correct that line") from error
    if loaded is None:
        return {}
    if not isinstance(loaded, dict):
        raise LiquidlaneError(f"{path}: holds a {type(loaded).__name__}, not a mapping; start from configs/quick.yaml")
    return loaded


def _suggest_file(path: Path) -> str:
    """Name the config files that are there instead."""
    folder = path.parent if path.parent.is_dir() else Path("configs")
    there = sorted(file.name for file in folder.glob("*.yaml")) if folder.is_dir() else []
    nearest = difflib.get_close_matches(path.name, there, 1, 0.5)
    if nearest:
        return f"; did you mean {folder / nearest[0]}?"
    return f"; {folder} has {', '.join(there)}" if there else "; give the path of a YAML config"


def _apply_override(values: dict[str, Any], override: str) -> None:
    """Set one `key.subkey=value`; the value is read as YAML."""
    key, separator, text = override.partition("=")
    if not separator or not key.strip():
        raise LiquidlaneError(f"override {override!r}: write key=value, for example train.epochs=4")
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise LiquidlaneError(f"override {override!r}: {text!r} is not a YAML value; quote it") from error
    parts = key.strip().split(".")
    place = values
    for depth, part in enumerate(parts[:-1]):
        inner = place.get(part)
        if inner is None:
            inner = place[part] = {}
        if not isinstance(inner, dict):
            above = ".".join(parts[: depth + 1])
            raise LiquidlaneError(f"override {override!r}: {above} is {inner!r}, which has no fields; set it whole")
        place = inner
    place[parts[-1]] = value


def _explain(schema: type[BaseModel], error: ValidationError) -> str:
    """Turn all findings of pydantic into one sentence."""
    findings = []
    for finding in error.errors(include_url=False):
        names = [str(part) for part in finding["loc"] if not str(part).startswith(("function-", "tagged-union"))]
        place = ".".join(names) or "the config"
        if finding["type"] == "extra_forbidden":
            findings.append(f"{place}: unknown key{_did_you_mean(schema, names)}")
        elif finding["type"] == "missing":
            findings.append(f"{place}: is missing; add it")
        else:
            shown = repr(finding.get("input"))
            shown = shown if len(shown) <= 60 else shown[:57] + "..."
            findings.append(f"{place}: is {shown}; {_decapitalise(finding['msg'])}")
    return " | ".join(dict.fromkeys(findings))


def _decapitalise(message: str) -> str:
    """Fit pydantic's message into a sentence."""
    message = message.removeprefix("Value error, ")
    return message[:1].lower() + message[1:]


def _did_you_mean(schema: type[BaseModel], names: Sequence[str]) -> str:
    """Name the known key nearest to the last of `names`, or all the keys that are known there."""
    place: type[BaseModel] | None = schema
    for name in names[:-1]:
        if place is not None and name in place.model_fields:
            place = _model_in(place.model_fields[name].annotation)
    if place is None:
        return ""
    known = list(place.model_fields)
    nearest = difflib.get_close_matches(names[-1], known, 1, 0.5)
    return f"; did you mean {nearest[0]!r}?" if nearest else f"; known here are {', '.join(known)}"


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """Find the config class in an annotation such as `TrainConfig | None` or `dict[str, ModelEntry]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    origin = get_origin(annotation)
    if origin in {Union, UnionType, list, tuple} or (isinstance(origin, type) and issubclass(origin, Mapping)):
        for argument in get_args(annotation):
            found = _model_in(argument)
            if found is not None:
                return found
    return None
