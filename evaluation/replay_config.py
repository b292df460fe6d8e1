"""How recordings are driven again, in plain values."""

from pydantic import Field

from evaluation.driver_name import DriverName
from simulator.config import Config


class ReplayConfig(Config):
    """How recordings are driven again."""

    drivers: tuple[DriverName, ...] = Field(("straight", "expert"), description="Drivers that bound the scale.")
    bootstrap: int = Field(4000, ge=100, le=1_000_000, description="Resamplings behind each interval.")
