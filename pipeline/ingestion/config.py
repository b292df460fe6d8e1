"""Which recordings become drives."""

from typing import Any

from pydantic import Field

from simulator.config import Config


class IngestConfig(Config):
    """Which recordings become drives, and how."""

    reader: str = Field("udacity", description="How the recordings are stored: a file in pipeline/ingest.")
    folders: tuple[str, ...] = Field((), description="Folders, files or archives that hold recordings.")
    gap: float = Field(0.5, gt=0, description="A pause longer than this cuts a recording into several drives [s].")
    longest: float = Field(
        120.0, gt=1, description="A drive longer than this is cut, so that processes can share it [s]."
    )
    options: dict[str, Any] = Field({}, description="What only this reader knows, such as assumed measures.")
