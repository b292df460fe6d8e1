"""A trained driver in a folder that describes itself: `load("checkpoints/ncp")` needs nothing else.

checkpoint.json       what it is: model, settings, camera, scales, counts, metrics, versions; written last
weights.safetensors   its weights
history.json          losses of every epoch of its training
"""

import hashlib
import json
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safetensors import SafetensorError
from safetensors.torch import load as load_weights
from safetensors.torch import save as pack_weights

from pipeline.driver.sequence import SPEED_SCALE, TARGET_SCALE, Counts, SequenceModel
from pipeline.models import make_model
from pipeline.work.artifact import installed_versions
from pipeline.work.whole_file import explain_write_error, write_bytes, write_text
from simulator.camera import Camera
from simulator.errors import LiquidlaneError

if TYPE_CHECKING:
    from pipeline.driver.policy import LearnedPolicy

FORMAT_VERSION = 1
DESCRIPTION, WEIGHTS, HISTORY = "checkpoint.json", "weights.safetensors", "history.json"
PACKAGES = ("liquidlane", "torch", "numpy", "ncps", "pytorch-lightning", "albumentations", "opencv-python-headless")


@dataclass(frozen=True)
class Checkpoint:
    """What a checkpoint says of itself.

    model: its name. settings: all its settings. seed: of weights and training. camera: that filmed the drives, or
    None. bottom: rows at the lower edge of its images that were left out [px]. view: see `pipeline.driver.view.View`,
    or None. cameras: stated for sources of recordings that do not know theirs, see `pipeline.driver.view.StatedCamera`.
    train: settings of the training. metrics: of the last epoch. counts: see `Counts`. versions, commit: of the code
    that made it. The rest is filled in by `save`.
    """

    model: str
    settings: dict[str, Any]
    seed: int
    camera: Camera | None = None
    bottom: int = 0
    view: dict[str, Any] | None = None
    cameras: dict[str, Any] = field(default_factory=dict)
    train: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, float | None] = field(default_factory=dict)
    counts: dict[str, Any] = field(default_factory=dict)
    input_size: tuple[int, int] = (0, 0)
    target_scale: float = TARGET_SCALE
    speed_scale: float = SPEED_SCALE
    versions: dict[str, str] = field(default_factory=dict)
    commit: str | None = None
    weights_sha256: str = ""
    format_version: int = FORMAT_VERSION


def save(folder: Path, model: SequenceModel, about: Checkpoint, history: list[dict[str, Any]]) -> None:
    """Write a checkpoint; until its last file is in place, the folder holds none.

    Args:
        folder: is made if it does not exist.
        model: whose weights are saved.
        about: what the caller knows; counts, input size, versions and hashes are filled in here.
        history: one row of plain values per epoch.

    Raises:
        LiquidlaneError: if a weight is not finite, or the disk is full or can't be written.
    """
    weights = {name: value.detach().cpu().contiguous() for name, value in model.state_dict().items()}
    for name, value in weights.items():
        if not bool(value.isfinite().all()):
            raise LiquidlaneError(
                f"{folder}: {name} of the trained {about.model} is not finite; lower train.learning_rate"
            )
    packed = pack_weights(weights)
    values = asdict(about) | {
        "camera": about.camera.to_dict() if about.camera else None,
        "counts": asdict(model.count()),
        "input_size": list(model.input_size),
        "versions": {"python": sys.version.split()[0], **installed_versions(PACKAGES)},
        "commit": find_commit(),
        "weights_sha256": hashlib.sha256(packed).hexdigest(),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / DESCRIPTION).unlink(missing_ok=True)
    except OSError as error:
        raise explain_write_error(folder, error) from error
    write_bytes(folder / WEIGHTS, packed)
    write_text(folder / HISTORY, json.dumps(history, indent=1))
    write_text(folder / DESCRIPTION, json.dumps(values, indent=1))


def describe(folder: Path) -> Checkpoint:
    """Read what a checkpoint says of itself.

    Raises:
        LiquidlaneError: if there is no finished checkpoint, or it has another format version.
    """
    path = Path(folder) / DESCRIPTION
    try:
        values = json.loads(path.read_text())
        version = values["format_version"]
    except (FileNotFoundError, NotADirectoryError) as error:
        raise LiquidlaneError(
            f"{folder} holds no finished checkpoint ({DESCRIPTION} is missing); give the folder of a trained driver"
        ) from error
    except (ValueError, TypeError, KeyError) as error:
        raise LiquidlaneError(f"{path} is damaged ({error}); train this driver again or copy it anew") from error
    if version != FORMAT_VERSION:
        raise LiquidlaneError(
            f"{path} has format version {version}, this program reads {FORMAT_VERSION}; train this driver again, or "
            "use the version of liquidlane that made it"
        )
    try:
        camera = Camera.from_dict(values["camera"]) if values["camera"] else None
        return Checkpoint(**(values | {"camera": camera, "input_size": tuple(values["input_size"])}))
    except (TypeError, KeyError, AttributeError) as error:
        raise LiquidlaneError(f"{path} is damaged ({error}); train this driver again or copy it anew") from error


def load_model(folder: Path) -> SequenceModel:
    """Load the model of a checkpoint, ready to drive.

    Raises:
        LiquidlaneError: if something is missing, damaged or of another version.
    """
    about = describe(folder)
    path = Path(folder) / WEIGHTS
    try:
        packed = path.read_bytes()
    except FileNotFoundError as error:
        raise LiquidlaneError(f"{path} is missing; copy the whole folder of the checkpoint") from error
    if hashlib.sha256(packed).hexdigest() != about.weights_sha256:
        raise LiquidlaneError(f"{path} is damaged (its checksum differs from {DESCRIPTION}'s); copy it anew")
    model = make_model(about.model, about.settings)
    try:
        model.load_state_dict(load_weights(packed))
    except (SafetensorError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise LiquidlaneError(f"{path} does not fit the model {about.model} of this version: {reason}") from error
    return model.eval()


def load(folder: Path | str) -> "LearnedPolicy":
    """Load a checkpoint as a driver. Sets torch to one thread: more only slow such small networks down.

    Raises:
        LiquidlaneError: if something is missing, damaged or of another version.
    """
    import torch

    from pipeline.driver.policy import LearnedPolicy
    from pipeline.driver.view import View

    torch.set_num_threads(1)
    about = describe(Path(folder))
    model, view = load_model(Path(folder)), View(**about.view) if about.view else None
    return LearnedPolicy(model, name=str(folder), camera=about.camera, bottom=about.bottom, view=view)


def read_history(folder: Path) -> list[dict[str, Any]]:
    """Read the losses of every epoch: rows of round, epoch, loss, auxiliary, validation, learning_rate.

    Raises:
        LiquidlaneError: if the file is missing or damaged.
    """
    path = Path(folder) / HISTORY
    try:
        rows: list[dict[str, Any]] = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise LiquidlaneError(f"{path} can't be read ({error}); copy the whole folder of the checkpoint") from error
    return rows


def counts(about: Checkpoint) -> Counts:
    """Give the counts that a checkpoint states."""
    return Counts(**about.counts)


def find_commit() -> str | None:
    """Give the git commit of this code, or None outside of a repository."""
    command = ["git", "-C", str(Path(__file__).parent), "rev-parse", "HEAD"]
    try:
        found = subprocess.run(command, capture_output=True, text=True, timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return found.stdout.strip() or None
