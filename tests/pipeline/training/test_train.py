"""Training: the loss, the order, the exact resume after kill -9, and what goes wrong in words."""

import math
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from pipeline.dataset.clip import AUXILIARY
from pipeline.dataset.dataset import ClipBatch, ClipDataset
from pipeline.dataset.epoch_order import EpochOrder
from pipeline.driver.checkpoint import describe, load_model, read_history
from pipeline.driver.sequence import AUXILIARY_SCALES, Output
from pipeline.training.config import TrackingConfig, TrainConfig
from pipeline.training.loss import measure_loss
from pipeline.training.state import STATE
from pipeline.training.train import train, training_frames
from simulator.errors import LiquidlaneError
from tests.pipeline.drawn_drives import make_clips
from tests.pipeline.training.train_and_die import CONFIG, train_until

SHORT = TrainConfig(epochs=2, batch=4)


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> ClipDataset:
    return make_clips(tmp_path_factory.mktemp("clips"), drives=2, frames=72)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train_until(tmp_path_factory.mktemp("undisturbed"), math.inf)


@pytest.mark.parametrize("dies_after", [30, 130])
def test_killed_training_ends_with_the_same_bytes(tmp_path: Path, undisturbed: Path, dies_after: int) -> None:
    """48 frames an epoch: killed in the first and in the third and last epoch."""
    child = subprocess.run(
        [sys.executable, "-m", "tests.pipeline.training.train_and_die", str(tmp_path), str(dies_after)],
        cwd=Path(__file__).parents[3],
        check=False,
    )
    assert child.returncode == -signal.SIGKILL
    folder = tmp_path / "checkpoint"
    assert (folder / STATE).exists() is (dies_after > 48)
    assert not (folder / "checkpoint.json").exists()
    resumed = train_until(tmp_path, math.inf)
    for name in ("weights.safetensors", "history.json", "checkpoint.json"):
        assert (resumed / name).read_bytes() == (undisturbed / name).read_bytes(), name
    assert sorted(path.name for path in resumed.iterdir()) == sorted(path.name for path in undisturbed.iterdir())


def test_history_and_metrics(undisturbed: Path) -> None:
    history = read_history(undisturbed)
    assert [(row["round"], row["epoch"]) for row in history] == [(0, 1), (0, 2), (0, 3)]
    assert all(math.isfinite(row[name]) for row in history for name in ("loss", "auxiliary", "validation"))
    about = describe(undisturbed)
    assert about.metrics["validation"] == history[-1]["validation"]
    assert about.train["learning_rate"] == CONFIG.learning_rate


def test_training_learns_to_see_the_line(tmp_path: Path, clips: ClipDataset) -> None:
    config = TrainConfig(epochs=15, batch=6, learning_rate=4e-3)
    history = read_history(train(config, "cnn", {}, clips, clips, 0, tmp_path / "cnn"))
    assert history[-1]["validation"] < 0.1 * history[0]["validation"]
    assert history[-1]["auxiliary"] < 0.5 * history[0]["auxiliary"]


def test_going_on_from_a_checkpoint(tmp_path: Path, clips: ClipDataset) -> None:
    first = train(SHORT, "cnn", {}, clips, None, 0, tmp_path / "first")
    config = TrainConfig(epochs=1, batch=4, learning_rate=1e-7)
    second = train(config, "cnn", {}, clips, clips, 0, tmp_path / "second", start=first)
    assert [(row["round"], row["epoch"]) for row in read_history(second)] == [(0, 1), (0, 2), (1, 1)]
    old, new = load_model(first).state_dict(), load_model(second).state_dict()
    assert all(torch.allclose(old[name], new[name], atol=1e-5) for name in old)
    assert not all(torch.equal(old[name], new[name]) for name in old)
    with pytest.raises(LiquidlaneError, match="can't go on as lstm"):
        train(config, "lstm", {}, clips, None, 0, tmp_path / "third", start=first)


def test_reported_frames_are_those_announced(tmp_path: Path, clips: ClipDataset) -> None:
    done: list[int] = []
    train(SHORT, "cnn", {}, clips, None, 0, tmp_path / "cnn", report=done.append)
    assert sum(done) == training_frames(SHORT, clips) == 2 * 4 * 4 * 8
    large = TrainConfig(epochs=1, batch=64)
    done.clear()
    train(large, "cnn", {}, clips, None, 0, tmp_path / "large", report=done.append)
    assert sum(done) == training_frames(large, clips) == 18 * 8


def test_state_of_another_training_is_not_continued(tmp_path: Path, clips: ClipDataset) -> None:
    folder = tmp_path / "cnn"

    def stop(frames: int) -> None:
        if (folder / STATE).exists():
            raise KeyboardInterrupt

    with pytest.raises((KeyboardInterrupt, SystemExit)):
        train(SHORT, "cnn", {}, clips, None, 0, folder, report=stop)
    with pytest.raises(LiquidlaneError, match="other values of train"):
        train(TrainConfig(epochs=3, batch=4), "cnn", {}, clips, None, 0, folder)
    with pytest.raises(LiquidlaneError, match="other values of seed"):
        train(SHORT, "cnn", {}, clips, None, 1, folder)
    (folder / STATE).write_bytes((folder / STATE).read_bytes()[:1000])
    with pytest.raises(LiquidlaneError, match="damaged"):
        train(SHORT, "cnn", {}, clips, None, 0, folder)


def test_a_loss_that_is_no_number_is_told(tmp_path: Path, clips: ClipDataset) -> None:
    broken = make_clips(tmp_path / "broken", drives=1, frames=40)
    broken._series[0].curvature[:] = 10.0  # a radius of 10 cm: exp(200) overflows
    with pytest.raises(LiquidlaneError, match=r"loss became \w+ in step 1 of epoch 1; lower train.learning_rate"):
        train(SHORT, "cnn", {}, broken, None, 0, tmp_path / "cnn")
    assert not (tmp_path / "cnn").exists()


def make_loss_input(steps: int = 5) -> tuple[Output, ClipBatch]:
    random = np.random.default_rng(0)

    def draw(scale: float) -> torch.Tensor:
        return torch.tensor(random.normal(0, scale, (3, steps)), dtype=torch.float32)

    told = {name: draw(0.1) for name in AUXILIARY_SCALES}
    batch = ClipBatch(torch.zeros(0), draw(1), draw(1), draw(0.02), {n: draw(0.1) for n in told}, draw(1).abs())
    return Output(draw(0.02), None, told), batch


def test_loss_is_the_papers_formula() -> None:
    output, batch = make_loss_input()
    driving, _ = measure_loss(output, batch, alpha=0.7, burn_in=2).means()
    y, guess, given = (x.numpy().astype(float)[:, 2:] for x in (batch.curvature, output.curvature, batch.weight))
    weight = given * np.exp(0.7 * np.abs(20 * y))
    assert driving.item() == pytest.approx((weight * (20 * guess - 20 * y) ** 2).sum() / weight.sum(), rel=1e-5)


def test_unknown_auxiliary_targets_do_not_count() -> None:
    output, batch = make_loss_input()
    _, all_known = measure_loss(output, batch, alpha=1, burn_in=0).means()
    expected = np.mean(
        [
            (scale * (output.auxiliary[name] - batch.auxiliary[name]).numpy()) ** 2
            for name, scale in AUXILIARY_SCALES.items()
        ]
    )
    assert all_known.item() == pytest.approx(float(expected), rel=1e-5)
    unknown = {name: torch.full_like(values, math.nan) for name, values in batch.auxiliary.items()}
    loss = measure_loss(output, batch._replace(auxiliary=unknown), alpha=1, burn_in=0)
    assert loss.means()[1].item() == 0
    unknown["offset"] = batch.auxiliary["offset"].clone()
    unknown["offset"][0, 0] = math.nan
    known = (output.auxiliary["offset"] - batch.auxiliary["offset"]).square()
    loss = measure_loss(output, batch._replace(auxiliary=unknown), alpha=1, burn_in=0)
    assert loss.means()[1].item() == pytest.approx((known.sum() - known[0, 0]).item() / (known.numel() - 1), rel=1e-5)


def test_gradient_of_unknown_targets_is_a_number() -> None:
    output, batch = make_loss_input()
    told = output.auxiliary["offset"].requires_grad_()
    batch.auxiliary["offset"][:] = math.nan
    sum(measure_loss(output, batch, alpha=1, burn_in=0).means()).backward()  # type: ignore[union-attr]
    assert told.grad is not None and not told.grad.any()


def test_auxiliary_targets_are_those_of_the_clips() -> None:
    assert AUXILIARY_SCALES.keys() == AUXILIARY.keys()


def test_order_covers_all_clips_and_follows_seed_and_epoch() -> None:
    order = EpochOrder(range(50), seed=1)
    first = list(order)
    assert sorted(first) == list(range(50)) and first == list(order)
    order.epoch = 1
    assert first != list(order)
    assert first != list(EpochOrder(range(50), seed=2))


def test_configs_are_strict() -> None:
    for wrong in ({"epochs": 0}, {"learning_rate": -1.0}, {"alpha": float("nan")}, {"epoch": 3}, {"batch": "many"}):
        with pytest.raises(ValidationError):
            TrainConfig(**wrong)
    with pytest.raises(ValidationError):
        TrackingConfig(mode="sometimes")


def test_tracking_offline_writes_a_run_and_changes_no_weight(tmp_path: Path, clips: ClipDataset) -> None:
    tracking = TrackingConfig(folder=str(tmp_path / "tracking"))
    tracked = train(SHORT, "cnn", {}, clips, clips, 0, tmp_path / "tracked", tracking=tracking)
    plain = train(SHORT, "cnn", {}, clips, clips, 0, tmp_path / "plain")
    assert (tracked / "weights.safetensors").read_bytes() == (plain / "weights.safetensors").read_bytes()
    assert list((tmp_path / "tracking").rglob("*.wandb"))
    assert len(list((tmp_path / "tracking").rglob("clip_*.png"))) == 2


def test_online_tracking_without_a_server_is_told_in_time(
    tmp_path: Path, clips: ClipDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANDB_API_KEY", "0" * 40)
    monkeypatch.setenv("WANDB_BASE_URL", "http://127.0.0.1:9")
    tracking = TrackingConfig(mode="online", folder=str(tmp_path / "tracking"), timeout=2)
    with pytest.raises(LiquidlaneError, match="within 2 s.*tracking.mode to offline"):
        train(SHORT, "cnn", {}, clips, None, 0, tmp_path / "cnn", tracking=tracking)
