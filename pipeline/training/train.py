"""Clips become a checkpoint. Resumes exactly, since order and augmentation depend on (seed, epoch, index) only."""

import logging
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from torch.utils.data import DataLoader

from pipeline.dataset.clip import Clip
from pipeline.dataset.dataset import ClipDataset, collate
from pipeline.dataset.epoch_order import EpochOrder
from pipeline.driver.checkpoint import Checkpoint, describe, load_model, read_history, save
from pipeline.driver.eyes import multiplies_bfloat16
from pipeline.driver.sequence import SequenceModel
from pipeline.models import make_config, make_model
from pipeline.training.config import TrackingConfig, TrainConfig
from pipeline.training.module import TrainModule
from pipeline.training.state import TrainState, discard_state, load_state, save_state
from pipeline.training.tracking import Tracker
from simulator.camera import Camera
from simulator.errors import LiquidlaneError
from simulator.randomness import derive_seed


def train(
    config: TrainConfig,
    model_name: str,
    model_overrides: Mapping[str, Any],
    dataset: ClipDataset,
    validation: ClipDataset | None,
    seed: int,
    folder: Path,
    *,
    start: Path | None = None,
    camera: Camera | None = None,
    tracking: TrackingConfig | None = None,
    report: Callable[[int], None] = lambda frames: None,
) -> Path:
    """Train a model into a checkpoint.

    If `folder` holds an unfinished training with the same settings, it goes on after its last whole epoch and ends
    with the very weights of an undisturbed one.

    Args:
        config: how.
        model_name: of a file in `pipeline/models`.
        model_overrides: its settings that differ from the defaults.
        dataset: clips to learn from, of the model's input size.
        validation: clips that are only measured, after every epoch; or None.
        seed: of start weights and of the order of clips.
        folder: of the checkpoint; also holds the state while training lasts.
        start: a checkpoint whose weights to go on from (after a DAgger round), instead of fresh ones.
        camera: that filmed the drives, if known; the driver warns when it later sees another view.
        tracking: where to log; None logs nothing.
        report: is told the number of frames of every finished step; `training_frames` in all.

    Returns:
        `folder`, now holding a checkpoint.

    Raises:
        LiquidlaneError: if the loss becomes NaN, the start is another model, or the disk is full.
    """
    torch.set_num_threads(1)
    settings = make_config(model_name, model_overrides).model_dump(mode="json")
    history, round_number = _past(start, model_name, settings)
    facts = _settle(config, dataset, model=model_name, settings=settings, seed=seed, round=round_number)
    facts["start"] = describe(start).weights_sha256 if start else None
    resumed = load_state(folder, facts)
    model = load_model(start) if start else make_model(model_name, settings, seed=seed)
    if resumed:
        model.load_state_dict(resumed.model)
        history = resumed.history
        report(resumed.epochs * _frames_per_epoch(config, dataset))
    with Tracker(tracking, folder.name.removesuffix(".part"), facts) as tracker:
        module = _fit(config, model, dataset, validation, folder, facts, history, resumed, report, tracker)
    metrics = {name: module.history[-1][name] for name in ("loss", "auxiliary", "validation")}
    told = dataset.statements()
    settled = facts["train"] | ({"drives": told} if told else {})
    seen = _describe_input(dataset)
    about = Checkpoint(model_name, settings, seed, camera=camera, train=settled, metrics=metrics, **seen)
    save(folder, model, about, module.history)
    discard_state(folder)
    return folder


def _describe_input(dataset: ClipDataset) -> dict[str, Any]:
    """Say what of a picture the model sees, in the checkpoint's words."""
    config = dataset.config
    return {
        "bottom": config.bottom,
        "view": config.view.model_dump() if config.view else None,
        "cameras": {source: stated.model_dump() for source, stated in config.cameras.items()},
    }


def training_frames(config: TrainConfig, dataset: ClipDataset) -> int:
    """Say how many frames a training works through in all, for a progress bar."""
    return config.epochs * _frames_per_epoch(config, dataset)


def _settle(config: TrainConfig, dataset: ClipDataset, **facts: Any) -> dict[str, Any]:
    """Say all that a training depends on: one that was interrupted goes on only if none of it has changed."""
    return {
        "train": _resolve(config).model_dump(mode="json", exclude={"loader_workers"}),
        "dataset": dataset.config.model_dump(mode="json"),
        "clips": len(dataset),
        **facts,
    }


def _resolve(config: TrainConfig) -> TrainConfig:
    """Choose the precision for this machine, if the config leaves it open."""
    if config.precision != "auto":
        return config
    return config.model_copy(update={"precision": "bfloat16" if multiplies_bfloat16() else "float32"})


def _past(start: Path | None, model_name: str, settings: dict[str, Any]) -> tuple[list[dict[str, Any]], int]:
    """Give the history that a training goes on from, and the number of its round."""
    if start is None:
        return [], 0
    about = describe(start)
    # settings that are younger than the checkpoint had their defaults then
    if about.model != model_name or make_config(model_name, about.settings).model_dump(mode="json") != settings:
        raise LiquidlaneError(
            f"{start} holds the model {about.model} {about.settings}, which can't go on as {model_name} {settings}; "
            "start from a checkpoint of the same model and settings"
        )
    history = read_history(start)
    return history, max((row["round"] for row in history), default=-1) + 1


def _fit(
    config: TrainConfig,
    model: SequenceModel,
    dataset: ClipDataset,
    validation: ClipDataset | None,
    folder: Path,
    facts: dict[str, Any],
    history: list[dict[str, Any]],
    resumed: TrainState | None,
    report: Callable[[int], None],
    tracker: Tracker,
) -> TrainModule:
    bends = dataset.bends() if dataset.config.balance_batches else None
    order = EpochOrder(dataset, derive_seed(facts["seed"], f"round/{facts['round']}"), config.batch, bends)

    def begin(epoch: int) -> None:
        # epochs of later rounds go on counting, so that their clips are cut and varied anew
        order.epoch = epoch
        dataset.set_epoch(facts["round"] * 1000 + epoch)
        torch.manual_seed(derive_seed(facts["seed"], f"steps/{facts['round']}", epoch))

    def finish(state: TrainState) -> None:
        save_state(folder, state)
        tracker.log_epoch(state.history[-1], model, validation)

    model.eyes.half_precision = _resolve(config).precision == "bfloat16"
    module = TrainModule(
        model,
        config,
        steps=config.epochs * _steps_per_epoch(config, dataset),
        settings=facts,
        history=history,
        resumed=resumed,
        begin=begin,
        report=report,
        finish=finish,
    )
    begin(module.finished_epochs)
    left = config.epochs - module.finished_epochs
    if left:
        unseen = None if validation is None else _load(config, validation)
        _make_trainer(config, left).fit(module, _load(config, dataset, order), unseen)
    model.eyes.half_precision = False
    return module


def _make_trainer(config: TrainConfig, epochs: int) -> pl.Trainer:
    for name in ("pytorch_lightning", "lightning.pytorch", "lightning_fabric"):
        logging.getLogger(name).setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module=r"pytorch_lightning|lightning_fabric")
    return pl.Trainer(
        max_epochs=epochs,
        accelerator="auto",
        devices=1,
        gradient_clip_val=config.clip_norm,
        num_sanity_val_steps=0,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        use_distributed_sampler=False,
    )


def _load(config: TrainConfig, clips: ClipDataset, order: EpochOrder | None = None) -> DataLoader[Clip]:
    return DataLoader(
        clips,
        batch_size=config.batch,
        sampler=order,
        drop_last=order is not None and len(clips) >= config.batch,
        num_workers=config.loader_workers,
        persistent_workers=config.loader_workers > 0,
        collate_fn=collate,
        multiprocessing_context="spawn" if config.loader_workers else None,
    )


def _steps_per_epoch(config: TrainConfig, dataset: ClipDataset) -> int:
    return max(len(dataset) // config.batch, 1)


def _frames_per_epoch(config: TrainConfig, dataset: ClipDataset) -> int:
    clips = min(config.batch, len(dataset)) * _steps_per_epoch(config, dataset)
    return clips * dataset.config.length
