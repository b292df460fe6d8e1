"""PilotNet (Bojarski et al. 2016, "End to End Learning for Self-Driving Cars"): 252,219 weights at 66 x 200 pixels."""

from pydantic import Field
from torch import Tensor

from pipeline.driver.eyes import PilotEyes
from pipeline.driver.sequence import Counts, SequenceModel
from pipeline.models.cnn import count_layers, make_layers
from simulator.config import Config as BaseConfig


class Config(BaseConfig):
    """Settings of PilotNet."""

    see_speed: bool = Field(default=False, description="whether the fully connected layers get the speed too")


class Model(SequenceModel):
    """Five convolutions without padding, then 100, 50, 10 and 1 neurons; no state. Sees RGB, not the original's YUV."""

    def __init__(self, config: Config) -> None:
        super().__init__(PilotEyes((66, 200), (5, 5, 5, 3, 3)), see_speed=config.see_speed)
        self.layers = make_layers(self.controller_features, (100, 50, 10, 1))

    def control(self, features_BTF: Tensor, dt_BT: Tensor, state_BS: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """See `SequenceModel.control`; each image is judged by itself."""
        return self.layers(features_BTF)[..., 0], None

    def count(self) -> Counts:
        """Count the fully connected layers as the controller."""
        return count_layers(self.layers, self.count_driving())
