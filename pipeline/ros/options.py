"""What a user may say about a bag: which topics are meant, and what they leave open."""

from typing import Any, Literal

from pydantic import Field, field_validator

from simulator.config import Config


class Options(Config):
    """Which topics are meant, and what a bag does not say."""

    cameras: tuple[str, ...] = Field((), description="Topics of pictures; none: one is guessed by type and name.")
    steering: str = Field("", description="What steers, as TOPIC or TOPIC:FIELD; empty: guessed by type and name.")
    steering_is: Literal["", "curvature", "wheels", "steering_wheel", "yaw_rate", "steer"] = Field(
        "", description="What that field means: 1/m, rad of the wheels or the steering wheel, rad/s, or a share."
    )
    steering_factor: float = Field(
        1.0, description="It is multiplied by this: -1 if right is positive, 0.01745 if degrees."
    )
    speed_from: str = Field("", description="What tells the speed [m/s], as TOPIC or TOPIC:FIELD; empty: guessed.")
    motion: str = Field(
        "", description="What tells the measured yaw rate [rad/s], as TOPIC or TOPIC:FIELD; empty: guessed."
    )
    clock: Literal["stamp", "record"] = Field("stamp", description="Whether stamps or record times are times.")
    lasts: float = Field(0.5, gt=0, description="A command acts so long if no other follows [s].")
    wheelbase: float = Field(2.7, gt=0, description="Assumed distance of the axles [m].")
    steering_ratio: float = Field(
        15.0, gt=0, description="Assumed degrees of the steering wheel per degree of the wheels."
    )
    maximum_angle: float = Field(30.0, gt=0, lt=90, description="Assumed angle of the wheels at steer 1 [degrees].")
    wheel_radius: float = Field(0.3, gt=0, description="Assumed, where only the turning of wheels is told [m].")
    speed: float = Field(5.0, gt=0, description="Assumed speed, where no topic tells it [m/s].")
    scale: float = Field(
        1.0, gt=0, description="Lengths and speeds are multiplied by it, to make a model car full-size."
    )

    @field_validator("cameras", mode="before")
    @classmethod
    def _take_one_name(cls, value: Any) -> Any:
        """Take cameras=/topic for a list of one."""
        return (value,) if isinstance(value, str) else value
