"""What an exported data set keeps of drives beyond LeRobot's format: `meta/liquidlane.json`, which LeRobot ignores."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.work.whole_file import write_text
from simulator.camera import Camera
from simulator.errors import LiquidlaneError

ORIGIN = "meta/liquidlane.json"


@dataclass(frozen=True, slots=True)
class Origin:
    """episodes: number → {"recording", "drive", "camera", "facts"} of the drive that it was made of."""

    episodes: dict[int, dict[str, Any]] = field(default_factory=dict)

    def recording(self, episode: int, otherwise: str) -> str:
        """Give the recording that an episode was cut from."""
        return str(self.episodes.get(episode, {}).get("recording") or otherwise)

    def camera(self, episode: int) -> Camera | None:
        """Give the camera, if it was known."""
        try:
            return Camera.from_dict(self.episodes[episode]["camera"])
        except (KeyError, TypeError, ValueError, LiquidlaneError):
            return None


def read_origin(root: Path) -> Origin:
    """Read what an export of ours left; nothing if there is nothing that can be read."""
    try:
        rows = json.loads((root / ORIGIN).read_text(encoding="utf-8"))["episodes"]
        return Origin({int(row["episode_index"]): dict(row) for row in rows})
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return Origin()


def write_origin(root: Path, rows: list[dict[str, Any]]) -> None:
    """Write it."""
    write_text(root / ORIGIN, json.dumps({"episodes": rows}, indent=2, allow_nan=False) + "\n")
