"""The whole way on a tiny experiment: made once, found again, remade where it must be, and not hurt by kills."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from evaluation.episode import load_episodes

TOP = Path(__file__).parents[2]
TINY = """
name: tiny
world: {roads: {length: 150, radius_min: 60, clearance: 38}}
collect: {roads: 2, cars: 2, frames: 64, validation_roads: 1}
models: {ncp: {cell: cfc}}
train: {epochs: 2, batch: 4}
dagger: {rounds: 1, roads: 1, cars: 1, frames: 48}
dagger_train: {epochs: 1, batch: 4}
benchmark: {roads: 2, cars: 2, conditions: [clear, noise], bootstrap: 100, video_seconds: 1}
tracking: {mode: 'off'}
"""
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def command(folder: Path, *overrides: str) -> list[str]:
    config = folder / "tiny.yaml"
    config.write_text(TINY)
    return [sys.executable, "-m", "liquidlane.cli", "run", str(config), f"folder={folder}", *overrides]


def run(folder: Path, *overrides: str) -> tuple[Path, str]:
    done = subprocess.run(command(folder, *overrides), cwd=TOP, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.strip()), done.stderr


def artifacts(folder: Path, kind: str) -> dict[str, int]:
    return {path.parent.name: path.stat().st_mtime_ns for path in (folder / kind).glob("*/artifact.json")}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("undisturbed")
    page, _ = run(folder)
    return folder, page


def test_report_holds_the_evidence(finished: tuple[Path, Path]) -> None:
    _, page = finished
    results = json.loads((page.parent / "results.json").read_text())
    rows = results["rows"]
    assert {"model", "condition", "metric", "unit", "mean", "low", "high", "episodes"} <= set(rows[0])
    measured = {(row["model"], row["condition"]) for row in rows}
    assert measured == {("straight", "clear"), ("expert", "clear"), ("ncp", "clear"), ("ncp", "noise")}
    completed = {row["model"]: row["mean"] for row in rows if row["metric"] == "completed"}
    assert completed["expert"] == max(completed.values()) > 0
    text = page.read_text()
    assert "<video" in text
    assert "http://" not in text.replace("http://www.w3.org", "")
    assert "https://" not in text


def test_second_run_makes_nothing(finished: tuple[Path, Path]) -> None:
    folder, page = finished
    before = {kind: artifacts(folder, kind) for kind in ("data/drives", "checkpoints", "data/episodes", "data/reports")}
    again, said = run(folder)
    assert again == page
    assert "✓" not in said
    assert before == {kind: artifacts(folder, kind) for kind in before}


def test_training_parameter_remakes_only_what_depends_on_it(finished: tuple[Path, Path]) -> None:
    folder, _ = finished
    drives, episodes = artifacts(folder, "data/drives"), artifacts(folder, "data/episodes")
    run(folder, "train.learning_rate=1e-3")
    after = artifacts(folder, "data/drives")
    assert {name: when for name, when in after.items() if name.startswith("pursuit")} == {
        name: when for name, when in drives.items() if name.startswith("pursuit")
    }
    new = set(artifacts(folder, "data/episodes")) - set(episodes)
    assert new
    assert all(name.startswith("ncp@0") for name in new)


def kill_when(folder: Path, pattern: str) -> bool:
    """Start a run, kill it with all its processes once a file of this pattern is there, and say if it came to that."""
    child = subprocess.Popen(command(folder), cwd=TOP, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 240
    while child.poll() is None and not list(folder.glob(pattern)):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    if child.poll() is not None:
        return False
    family = psutil.Process(child.pid).children(recursive=True)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    _, alive = psutil.wait_procs(family, timeout=20)
    assert not alive, f"left behind: {alive}"
    return True


def test_kills_in_every_stage_change_nothing(finished: tuple[Path, Path], tmp_path: Path) -> None:
    undisturbed, _ = finished
    for pattern in (
        "data/drives/pursuit-*.part/*/frames.arrow",
        "checkpoints/*round0*.part/*",
        "data/drives/dagger*.part/*/frames.arrow",
        "data/episodes/ncp*.part",
    ):
        assert kill_when(tmp_path, pattern), pattern
    run(tmp_path)
    for kind in ("data/drives", "checkpoints", "data/episodes"):
        assert set(artifacts(tmp_path, kind)) <= set(artifacts(undisturbed, kind)), kind
    for weights in (tmp_path / "checkpoints").glob("*/weights.safetensors"):
        other = undisturbed / weights.relative_to(tmp_path)
        assert hashlib.sha256(weights.read_bytes()).digest() == hashlib.sha256(other.read_bytes()).digest()
    for file in (tmp_path / "data/episodes").glob("*/episodes.parquet"):
        for one, other in zip(
            load_episodes(file), load_episodes(undisturbed / file.relative_to(tmp_path)), strict=True
        ):
            np.testing.assert_array_equal(one.position, other.position)
            np.testing.assert_array_equal(one.curvature, other.curvature)
    assert not list(tmp_path.glob("*/*/*.part"))
