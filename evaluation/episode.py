"""Episode: what happened on one road, step by step. No images: videos are driven again."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from pipeline.work.whole_file import writing_aside
from simulator.errors import LiquidlaneError
from simulator.world import Ended

FORMAT_VERSION = 1

Series = NDArray[np.float64]

_FACTS = {"policy": pa.string(), "road": pa.string(), "condition": pa.string(), "seed": pa.int64()}
_FACTS |= {"ended": pa.string(), "length": pa.float64()}
_MOTION = ("distance", "offset", "heading", "width", "speed", "speed_target", "curvature", "executed")
_SERIES = ("timestamp", *_MOTION, "wall_seconds")


@dataclass(frozen=True)
class Episode:
    """One drive of one policy over one road under one condition. N steps; each is one frame of the camera.

    policy: who drove; "ncp@1" is the model ncp trained with seed 1. road, condition: their names. seed: of the world.
    ended: finished (the end was reached), stuck (time ran out), collided, or departed (see `simulator.world`).
    length: of the way [m].
    timestamp: (N,) [s] since the start. position: (N, 2) [m] world, right-handed. distance: (N,) along the way [m].
    offset: (N,) car minus lane centre [m], left positive. heading: (N,) car minus lane [rad].
    width: (N,) of the lane [m]. speed, speed_target: (N,) [m/s].
    curvature: (N,) what the driver commanded at this step [1/m], left positive (the executed one under an autopilot).
    executed: (N,) what the car had driven since the step before [1/m].
    intervention: (N,) bool, found outside the lane at this step and put back.
    neurons: (N, units) float32 activity after this step, zero units if the driver has none.
    wall_seconds: (N,) this car's share of the time that the step took, drawing and thinking included.
    center: (M, 2) [m] world, the lane centre of the whole way.
    """

    policy: str
    road: str
    condition: str
    seed: int
    ended: Ended
    length: float
    timestamp: Series
    position: Series
    distance: Series
    offset: Series
    heading: Series
    width: Series
    speed: Series
    speed_target: Series
    curvature: Series
    executed: Series
    intervention: NDArray[np.bool_]
    neurons: NDArray[np.float32]
    wall_seconds: Series
    center: Series

    def __post_init__(self) -> None:
        steps = len(self.timestamp)
        shapes: dict[str, tuple[int | None, ...]] = dict.fromkeys((*_SERIES, "intervention"), (steps,))
        shapes |= {"position": (steps, 2), "neurons": (steps, None), "center": (None, 2)}
        dtypes = {"intervention": np.bool_, "neurons": np.float32}
        for name, shape in shapes.items():
            array: NDArray[Any] = np.asarray(getattr(self, name), dtypes.get(name, np.float64))
            matches = array.ndim == len(shape) and all(
                wanted in (None, had) for wanted, had in zip(shape, array.shape, strict=True)
            )
            if not matches:
                raise ValueError(f"episode {self.name}: {name} has shape {array.shape}, not {shape}")
            if array.dtype != np.bool_ and not np.isfinite(array).all():
                raise ValueError(f"episode {self.name}: {name} holds a value that is not finite")
            object.__setattr__(self, name, array)
        if np.any(np.diff(self.timestamp) <= 0):
            raise ValueError(f"episode {self.name}: time does not rise")
        if self.ended not in get_args(Ended) or not self.length > 0:
            raise ValueError(f"episode {self.name}: ended {self.ended!r} after a way of {self.length} m can't be")

    def __len__(self) -> int:
        return len(self.timestamp)

    @property
    def name(self) -> str:
        """Who drove what, in one line."""
        return f"{self.policy} on {self.road}, {self.condition}, seed {self.seed}"

    @property
    def model(self) -> str:
        """The policy's name without its training seed."""
        return self.policy.partition("@")[0]

    @property
    def training_seed(self) -> str:
        """What follows the @ in the policy's name, or nothing."""
        return self.policy.partition("@")[2]

    @property
    def period(self) -> float:
        """Median seconds between two steps; 0 with fewer than two."""
        return float(np.median(np.diff(self.timestamp))) if len(self) > 1 else 0.0

    @property
    def elapsed(self) -> float:
        """Seconds driven, the last step's included."""
        return float(self.timestamp[-1] - self.timestamp[0]) + self.period if len(self) else 0.0

    @property
    def driven(self) -> float:
        """Metres from where the car started to where it ended."""
        if not len(self):
            return 0.0
        end = self.length if self.ended == "finished" else min(float(self.distance.max()), self.length)
        return max(0.0, end - float(self.distance[0]))


def save_episodes(path: Path, episodes: Sequence[Episode]) -> None:
    """Write episodes to one Parquet file, an episode a row, so that a reader sees the whole file or none."""
    columns: dict[str, pa.Array] = {
        name: pa.array([getattr(episode, name) for episode in episodes], kind) for name, kind in _FACTS.items()
    }
    for name in _SERIES:
        columns[name] = pa.array([getattr(episode, name) for episode in episodes], pa.list_(pa.float64()))
    columns["intervention"] = pa.array([episode.intervention for episode in episodes], pa.list_(pa.bool_()))
    for name in ("position", "center"):
        columns[name] = pa.array([getattr(episode, name).ravel() for episode in episodes], pa.list_(pa.float64()))
    columns["neurons"] = pa.array([episode.neurons.ravel() for episode in episodes], pa.list_(pa.float32()))
    columns["units"] = pa.array([episode.neurons.shape[1] for episode in episodes], pa.int32())
    facts = {"liquidlane": json.dumps({"kind": "episodes", "format_version": FORMAT_VERSION})}
    table = pa.table(columns).replace_schema_metadata(facts)
    with writing_aside(path) as aside:
        pq.write_table(table, aside, compression="zstd")


def load_episodes(path: Path) -> list[Episode]:
    """Read what `save_episodes` wrote.

    Raises:
        LiquidlaneError: if the file is missing, damaged or of another format version.
    """
    try:
        table = pq.read_table(path)
    except FileNotFoundError as error:
        raise LiquidlaneError(f"{path}: there is no such file of episodes; run the benchmark again") from error
    except (pa.ArrowInvalid, OSError) as error:
        raise LiquidlaneError(f"{path}: damaged ({error}); delete it and run the benchmark again") from error
    facts = json.loads((table.schema.metadata or {}).get(b"liquidlane", b"{}"))
    if facts.get("kind") != "episodes" or facts.get("format_version") != FORMAT_VERSION:
        raise LiquidlaneError(
            f"{path}: episodes of format version {facts.get('format_version')}, this program reads {FORMAT_VERSION}; "
            "delete the file and run the benchmark again"
        )
    return [_read_row(table.slice(row, 1)) for row in range(table.num_rows)]


def _read_row(row: pa.Table) -> Episode:
    """Make an episode of a table with one row."""
    values: dict[str, Any] = {name: row[name][0].as_py() for name in _FACTS}
    for field in fields(Episode):
        if field.name not in values:
            values[field.name] = row[field.name][0].values.to_numpy(zero_copy_only=False)
    units = row["units"][0].as_py()
    values["position"] = values["position"].reshape(-1, 2)
    values["center"] = values["center"].reshape(-1, 2)
    values["neurons"] = values["neurons"].reshape(len(values["timestamp"]), units)
    return Episode(**values)
