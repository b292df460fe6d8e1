"""The examples of docs/extending.md are found by their file's name and do what the text says."""

import csv
import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from simulator.world import LanePose, Observation

ROOT = Path(__file__).resolve().parents[1]
BLOCKS = re.findall(r"```python\n# (\S+)/(\w+)\.py\n(.*?)```", (ROOT / "docs/extending.md").read_text(), re.DOTALL)


@pytest.fixture(scope="module", autouse=True)
def examples(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Put each example's file where its package looks, without touching the repository."""
    packages: dict[str, tuple[ModuleType, str]] = {}
    for folder, name, text in BLOCKS:
        place = tmp_path_factory.getbasetemp() / "examples" / folder
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{name}.py").write_text(text)
        packages[folder] = (importlib.import_module(folder.replace("/", ".")), str(place))
    for package, added in packages.values():
        package.__path__.append(added)
    yield
    for package, added in packages.values():
        package.__path__.remove(added)


def lane(curvature: float) -> LanePose:
    return LanePose(0.0, 0.0, curvature, 3.5, np.zeros((40, 2)))


def test_each_folder_has_an_example() -> None:
    assert {folder for folder, _, _ in BLOCKS} == {
        "pipeline/ingest",
        "pipeline/inspection/checks",
        "pipeline/models",
        "evaluation/metrics",
        "evaluation/conditions",
        "evaluation/drivers",
    }


def test_check(tmp_path: Path) -> None:
    import cv2

    from pipeline.drives.drive import DriveWriter, Frame, encode_jpeg
    from pipeline.inspection.drives import inspect_drives

    sharp = np.random.default_rng(0).integers(0, 255, (60, 160, 3), dtype=np.uint8)
    soft = cv2.GaussianBlur(sharp, (0, 0), 12)
    with DriveWriter(tmp_path / "d", name="d", recording="r", source="t", camera=None, facts={}) as writer:
        for index in range(40):
            jpeg = encode_jpeg(soft if 10 <= index < 20 else sharp)
            writer.append(Frame(0.05 * index, 8.0, 0.0, 0.0, jpeg))
    (finding,) = (each for each in inspect_drives([tmp_path / "d"]).findings if each.check == "blurred")
    assert (finding.value, finding.frames) == (25.0, ((10, 20),))


def test_reader(tmp_path: Path) -> None:
    from pipeline.drives.picture import to_jpeg
    from pipeline.ingestion.ingest import IngestConfig, ingest

    folder = tmp_path / "monday"
    folder.mkdir()
    (folder / "a.jpg").write_bytes(to_jpeg(np.full((20, 30, 3), 90, np.uint8)))
    rows = [
        ("time", "speed", "angle", "picture"),
        (0.0, 36, 15, "a.jpg"),
        (0.1, 36, "x", "a.jpg"),
        (0.2, 36, -15, "a.jpg"),
    ]
    with (folder / "log.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    summary = ingest(IngestConfig(reader="wheel_log", folders=(str(folder),)), tmp_path / "out")
    assert summary.kept == 2 and summary.quarantined == {"row unreadable": 1}

    from pipeline.drives.drive import Drive

    drive = Drive.open(tmp_path / "out" / summary.drives[0])
    expected = np.tan(np.radians(1.0)) / 2.7
    np.testing.assert_allclose(drive.curvature, [-expected, expected])
    np.testing.assert_allclose(drive.speed, 10.0)


def test_model() -> None:
    import torch

    from pipeline.models import make_model

    torch.set_num_threads(1)
    model = make_model("gru", {"units": 8}).eval()
    images = torch.randint(0, 255, (2, 3, 3, *model.input_size), dtype=torch.uint8)
    speed, dt = torch.full((2, 3), 8.0), torch.full((2, 3), 0.05)
    whole = model(images, speed, dt)
    assert whole.curvature.shape == (2, 3)
    state = model.initial_state(2)
    for step in range(3):
        now = slice(step, step + 1)
        output = model(images[:, now], speed[:, now], dt[:, now], state)
        state = output.state
        torch.testing.assert_close(output.curvature, whole.curvature[:, now])
    assert model.count().neurons == 8


def test_metric() -> None:
    from evaluation.metric import list_metrics, make_metric

    assert "largest_offset" in list_metrics()
    assert make_metric("largest_offset").unit == "m"


def test_condition() -> None:
    from evaluation.condition import label_condition, make_condition

    seen = Observation(np.zeros((2, 2, 3), np.uint8), 8.0, 0.0)
    rng = np.random.default_rng(0)
    assert make_condition("lost_frames:1").observe(seen, rng) is None
    assert make_condition("lost_frames:0").observe(seen, rng) is seen
    assert label_condition({"name": "lost_frames", "share": 0.2}) == "lost_frames"


def test_driver() -> None:
    from evaluation.benchmark import PolicySpec

    driver = PolicySpec("open_loop").load()
    (control,) = driver.act([None], [lane(0.02)])
    assert control.curvature == 0.02
