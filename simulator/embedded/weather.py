"""The weather of the world: CARLA's fourteen numbers, in the order of its wire."""

from dataclasses import astuple, dataclass, fields, replace

from simulator.errors import LiquidlaneError

_PERCENTS = (
    *("cloudiness", "precipitation", "precipitation_deposits", "wind_intensity", "fog_density", "wetness"),
    "dust_storm",
)
_POSITIVE = (
    *("fog_distance", "fog_falloff", "scattering_intensity", "mie_scattering_scale"),
    "rayleigh_scattering_scale",
)


@dataclass(frozen=True, slots=True)
class Weather:
    """CARLA's weather; the defaults are those of a CARLA town before anybody sets it.

    cloudiness, precipitation, precipitation_deposits, wind_intensity, fog_density, wetness: 0 to 100 [%].
    sun_azimuth_angle: [degrees], compass-like. sun_altitude_angle: -90 to 90 [degrees]. fog_distance: where fog
    starts [m]. fog_falloff: how fast it thins with height (0 = not). scattering_intensity, mie_scattering_scale,
    rayleigh_scattering_scale: of light in the air. dust_storm: 0 to 100 [%].
    """

    cloudiness: float = 5.0
    precipitation: float = 0.0
    precipitation_deposits: float = 0.0
    wind_intensity: float = 10.0
    sun_azimuth_angle: float = -1.0
    sun_altitude_angle: float = 45.0
    fog_density: float = 2.0
    fog_distance: float = 0.75
    fog_falloff: float = 0.1
    wetness: float = 0.0
    scattering_intensity: float = 1.0
    mie_scattering_scale: float = 0.03
    rayleigh_scattering_scale: float = 0.0331
    dust_storm: float = 0.0

    @classmethod
    def from_numbers(cls, numbers: list[float]) -> "Weather":
        """Read the fourteen numbers of the wire.

        CARLA's preset `Default` fills the fields with -1, which means: the town's own weather.

        Raises:
            LiquidlaneError: if there are not fourteen.
        """
        if len(numbers) != len(fields(cls)):
            raise LiquidlaneError(f"weather has {len(fields(cls))} numbers, not {len(numbers)}; send CARLA 0.9.16's")
        weather = cls(*numbers)
        if weather.cloudiness == weather.precipitation == weather.fog_density == weather.sun_altitude_angle == -1.0:
            return cls()
        return weather

    def to_numbers(self) -> list[float]:
        """Give the fourteen numbers of the wire."""
        return list(astuple(self))

    def within_limits(self) -> "Weather":
        """Give what can be drawn of it: each number within its range; a client may have set any."""
        percents = {name: min(max(getattr(self, name), 0.0), 100.0) for name in _PERCENTS}
        positive = {name: max(getattr(self, name), 0.0) for name in _POSITIVE}
        altitude = min(max(self.sun_altitude_angle, -90.0), 90.0)
        return replace(self, **percents, **positive, sun_altitude_angle=altitude)

    @property
    def film(self) -> float:
        """How wet the ground is, 0 to 1: by wetness, or since rain falls or fell.

        CARLA's own presets leave `wetness` at 0 while it rains by day.
        """
        return _share(max(self.wetness, self.precipitation, 0.7 * self.precipitation_deposits))

    @property
    def puddles(self) -> float:
        """Share of the ground's hollows that water fills, 0 to 1."""
        return _share(self.precipitation_deposits)

    @property
    def falling(self) -> float:
        """How hard it rains or, in winter, snows: 0 to 1."""
        return _share(self.precipitation)


def _share(percent: float) -> float:
    return min(max(percent / 100.0, 0.0), 1.0)
