"""The figures about learning: losses of every epoch, predictions on a recording."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from evaluation.open_loop import Prediction
from evaluation.report.chart import Panel, nice_ticks
from evaluation.report.input import Trained

STRETCH = 40.0
"""Seconds of a recording that are shown."""


def draw_training(checkpoints: Sequence[Trained], styles: Mapping[str, str]) -> list[tuple[str, Markup]]:
    """Draw the losses of each model, all on the same scales; seeds share a panel.

    Returns:
        Model and chart.
    """
    kept = [each for each in checkpoints if _series(each, "loss")[1].size]
    if not kept:
        return []
    losses = np.concatenate([_series(each, key)[1] for each in kept for key in ("loss", "validation")])
    epochs = max(len(each.history) for each in kept)
    span = (float(losses.min()) / 1.15, float(losses.max()) * 1.15)
    figures = []
    for model in dict.fromkeys(each.name.partition("@")[0] for each in kept):
        panel = Panel((340, 190), (1, max(epochs, 2)), span, margins=(46, 8, 8, 30), log_y=True)
        panel.axes("epoch", "loss")
        for trained in (each for each in kept if each.name.partition("@")[0] == model):
            _mark_rounds(panel, trained.history)
            panel.curve(*_series(trained, "loss"), f"thin dashed {styles[model]}", f"{trained.name}, training")
            panel.curve(*_series(trained, "validation"), f"line {styles[model]}", f"{trained.name}, validation")
        figures.append((model, panel.svg(f"Training and validation loss of {model} over the epochs")))
    return figures


def _series(trained: Trained, key: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give epochs, counted over all rounds, and the positive values of a column."""
    values = np.array([row.get(key) or np.nan for row in trained.history], float)
    epochs = np.arange(1, len(values) + 1, dtype=float)
    known = np.isfinite(values) & (values > 0)
    return epochs[known], values[known]


def _mark_rounds(panel: Panel, history: Sequence[Mapping[str, Any]]) -> None:
    """Mark where training went on with new drives."""
    for place in range(1, len(history)):
        if history[place].get("round") != history[place - 1].get("round"):
            across = float(panel.x(np.array(place + 0.5)))
            panel.line(across, panel.top, across, panel.bottom, "round")
            panel.text(across + 4, panel.top + 11, f"round {history[place].get('round')}", "tick")


def draw_predictions(predictions: Sequence[Prediction], styles: Mapping[str, str]) -> list[tuple[str, Markup]]:
    """Draw label and predictions on the most winding stretch of the recordings.

    Returns:
        Predictor and chart.
    """
    drives = {each.drive: each for each in predictions if len(each.label) > 1}
    if not drives:
        return []
    drive, start = max(
        ((each, start) for each in drives.values() for start in np.arange(each.timestamp[0], each.timestamp[-1], 10.0)),
        key=lambda found: _bend(*found),
    )
    figures = []
    first = {each.model: each for each in reversed(predictions) if each.drive == drive.drive}
    for each in (first[model] for model in dict.fromkeys(found.model for found in predictions)):
        shown = _within(each, start)
        label = 1000 * each.label[shown]
        reach = 1.25 * max(float(np.abs(label).max()), 5.0)
        panel = Panel((460, 130), (0, STRETCH), (-reach, reach), margins=(42, 6, 6, 28))
        panel.axes("time [s]", "curvature [1/km]", y_ticks=nice_ticks(-reach, reach, 5))
        time = each.timestamp[shown] - start
        panel.curve(time, label, "line label-line", "label")
        predicted = np.clip(1000 * each.predicted[shown], -reach, reach)
        panel.curve(time, predicted, f"line {styles.get(each.model, 'se')}", each.predictor)
        figures.append((each.model, panel.svg(f"Label and prediction of {each.predictor} over {STRETCH:.0f} s")))
    return figures


def _within(prediction: Prediction, start: float) -> NDArray[np.bool_]:
    inside: NDArray[np.bool_] = (prediction.timestamp >= start) & (prediction.timestamp <= start + STRETCH)
    return inside


def _bend(prediction: Prediction, start: float) -> float:
    """Say how winding a stretch is: the sum of its curvatures' squares."""
    return float(np.square(prediction.label[_within(prediction, start)]).sum())
