"""Configuration of a world: server, weather, camera, car and time-outs."""

import difflib
import math
from typing import Annotated

from pydantic import AfterValidator, Field

from simulator.camera import Camera
from simulator.config import Config
from simulator.roads_compose import Season
from simulator.roads_config import RoadsConfig
from simulator.speed import SpeedConfig

WEATHER_PRESETS = (
    "Default",
    *(f"{sky}{time}" for time in ("Noon", "Sunset", "Night") for sky in ("Clear", "Cloudy", "Wet", "WetCloudy")),
    *(f"{rain}{time}" for time in ("Noon", "Sunset", "Night") for rain in ("SoftRain", "HardRain")),
    *("MidRainyNoon", "MidRainSunset", "MidRainyNight", "DustStorm"),
)
"""Names of `carla.WeatherParameters`' presets, client 0.9.16."""
WEATHER_FIELDS = (
    *("cloudiness", "precipitation", "precipitation_deposits", "wind_intensity", "sun_azimuth_angle"),
    *("sun_altitude_angle", "fog_density", "fog_distance", "fog_falloff", "wetness", "scattering_intensity"),
    *("mie_scattering_scale", "rayleigh_scattering_scale", "dust_storm"),
)
"""Names of `carla.WeatherParameters`' fields, in the order of the wire."""


def _check_weather(weather: str | dict[str, float]) -> str | dict[str, float]:
    known = WEATHER_PRESETS if isinstance(weather, str) else WEATHER_FIELDS
    kind = "weather preset" if isinstance(weather, str) else "field of the weather"
    for name in [weather] if isinstance(weather, str) else weather:
        if name not in known:
            folded = {each.lower(): each for each in known}
            close = difflib.get_close_matches(name.lower().replace(" ", ""), folded, 1, cutoff=0.5)
            hint = f"did you mean {folded[close[0]]!r}?" if close else f"choose one of {', '.join(known)}"
            raise ValueError(f"{name!r} is no {kind}; {hint}")
    return weather


class CameraConfig(Config):
    """The camera of every car."""

    width: int = Field(default=200, ge=16, le=4096, description="Image width [px].")
    height: int = Field(default=78, ge=16, le=4096, description="Image height [px].")
    fov: float = Field(default=90.0, gt=1, lt=170, description="Horizontal field of view [degrees].")
    x: float = Field(default=0.4, ge=-5, le=5, description="Lens ahead of the car's origin [m].")
    z: float = Field(default=1.4, gt=0, le=10, description="Lens above the car's origin, which is on the ground [m].")
    pitch: float = Field(default=5.0, gt=-90, lt=90, description="How far the camera looks down [degrees].")

    def camera(self) -> Camera:
        """Make the camera, in radians."""
        fov, pitch = math.radians(self.fov), math.radians(self.pitch)
        return Camera.from_fov(self.width, self.height, fov, x=self.x, z=self.z, pitch=pitch)


class WorldConfig(Config):
    """Everything about a world except which roads are driven and with which seed."""

    server: str = Field(
        default="embedded",
        min_length=1,
        description="'embedded' starts this project's own server, 'host:port' attaches to a running CARLA, and the "
        "path of CarlaUE4.sh starts a local one.",
    )
    weather: Annotated[str | dict[str, float], AfterValidator(_check_weather)] = Field(
        default="ClearNoon", description="A preset of carla.WeatherParameters, or fields that differ from ClearNoon."
    )
    season: Season = Field(
        default="summer",
        description="Season. The embedded world draws it; a CARLA server has none, so that there it is made in the "
        "picture from its colours alone, and a warning says so.",
    )
    camera: CameraConfig = CameraConfig()
    camera_rate: float = Field(default=20.0, ge=1, le=200, description="Images a second [Hz].")
    physics_substeps: int = Field(
        default=5, ge=1, le=100, description="Steps of the vehicle dynamics between two images."
    )
    vehicle: str = Field(default="vehicle.tesla.model3", description="Blueprint of the cars.")
    speed: SpeedConfig = SpeedConfig()
    steering_gain: float = Field(
        default=1.0, gt=0, le=5, description="Factor on the steering: 1.2 is a car that oversteers."
    )
    roads: RoadsConfig = RoadsConfig()
    town_length: float = Field(default=1000.0, ge=100, le=20000, description="How far a car drives through a town [m].")
    start_timeout: float = Field(default=120.0, gt=0, description="How long a started server may take to be ready [s].")
    call_timeout: float = Field(default=60.0, gt=0, description="How long the server may take to answer a call [s].")
    frame_timeout: float = Field(default=10.0, gt=0, description="How long an image may come after its tick [s].")
