"""Clear noon, nothing changed: what every other condition is compared with."""

from typing import TYPE_CHECKING

from evaluation.condition import Condition

if TYPE_CHECKING:
    from simulator.world_config import WorldConfig

WEATHER = "ClearNoon"


class Clear(Condition):
    """Drive at clear noon."""

    @property
    def words(self) -> str:
        """Say it in a sentence."""
        return "in clear weather"

    def setup(self, config: "WorldConfig", road: str) -> "WorldConfig":
        """Set CARLA's weather preset."""
        return config.model_copy(update={"weather": WEATHER})
