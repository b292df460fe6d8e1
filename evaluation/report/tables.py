"""The report's tables as plain rows for the template: results, differences, drivers."""

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaluation.compare import Comparison, Difference, Row
from evaluation.metric import list_metrics, make_metric
from evaluation.open_loop_error import CONDITION, TITLES, UNITS
from evaluation.replay_job import CONDITION as REPLAYED
from evaluation.report.input import ReportInput
from evaluation.report.words import DRIVER_WORDS, is_trained, write_interval, write_number

OPEN_LOOP_DECIMALS = {"weighted_squared_error": 4, "balanced_absolute_error": 2, "share_beyond_threshold": 1}
PREDICTOR_WORDS = {
    "zero": "always straight on",
    "last_value": "repeats the label of the frame before, which no driver is told",
}


@dataclass(frozen=True)
class Cell:
    """A mean and its interval, written. best: the best of the trained drivers in its column."""

    mean: str
    interval: str
    best: bool = False


@dataclass(frozen=True)
class ResultRow:
    """A driver's line in a table."""

    model: str
    trained: bool
    episodes: int
    cells: list[Cell]


def metric_columns() -> list[dict[str, str]]:
    """Give title, unit, direction and meaning of each closed-loop metric; the meaning is its docstring."""
    columns = []
    for name in list_metrics():
        metric = make_metric(name)
        arrow = "↑" if metric.better == "higher" else "↓"
        meaning = " ".join((inspect.getdoc(type(metric)) or "").split())
        columns.append({"title": metric.title, "unit": metric.unit, "arrow": arrow, "meaning": meaning})
    return columns


def result_rows(comparison: Comparison, models: Sequence[str], condition: str) -> list[ResultRow]:
    """Give the drivers' lines under a condition."""
    found = {(row.model, row.metric): row for row in comparison.rows if row.condition == condition}
    here = [model for model in models if any(name == model for name, _ in found)]
    lines = []
    for model in here:
        cells = []
        for name in list_metrics():
            row, metric = found[model, name], make_metric(name)
            rivals = [found[other, name].mean for other in here if is_trained(other)]
            judged = is_trained(model) and name != "frames_per_second"
            best = judged and _is_best(row.mean, rivals, metric.better)
            cells.append(_write_cell(row, metric.decimals, best))
        lines.append(ResultRow(model, is_trained(model), found[model, "completed"].episodes, cells))
    return lines


def _is_best(mean: float | None, rivals: Sequence[float | None], better: str) -> bool:
    """Tell whether a mean is the best of several that are not all the same."""
    known = [each for each in rivals if each is not None]
    if mean is None or len(set(known)) < 2:
        return False
    return mean == (max(known) if better == "higher" else min(known))


def _write_cell(row: Row, decimals: int, best: bool) -> Cell:
    return Cell(write_number(row.mean, decimals), write_interval(row.low, row.high, decimals), best)


def difference_rows(comparison: Comparison) -> list[dict[str, Any]]:
    """Give the paired differences of trained drivers, all metrics, with whether they stand beyond their interval."""
    rows = []
    for each in comparison.differences:
        recorded = each.condition == REPLAYED or each.condition.startswith(CONDITION)
        if recorded or not (is_trained(each.model) and is_trained(each.other_model)):
            continue
        if each.mean is None or each.metric == "frames_per_second":
            continue
        metric = make_metric(each.metric)
        rows.append(
            {
                "what": _name_difference(each),
                "metric": metric.title,
                "unit": metric.unit,
                "mean": write_number(each.mean, metric.decimals, signed=True),
                "interval": write_interval(each.low, each.high, metric.decimals, signed=True),
                "verdict": _judge(each, metric.better),
                "episodes": each.episodes,
            }
        )
    return rows


def _name_difference(difference: Difference) -> str:
    if difference.model == difference.other_model:
        return f"{difference.model}: {difference.condition} − {difference.other_condition}"
    return f"{difference.model} − {difference.other_model}, {difference.condition}"


def _judge(difference: Difference, better: str) -> str:
    """Say "better", "worse" or "open" of the first of the two."""
    if not difference.clear or difference.mean is None:
        return "open"
    return "better" if (difference.mean > 0) == (better == "higher") else "worse"


def driver_rows(given: ReportInput, models: Sequence[str]) -> list[dict[str, Any]]:
    """Give what each driver is: neurons, synapses and parameters as its checkpoint states them."""
    rows = []
    for name in models:
        about = next((each.about for each in given.checkpoints if each.name.partition("@")[0] == name), {})
        counts: Mapping[str, int] = about.get("counts", {})
        settings = ", ".join(f"{key} {value}" for key, value in about.get("settings", {}).items())
        seeds = [each.about.get("seed") for each in given.checkpoints if each.name.partition("@")[0] == name]
        rows.append(
            {
                "model": name,
                "trained": is_trained(name),
                "words": DRIVER_WORDS.get(name, settings),
                "counts": [
                    f"{counts[key]:,}" if counts.get(key) is not None else "–"
                    for key in ("neurons", "synapses", "masked", "dense", "whole")
                ],
                "share": f"{100 * counts['masked'] / counts['whole']:.1f} %" if counts.get("whole") else "–",
                "input": " × ".join(str(size) for size in about.get("input_size", ())) or "–",
                "seeds": ", ".join(str(seed) for seed in seeds) or "–",
            }
        )
    return rows


def open_loop_columns() -> list[dict[str, str]]:
    """Give title and unit of each open-loop score."""
    return [{"title": TITLES[name], "unit": UNITS[name], "arrow": "↓"} for name in UNITS]


def open_loop_sources(comparison: Comparison) -> list[dict[str, Any]]:
    """Give the name of each source of recordings and the predictors' lines on it; nothing if there is one source."""
    prefix = f"{CONDITION}, "
    conditions = dict.fromkeys(row.condition for row in comparison.rows if row.condition.startswith(prefix))
    return [
        {"source": condition.removeprefix(prefix), "rows": open_loop_rows(comparison, condition)}
        for condition in conditions
    ]


def open_loop_rows(comparison: Comparison, condition: str = CONDITION) -> list[dict[str, Any]]:
    """Give the predictors' lines on all recordings, or on those of one source."""
    found = {(row.model, row.metric): row for row in comparison.rows if row.condition == condition}
    predictors = list(dict.fromkeys(model for model, _ in found))
    return [
        {
            "model": name,
            "words": PREDICTOR_WORDS.get(name, ""),
            "trained": name not in PREDICTOR_WORDS,
            "episodes": found[name, metrics[0]].episodes,
            "cells": [_write_cell(found[name, metric], OPEN_LOOP_DECIMALS[metric], False) for metric in metrics],
        }
        for name in predictors
        for metrics in [list(UNITS)]
    ]
