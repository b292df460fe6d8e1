"""Ingestion as a job: recordings of others become a folder of drives that is found again while they stay the same."""

import hashlib
from pathlib import Path

from pipeline.artifact import Recipe
from pipeline.executor import report_progress
from pipeline.ingestion import VERSION, IngestConfig, ingest
from pipeline.job import Job
from simulator.errors import LiquidlaneError


def ingest_job(config: IngestConfig, root: Path) -> Job:
    """Plan the ingestion of the recordings that a config names.

    Raises:
        LiquidlaneError: if a folder is not there.
    """
    values = config.model_dump(mode="json", exclude={"folders"})
    listing = [hash_listing(Path(folder)) for folder in config.folders]
    label = f"{config.reader}-{Path(config.folders[0]).name}" if config.folders else config.reader
    recipe = Recipe("ingest", VERSION, values | {"listing": [digest for digest, _ in listing]})
    return Job(root, label, recipe, _ingest, config, amount=max(1, sum(files for _, files in listing)))


def hash_listing(folder: Path) -> tuple[str, int]:
    """Give a hash of the names, sizes and times of all files in a folder, and their number."""
    if not folder.exists():
        raise LiquidlaneError(f"{folder}: there is no such recording; check recordings.folders in the config")
    digest = hashlib.sha256()
    files = sorted(file for file in folder.rglob("*") if file.is_file()) if folder.is_dir() else [folder]
    for file in files:
        status = file.stat()
        digest.update(f"{file.relative_to(folder)}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    return digest.hexdigest(), len(files)


def _ingest(config: IngestConfig, folder: Path) -> None:
    """Ingest, in a worker."""
    ingest(config, folder, report_progress)
