"""A folder that says what made it: found again by its fingerprint, never half written.

A fingerprint covers the stage's name, its VERSION, the part of the config that it reads and the fingerprints of what
it was made from. The manifest is written last, into a folder that is then renamed into place: a folder with a manifest
is whole, and whatever a kill leaves behind is swept away by the next run.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from pipeline.stage_sources import hash_sources
from pipeline.work.whole_file import explain_write_error, is_refusal, sync_folder, write_text

MANIFEST = "artifact.json"
PART_SUFFIX = ".part"
RECORDED_PACKAGES = ("torch", "numba", "numpy", "carla", "albumentations", "opencv-python-headless")


@dataclass(frozen=True, slots=True)
class Recipe:
    """What makes an artifact, and so what its fingerprint covers.

    stage: the name of the stage. version: its VERSION, raised whenever its results change. config: plain values, the
    part of the experiment that the stage reads. inputs: fingerprints of the artifacts that it is made from.
    """

    stage: str
    version: int
    config: Mapping[str, Any]
    inputs: tuple[str, ...] = ()

    @property
    def fingerprint(self) -> str:
        """Give 64 hexadecimal digits that change with anything that matters."""
        content = {
            "stage": self.stage,
            "version": self.version,
            "config": self.config,
            "inputs": list(self.inputs),
        }
        return hashlib.sha256(canonical_json(content).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Artifact:
    """A finished folder and the fingerprint of its recipe."""

    path: Path
    fingerprint: str


def canonical_json(value: Any) -> str:
    """Give the one JSON text of plain values: sorted keys, no blanks, no NaN."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def folder_of(root: Path, label: str, recipe: Recipe) -> Path:
    """Say where an artifact lives: a readable label and the head of its fingerprint."""
    return root / f"{label}-{recipe.fingerprint[:12]}"


def part_of(root: Path, label: str, recipe: Recipe) -> Path:
    """Say where an artifact grows until it is whole."""
    final = folder_of(root, label, recipe)
    return final.with_name(final.name + PART_SUFFIX)


def sweep(root: Path, label: str, recipe: Recipe) -> None:
    """Remove what an interrupted `make` left of an artifact."""
    shutil.rmtree(part_of(root, label, recipe), ignore_errors=True)


def find(root: Path, label: str, recipe: Recipe) -> Artifact | None:
    """Give the finished artifact of this recipe, or None if it has yet to be made."""
    folder = folder_of(root, label, recipe)
    manifest = read_manifest(folder)
    if manifest is None or manifest.get("fingerprint") != recipe.fingerprint:
        return None
    return Artifact(folder, recipe.fingerprint)


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """Read a folder's manifest; None if there is none or it can't be read (then the folder is not whole)."""
    try:
        loaded: dict[str, Any] = json.loads((folder / MANIFEST).read_text())
    except (FileNotFoundError, NotADirectoryError, json.JSONDecodeError, UnicodeDecodeError):
        return None
    return loaded


@contextmanager
def make(root: Path, label: str, recipe: Recipe, *, resumable: bool = False) -> Iterator[Path]:
    """Give a folder to fill; when the block ends well it becomes the artifact, otherwise nothing is left.

    Args:
        root: where artifacts of this kind live.
        label: the readable head of the folder's name.
        recipe: what the folder is made of.
        resumable: keep an unfinished folder, so that a killed stage goes on where it was.

    Raises:
        LiquidlaneError: if the disk is full or can't be written.
    """
    final, part = folder_of(root, label, recipe), part_of(root, label, recipe)
    try:
        if part.exists() and not resumable:
            shutil.rmtree(part)
        part.mkdir(parents=True, exist_ok=True)
        yield part
        write_manifest(part, recipe)
        if final.exists():
            shutil.rmtree(final)
        part.rename(final)
        sync_folder(root)
    except BaseException as error:
        if not resumable:
            shutil.rmtree(part, ignore_errors=True)
        if isinstance(error, OSError) and is_refusal(error):
            raise explain_write_error(part, error) from error
        raise


def write_manifest(folder: Path, recipe: Recipe) -> None:
    """Write down what made a folder, last of all and in one piece."""
    manifest = {
        "fingerprint": recipe.fingerprint,
        "stage": recipe.stage,
        "version": recipe.version,
        "config": recipe.config,
        "inputs": list(recipe.inputs),
        "sources": hash_sources(recipe.stage),
        "packages": installed_versions(),
    }
    write_text(folder / MANIFEST, json.dumps(manifest, indent=1, sort_keys=True))


def installed_versions(packages: Sequence[str] = RECORDED_PACKAGES) -> dict[str, str]:
    """Give the versions of the packages whose change could change results."""
    versions = {}
    for package in packages:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            versions[package] = "absent"
    return versions


def reuse_or_make(
    root: Path, label: str, recipe: Recipe, fill: Callable[[Path], None], *, resumable: bool = False
) -> Artifact:
    """Give the artifact of a recipe, filling its folder only if it is not there yet."""
    found = find(root, label, recipe)
    if found is not None:
        return found
    with make(root, label, recipe, resumable=resumable) as folder:
        fill(folder)
    return Artifact(folder_of(root, label, recipe), recipe.fingerprint)


def warn_of_other_sources(artifact: Artifact, stage: str) -> str | None:
    """Give a warning if a reused artifact was made by other sources or packages, else None."""
    manifest = read_manifest(artifact.path) or {}
    changed = [
        f"{name} {manifest.get('packages', {}).get(name)} → {version}"
        for name, version in installed_versions().items()
        if manifest.get("packages", {}).get(name) != version
    ]
    if manifest.get("sources") != hash_sources(stage):
        changed.append("its source files")
    if not changed:
        return None
    changes = ", ".join(changed)
    return f"{artifact.path.name} is reused although {changes} changed since; raise {stage}'s VERSION to remake it"
