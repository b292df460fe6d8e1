"""Light of an hour and a weather: sun, sky and haze, all multiplied by the exposure that a camera would choose."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.embedded.weather import Weather

Vector = tuple[np.float32, np.float32, np.float32]
_Array = NDArray[np.float64]

# linear colours of the sky with the sun high, with the sun at the horizon, under closed clouds, and at night
_ZENITH = np.array([[0.16, 0.40, 1.05], [0.16, 0.23, 0.46], [0.52, 0.56, 0.62], [0.002, 0.004, 0.010]])
_HORIZON = np.array([[0.95, 1.15, 1.38], [0.55, 0.47, 0.46], [0.74, 0.77, 0.81], [0.006, 0.008, 0.014]])
_AMBIENT = np.array([[0.36, 0.46, 0.62], [0.20, 0.20, 0.25], [0.62, 0.65, 0.70], [0.009, 0.011, 0.018]])
_SUNSET = np.array([0.95, 0.38, 0.08])
_FOG = np.array([0.70, 0.72, 0.75])
# how much less of the sun arrives per air mass
_EXTINCTION = np.array([0.09, 0.17, 0.32])
_SUN = 3.2
# the camera's exposure: what noon gets, how far it follows the light, and where it gives up
_NOON_EXPOSURE, _NOON_LIGHT, _ADAPTATION, _LONGEST_EXPOSURE = 0.8, 2.6, 0.85, 3.2
# how far its white balance follows the colour of the light
_WHITE_BALANCE = 0.55
# haze of clear air [1/m]
_CLEAR_AIR = 0.0009


class Light(NamedTuple):
    """What lights the world. Colours are linear and exposed: 1 is about the brightest the camera shows.

    sun: direction to it. sunlight: its colour on a surface that faces it. ambient: from the sky. ground: both together
    on level ground. zenith: the sky overhead. haze: colour of the far air; glow: what is added to it towards the sun.
    haze_density: [1/m]. cloudiness: 0 to 1. beam: headlights, 0 by day.
    """

    sun: Vector
    sunlight: Vector
    ambient: Vector
    ground: Vector
    zenith: Vector
    haze: Vector
    glow: Vector
    haze_density: np.float32
    cloudiness: float
    beam: np.float32


def _step(low: float, high: float, value: float) -> float:
    share = min(max((value - low) / (high - low), 0.0), 1.0)
    return share * share * (3 - 2 * share)


def _mix(a: _Array, b: _Array, share: float) -> _Array:
    return a * (1 - share) + b * share


def _vector(values: _Array) -> Vector:
    return np.float32(values[0]), np.float32(values[1]), np.float32(values[2])


def direction_to_sun(weather: Weather) -> Vector:
    """Give the unit vector to the sun in right-handed world axes; CARLA's azimuth turns clockwise."""
    altitude, azimuth = math.radians(weather.sun_altitude_angle), math.radians(weather.sun_azimuth_angle)
    return _vector(
        np.array([math.cos(altitude) * math.cos(azimuth), -math.cos(altitude) * math.sin(azimuth), math.sin(altitude)])
    )


def _air_mass(altitude: float) -> float:
    """Give how much more air a ray crosses than one from the zenith (Kasten and Young 1989). altitude: [degrees]."""
    altitude = max(altitude, 0.0)
    return 1 / (math.sin(math.radians(altitude)) + 0.50572 * math.pow(altitude + 6.07995, -1.6364))


def _sky_colour(table: _Array, day: float, low: float, closed: float) -> _Array:
    clear = _mix(table[0], table[1], low)
    return _mix(table[3], _mix(clear, table[2] * (1 - 0.45 * low), closed), day)


def make_light(weather: Weather) -> Light:
    """Work the light out from the sun's height, the clouds and the fog."""
    altitude = weather.sun_altitude_angle
    clouds, fog = weather.cloudiness / 100, weather.fog_density / 100
    day, low = _step(-10, 10, altitude), 1 - _step(2, 28, altitude)
    closed = _step(0.4, 1.0, clouds)
    sun = direction_to_sun(weather)
    risen = _step(-1.5, 2.5, altitude)
    sunlight = _SUN * np.exp(-_EXTINCTION * _air_mass(altitude)) * risen * (1 - 0.96 * closed) * (1 - 0.8 * fog)
    ambient = _sky_colour(_AMBIENT, day, low, closed)
    ground = ambient + sunlight * max(float(sun[2]), 0.0)
    brightness = float(ground @ (0.3, 0.5, 0.2))
    beam = 1 - _step(-4, 3, altitude)
    exposure = min(_NOON_EXPOSURE * (_NOON_LIGHT / brightness) ** _ADAPTATION, _LONGEST_EXPOSURE)
    exposures = exposure * (ground / brightness) ** -_WHITE_BALANCE
    haze = _mix(
        _sky_colour(_HORIZON, day, low, closed), _FOG * (0.02 + 0.98 * day) * (1 - 0.4 * low), min(1.5 * fog, 1)
    )
    glow = _SUNSET * low * day * (1 - 0.9 * closed) * (1 - min(2 * fog, 1)) * _step(-12, 0, altitude)
    return Light(
        sun=sun,
        sunlight=_vector(sunlight * exposures),
        ambient=_vector(ambient * exposures),
        ground=_vector(ground * exposures),
        zenith=_vector(_mix(_sky_colour(_ZENITH, day, low, closed), haze, min(2 * fog, 1)) * exposures),
        haze=_vector(haze * exposures),
        glow=_vector(glow * exposures),
        haze_density=np.float32(_CLEAR_AIR + 0.06 * fog**1.7 + 0.002 * weather.dust_storm / 100),
        cloudiness=clouds,
        beam=np.float32(beam),
    )
