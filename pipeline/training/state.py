"""The state of an unfinished training, written after every epoch, so that a killed one goes on exactly where it was."""

import io
import pickle
from pathlib import Path
from typing import Any, NamedTuple

import torch

from pipeline.work.whole_file import explain_write_error, write_bytes
from simulator.errors import LiquidlaneError

STATE = "state.pt"


class TrainState(NamedTuple):
    """Where a training is after some epochs.

    settings: everything that its result depends on, as plain values. epochs: finished. model, optimiser, scheduler:
    their state dicts. history: one row per finished epoch.
    """

    settings: dict[str, Any]
    epochs: int
    model: dict[str, Any]
    optimiser: dict[str, Any]
    scheduler: dict[str, Any]
    history: list[dict[str, Any]]


def save_state(folder: Path, state: TrainState) -> None:
    """Write the state so that a kill leaves the one before or this one.

    Raises:
        LiquidlaneError: if the disk is full or can't be written.
    """
    buffer = io.BytesIO()
    torch.save(state._asdict(), buffer)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise explain_write_error(folder, error) from error
    write_bytes(folder / STATE, buffer.getvalue())


def load_state(folder: Path, settings: dict[str, Any]) -> TrainState | None:
    """Read the state of an unfinished training, or None if there is none.

    Raises:
        LiquidlaneError: if it is damaged, or belongs to a training with other settings.
    """
    path = folder / STATE
    if not path.exists():
        return None
    try:
        state = TrainState(**torch.load(path, weights_only=True))
    except (pickle.UnpicklingError, RuntimeError, EOFError, TypeError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise LiquidlaneError(f"{path} is damaged ({reason}); delete it to train from the start") from error
    if state.settings != settings:
        changed = [name for name in settings if settings[name] != state.settings.get(name)]
        raise LiquidlaneError(
            f"{path} belongs to an unfinished training with other values of {', '.join(changed)}; finish it with the "
            "old values, delete it, or train into another folder"
        )
    return state


def discard_state(folder: Path) -> None:
    """Remove the state of a training that is finished."""
    (folder / STATE).unlink(missing_ok=True)
