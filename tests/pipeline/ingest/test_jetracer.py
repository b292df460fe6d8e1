"""JetRacer: the real shots counted by hand; refused for sequences, accepted frame by frame."""

from pathlib import Path

import numpy as np
import pytest

from pipeline.dataset.dataset import ClipDataset, DatasetConfig
from simulator.errors import LiquidlaneError
from tests.pipeline.ingest import jetracer_source
from tests.pipeline.ingest.recorded import DRIVES, real, take_in


@real
def test_the_real_shots(tmp_path: Path) -> None:
    """By hand: 17 pictures of 160 px; targets from x = 47 (left of 80) to x = 88 (right)."""
    summary, (drive,) = take_in("jetracer", DRIVES / "jetracer_apex", tmp_path)
    assert (summary.kept, summary.quarantined) == (17, {})
    assert drive.facts["single_shots"] is True

    def curvature_of(target: int) -> float:
        return float(-np.tan(np.radians((target - 80) / 80 * 0.75 * 20)) / (0.17 * 16))

    assert drive.curvature.max() == pytest.approx(curvature_of(47))
    assert drive.curvature.min() == pytest.approx(curvature_of(88))
    assert np.isnan(drive.executed).all(), "nobody drove"


def test_no_sequence_comes_out_of_single_shots(tmp_path: Path) -> None:
    images = [np.full((60, 80, 3), 90, np.uint8)] * 20
    jetracer_source.write_recording(tmp_path / "apex", images, [0.01] * 20, [0.1 * index for index in range(20)])
    _, (drive,) = take_in("jetracer", tmp_path / "apex", tmp_path / "drives")
    with pytest.raises(LiquidlaneError, match=r"single shots .* no sequence .* dataset\.length=1"):
        ClipDataset([drive], DatasetConfig(length=8), (32, 64), cache=tmp_path / "cache")
    clips = ClipDataset([drive], DatasetConfig(length=1, stride=1), (32, 64), cache=tmp_path / "cache")
    assert len(clips) == 20
    assert clips[0].images.shape[0] == 1
