"""Ingestion as a job: recordings of others become a folder of drives that is found again while they stay the same."""

from dataclasses import replace
from pathlib import Path

from pipeline.ingestion.ingest import VERSION, IngestConfig, ingest
from pipeline.ingestion.plan import count_frames, find_recordings, fingerprint_sources, unpacked_beside
from pipeline.work.artifact import Recipe
from pipeline.work.executor import report_progress
from pipeline.work.job import Job


def ingest_job(config: IngestConfig, root: Path) -> Job:
    """Plan the ingestion of the recordings that a config names.

    Raises:
        LiquidlaneError: if a folder is not there or holds no recording.
    """
    values = config.model_dump(mode="json", exclude={"folders"})
    recipe = Recipe("ingest", VERSION, values | {"sources": fingerprint_sources(config)})
    names = "-".join(Path(folder).name for folder in config.folders)[:60]
    job = Job(root, f"{config.reader}-{names}", recipe, _ingest, config, resumable=True)
    if job.done:
        return job
    amount = count_frames(find_recordings(config, unpacked_beside(job.artifact.path)))
    return replace(job, amount=amount)


def _ingest(config: IngestConfig, folder: Path) -> None:
    """Ingest, in a worker."""
    ingest(config, folder, report_progress)
