"""Recordings driven again as jobs: the test part only, each driver for itself, in a table of their own."""

import json
from pathlib import Path

import pytest

from evaluation.kept_aside import KeptAside
from evaluation.replay_config import ReplayConfig
from evaluation.replay_job import CONDITION, load_replays, replay_jobs
from evaluation.report.report import ReportInput, write_report
from pipeline.dataset.split import DatasetConfig
from pipeline.drives.drive import DriveWriter, Frame, encode_jpeg
from pipeline.work.job import finish_jobs
from simulator.errors import LiquidlaneError
from tests.evaluation.episodes import make_sloppy
from tests.pipeline.drawn_drives import CAMERA, PERIOD, draw_road


def record(folder: Path, frames: int) -> Path:
    with DriveWriter(folder, name=folder.name, recording=folder.name, source="t", camera=CAMERA, facts={}) as writer:
        jpeg = encode_jpeg(draw_road(0.0, 0.01))
        for index in range(frames):
            writer.append(Frame(index * PERIOD, 10.0, 0.01, 0.01, jpeg, None))
    return folder


@pytest.fixture(scope="module")
def drives(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ...]:
    root = tmp_path_factory.mktemp("drives")
    return tuple(record(root / f"d{number}", 120) for number in range(4))


def test_the_test_part_is_driven_and_stands_in_its_own_table(drives: tuple[Path, ...], tmp_path: Path) -> None:
    dataset = DatasetConfig(validation=0.2, test=0.5)
    jobs = replay_jobs(ReplayConfig(), [], KeptAside((), drives, dataset, 0), tmp_path / "episodes")
    finish_jobs(jobs, workers=1)
    episodes = load_replays(jobs)
    roads = {episode.road for episode in episodes}
    assert 1 <= len(roads) < len(drives)
    assert {(each.policy, each.ended) for each in episodes} == {("straight", "departed"), ("expert", "finished")}
    assert {each.condition for each in episodes} == {CONDITION}
    simulated = [make_sloppy(k, road=f"road {k}") for k in range(3)]
    page = write_report(ReportInput(title="t", episodes=simulated, replays=episodes, bootstrap=100), tmp_path / "page")
    text = page.read_text()
    closed, replayed = text.split("Closed loop on recordings")
    assert "do not compare with those of simulated roads" in replayed
    assert all(road not in closed for road in roads)
    rows = json.loads((page.parent / "results.json").read_text())["rows"]
    completed = {
        row["model"]: row["mean"] for row in rows if (row["condition"], row["metric"]) == (CONDITION, "completed")
    }
    assert completed == {"straight": 0.0, "expert": 100.0}


def test_nothing_to_drive_is_said(tmp_path: Path) -> None:
    drives = tuple(record(tmp_path / f"d{number}", 30) for number in range(3))
    (job, *_) = replay_jobs(
        ReplayConfig(), [], KeptAside((), drives, DatasetConfig(test=0.3), 0), tmp_path / "episodes"
    )
    with pytest.raises(LiquidlaneError, match="no recording that can be driven again"):
        finish_jobs([job], workers=1)
