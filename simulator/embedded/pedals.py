"""What a driver does in a car: pedals, wheel, gears."""

from dataclasses import dataclass

BY_HAND = 10


@dataclass(frozen=True, slots=True)
class VehicleControl:
    """CARLA's pedals and wheel, as they came and go back out: 0 to 1, but steer -1 to 1, **right positive**."""

    throttle: float = 0.0
    steer: float = 0.0
    brake: float = 0.0
    hand_brake: bool = False
    reverse: bool = False
    manual_gear_shift: bool = False
    gear: int = 0

    @property
    def asked_gear(self) -> int:
        """Which gear is asked for, see `powertrain.choose_gear`: -1 reverse, 0 neutral, 1 automatic, else 10 + n."""
        if self.reverse:
            return -1
        if not self.manual_gear_shift:
            return 1
        return self.gear + BY_HAND if self.gear > 0 else max(self.gear, -1)
