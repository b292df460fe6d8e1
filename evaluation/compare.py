"""Models on the same roads and seeds: means, paired differences and their intervals, as rows of results.json."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from evaluation.bootstrap import Cells, Resampler, index_of
from evaluation.episode import Episode
from evaluation.metric import list_metrics, make_metric
from pipeline.work.whole_file import write_text

FORMAT_VERSION = 1


@dataclass(frozen=True, slots=True)
class Row:
    """One number: a model's mean under a condition by a metric, with its 95 % interval; None if never measured.

    episodes: how many drives (on recordings: drives or blocks) it is the mean of.
    """

    model: str
    condition: str
    metric: str
    unit: str
    mean: float | None
    low: float | None
    high: float | None
    episodes: int


@dataclass(frozen=True, slots=True)
class Difference:
    """A model under a condition minus another model, or the same one under another condition, paired.

    episodes: how many drives of `model` took part.
    """

    model: str
    condition: str
    other_model: str
    other_condition: str
    metric: str
    unit: str
    mean: float | None
    low: float | None
    high: float | None
    episodes: int

    @property
    def clear(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a benchmark found."""

    rows: tuple[Row, ...]
    differences: tuple[Difference, ...]

    def find(self, model: str, condition: str, metric: str) -> Row | None:
        """Give a row, or None if there is none or nothing was measured."""
        for row in self.rows:
            if (row.model, row.condition, row.metric) == (model, condition, metric) and row.mean is not None:
                return row
        return None

    def to_json(self) -> dict[str, Any]:
        """Give plain values."""
        return {
            "format_version": FORMAT_VERSION,
            "rows": [asdict(row) for row in self.rows],
            "differences": [asdict(difference) for difference in self.differences],
        }

    def write(self, path: Path) -> None:
        """Write results.json in one piece."""
        write_text(path, json.dumps(self.to_json(), indent=1, allow_nan=False))

    def __add__(self, other: "Comparison") -> "Comparison":
        return Comparison(self.rows + other.rows, self.differences + other.differences)


def compare(episodes: Sequence[Episode], *, samples: int = 4000, seed: int = 0) -> Comparison:
    """Compare all models by all metrics.

    Means run over all drives of a model under a condition. Intervals come from resampling roads, training seeds and
    evaluation seeds (see `bootstrap`); where all drives score the same, from the metric's exact interval, if it has
    one. Differences: every two models under the same condition, and every condition against a model's first.

    Args:
        episodes: of all models, conditions, roads and seeds; their order gives the order of the rows.
        samples: resamplings.
        seed: of the resampling.
    """
    if not episodes:
        return Comparison((), ())
    table = _Table(episodes, samples, seed)
    rows = [table.row(model, condition, metric) for model, condition in table.drives for metric in list_metrics()]
    pairs = [(one, other) for one, other in combinations(table.drives, 2) if one[1] == other[1]]
    pairs += [(key, table.first(key[0])) for key in table.drives if key != table.first(key[0])]
    differences = [table.difference(one, other, metric) for one, other in pairs for metric in list_metrics()]
    return Comparison(tuple(rows), tuple(differences))


class _Table:
    """Scores by (model, condition) and metric, on axes that all share."""

    def __init__(self, episodes: Sequence[Episode], samples: int, seed: int) -> None:
        self.drives: dict[tuple[str, str], list[Episode]] = {}
        for episode in episodes:
            self.drives.setdefault((episode.model, episode.condition), []).append(episode)
        self._roads = index_of([episode.road for episode in episodes])
        self._seeds = {value: number for number, value in enumerate(sorted({episode.seed for episode in episodes}))}
        self._resampler = Resampler(len(self._roads), len(self._seeds), samples, seed)
        self._cells: dict[tuple[tuple[str, str], str], Cells] = {}

    def first(self, model: str) -> tuple[str, str]:
        """Give the model's first condition."""
        return next(key for key in self.drives if key[0] == model)

    def cells(self, key: tuple[str, str], metric: str) -> Cells:
        """Score the drives of a model under a condition; a model's training seeds are the same ones everywhere."""
        if (key, metric) not in self._cells:
            kinds = index_of(
                [each.training_seed for other in self.drives if other[0] == key[0] for each in self.drives[other]]
            )
            values = np.full((len(self._roads), len(kinds), len(self._seeds)), np.nan)
            for episode in self.drives[key]:
                score = make_metric(metric).score(episode)
                if score is not None:
                    place = self._roads[episode.road], kinds[episode.training_seed], self._seeds[episode.seed]
                    values[place] = score
            self._cells[key, metric] = Cells(values)
        return self._cells[key, metric]

    def row(self, model: str, condition: str, name: str) -> Row:
        """Give a mean and its interval."""
        metric, cells = make_metric(name), self.cells((model, condition), name)
        low, high = self._resampler.interval(cells, model)
        if cells.amount and low == high:
            nothing = (low, high) if cells.amount > 1 else (math.nan, math.nan)
            low, high = metric.exact_interval(self.drives[model, condition]) or nothing
        return Row(model, condition, name, metric.unit, plain(cells.mean), plain(low), plain(high), cells.amount)

    def difference(self, one: tuple[str, str], other: tuple[str, str], name: str) -> Difference:
        """Give a paired difference and its interval."""
        mine, others = self.cells(one, name), self.cells(other, name)
        mean, low, high = self._resampler.difference(mine, one[0], others, other[0])
        amount, unit = mine.common(others)[0].amount, make_metric(name).unit
        return Difference(*one, *other, name, unit, plain(mean), plain(low), plain(high), amount)


def plain(value: float) -> float | None:
    """Give a number as JSON knows it: None where it is not finite."""
    return value if math.isfinite(value) else None
