"""The order of clips: by lot as ever, or with every bend in every minibatch."""

import math
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.dataset.dataset import ClipDataset, DatasetConfig
from pipeline.dataset.epoch_order import MOST_OFTEN, EpochOrder, bin_bends, share_out
from pipeline.driver.checkpoint import describe
from pipeline.training.config import TrainConfig
from pipeline.training.train import train
from simulator.randomness import make_generator
from tests.pipeline.drawn_drives import write_drive


def test_without_balance_the_order_is_what_it_was() -> None:
    for epoch in (0, 3):
        order = EpochOrder(range(57), seed=4, batch=8)
        order.epoch = epoch
        assert list(order) == make_generator(4, "order", epoch).permutation(57).tolist()


@settings(deadline=None, max_examples=80)
@given(
    amounts=st.lists(st.integers(1, 300), min_size=1, max_size=7),
    batch=st.integers(1, 64),
    seed=st.integers(0, 5),
)
def test_every_minibatch_holds_its_share_of_every_bend(amounts: list[int], batch: int, seed: int) -> None:
    centres = np.array([-0.05, -0.02, -0.005, 0.0, 0.005, 0.02, 0.05])
    bends = np.repeat(centres[: len(amounts)], amounts)
    bends = make_generator(seed, "shuffle").permutation(bends)
    if len(bends) < batch:
        return
    order = EpochOrder(range(len(bends)), seed, batch, bends)
    drawn = np.array(list(order))
    assert len(drawn) == len(order) == len(bends)
    kinds = bin_bends(bends)
    whole = len(bends) // batch
    share = share_out(np.bincount(kinds)[np.unique(kinds)], batch, whole)
    assert share.sum() == pytest.approx(batch)
    batches = drawn[: whole * batch].reshape(whole, batch)
    for indices in batches:
        held = np.array([(kinds[indices] == kind).sum() for kind in np.unique(kinds)])
        assert (np.abs(held - share) < 1 + 1e-6).all(), f"{held} instead of {share}"
    totals = np.array([(kinds[batches] == kind).sum() for kind in np.unique(kinds)])
    assert (np.abs(totals - whole * share) < 3 + np.log2(whole)).all()
    common = share < share.max() - 1e-9  # what could not be filled has as many as its clips allow
    assert (share[common] <= np.bincount(kinds)[np.unique(kinds)][common] * MOST_OFTEN / whole + 1e-9).all()


def test_epochs_draw_others_and_are_the_same_again() -> None:
    bends = np.concatenate([np.zeros(400), np.full(40, 0.05), np.full(40, -0.05)])
    order = EpochOrder(range(480), 1, 16, bends)
    seen: Counter[int] = Counter()
    first = list(order)
    for epoch in range(40):
        order.epoch = epoch
        seen.update(order)
    assert set(seen) == set(range(480)), "every clip has its turn"
    order.epoch = 0
    assert list(order) == first
    rare = Counter(first)
    assert max(rare.values()) <= MOST_OFTEN + 1
    assert {len([i for i in first[16 * b : 16 * b + 16] if i >= 440]) for b in range(30)} <= {5, 6}


def test_a_training_with_balanced_batches_goes_through_and_says_so(tmp_path: Path) -> None:
    drives = [write_drive(tmp_path / f"d{seed}", seed, 120) for seed in range(2)]

    def make(**changes: bool) -> ClipDataset:
        config = DatasetConfig(length=8, stride=8, **changes)
        return ClipDataset(drives, config, (32, 100), cache=tmp_path / "cache")

    settings = TrainConfig(epochs=1, batch=4)
    shas = {}
    for name, clips in (
        ("plain", make()),
        ("balanced", make(balance_batches=True)),
        ("again", make(balance_batches=True)),
    ):
        train(settings, "cnn", {}, clips, None, 0, tmp_path / name)
        about = describe(tmp_path / name)
        shas[name] = about.weights_sha256
        told = about.train.get("drives")
        assert told == (None if name == "plain" else ["every minibatch holds its share of every bend"])
        assert math.isfinite(about.metrics["loss"] or math.nan)
    assert shas["balanced"] == shas["again"] != shas["plain"]
