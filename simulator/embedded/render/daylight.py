"""Light of an hour and a weather: sun or moon, sky and haze, all multiplied by the exposure that a camera would choose.

CARLA's azimuth turns clockwise; all directions here are right-handed.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.embedded.weather import Weather

Vector = tuple[np.float32, np.float32, np.float32]
_Array = NDArray[np.float64]

# linear colours of the sky with the sun high, with the sun at the horizon, under closed clouds, and at night
_ZENITH = np.array([[0.16, 0.40, 1.05], [0.16, 0.23, 0.46], [0.52, 0.56, 0.62], [0.0014, 0.0026, 0.0066]])
_HORIZON = np.array([[0.95, 1.15, 1.38], [0.55, 0.47, 0.46], [0.74, 0.77, 0.81], [0.0040, 0.0054, 0.0095]])
_AMBIENT = np.array([[0.36, 0.46, 0.62], [0.20, 0.20, 0.25], [0.62, 0.65, 0.70], [0.0065, 0.0080, 0.0130]])
_SUNSET = np.array([0.95, 0.38, 0.08])
_FOG = np.array([0.70, 0.72, 0.75])
_DUST = np.array([0.78, 0.54, 0.29])
_MOONLIGHT = np.array([0.0065, 0.0080, 0.0105])
# how much less of the sun arrives per air mass: by the air's molecules, and by the haze in it
_MOLECULES, _AEROSOL = np.array([0.03, 0.09, 0.22]), np.array([0.06, 0.08, 0.10])
_SUN = 3.2
# optical thickness for which the colours of the clear sky stand
_THICKNESS = np.array([0.15, 0.35, 0.9])
# CARLA's own values of its two scales, which mean the air of every day
MIE, RAYLEIGH = 0.03, 0.0331
# the camera's exposure: what noon gets, how far it follows the light, and where it gives up
_NOON_EXPOSURE, _NOON_LIGHT, _ADAPTATION, _LONGEST_EXPOSURE = 0.8, 2.6, 0.85, 3.2
# how far its white balance follows the colour of the light
_WHITE_BALANCE = 0.55
# the moon stands opposite to the sun, but never lower or higher than this [degrees]
_MOON_LOW, _MOON_HIGH = 25.0, 55.0


class Light(NamedTuple):
    """What lights the world. Colours are linear and exposed: 1 is about the brightest the camera shows.

    sun: direction to it, or to the moon by night. sunlight: its colour on a surface that faces it. ambient: from the
    sky. ground: both together on level ground. zenith: the sky overhead. haze: colour of the far air; glow: what is
    added to it towards the sun. cloudiness: 0 to 1. beam: headlights, and lamps: street lamps and windows; 0 by day,
    1 by night. night: 0 to 1. exposure: what the colours are multiplied with.
    """

    sun: Vector
    sunlight: Vector
    ambient: Vector
    ground: Vector
    zenith: Vector
    haze: Vector
    glow: Vector
    cloudiness: float
    beam: np.float32
    lamps: np.float32
    night: float
    exposure: float


def ramp(low: float, high: float, value: float) -> float:
    """Rise smoothly from 0 at `low` to 1 at `high`."""
    share = min(max((value - low) / (high - low), 0.0), 1.0)
    return share * share * (3 - 2 * share)


def _mix(a: _Array, b: _Array, share: float) -> _Array:
    return a * (1 - share) + b * share


def _vector(values: _Array) -> Vector:
    return np.float32(values[0]), np.float32(values[1]), np.float32(values[2])


def _direction(altitude: float, azimuth: float) -> Vector:
    high, turn = math.radians(altitude), math.radians(azimuth)
    return _vector(np.array([math.cos(high) * math.cos(turn), -math.cos(high) * math.sin(turn), math.sin(high)]))


def direction_to_sun(weather: Weather) -> Vector:
    """Give the unit vector to the sun in right-handed world axes."""
    return _direction(weather.sun_altitude_angle, weather.sun_azimuth_angle)


def direction_to_moon(weather: Weather) -> Vector:
    """Give the unit vector to the moon, which stands opposite to the sun."""
    altitude = min(max(-weather.sun_altitude_angle, _MOON_LOW), _MOON_HIGH)
    return _direction(altitude, weather.sun_azimuth_angle + 155.0)


def _air_mass(altitude: float) -> float:
    """Give how much more air a ray crosses than one from the zenith (Kasten and Young 1989). altitude: [degrees]."""
    altitude = min(max(altitude, 0.0), 90.0)
    return 1 / (math.sin(math.radians(altitude)) + 0.50572 * math.pow(altitude + 6.07995, -1.6364))


def _scales(weather: Weather) -> tuple[float, float]:
    """Give how much haze and how many molecules the air has against that of every day."""
    mie = min(max(weather.mie_scattering_scale / MIE, 0.0), 20.0)
    rayleigh = min(max(weather.rayleigh_scattering_scale / RAYLEIGH, 0.0), 10.0)
    return mie, rayleigh


def _scattered(rayleigh: float) -> _Array:
    """Give the factor on the clear sky's colours when the air has so many times more molecules."""
    factor: _Array = (1 - np.exp(-_THICKNESS * rayleigh)) / (1 - np.exp(-_THICKNESS))
    return factor


def _sky_colour(table: _Array, day: float, low: float, closed: float, tint: _Array) -> _Array:
    clear = _mix(table[0], table[1], low) * tint
    return _mix(table[3], _mix(clear, table[2] * (1 - 0.45 * low), closed), day)


def _sunlight(weather: Weather, closed: float) -> _Array:
    """Give the colour of the sun, or of the moon, on what faces it."""
    mie, rayleigh = _scales(weather)
    altitude = weather.sun_altitude_angle
    fog, dust = weather.fog_density / 100, weather.dust_storm / 100
    veil = (1 - 0.96 * closed) * (1 - 0.8 * fog * ramp(0, 1, 2 - weather.fog_falloff)) * (1 - 0.9 * dust)
    risen = ramp(-1.5, 2.5, altitude)
    sun = _SUN * np.exp(-(_MOLECULES * rayleigh + _AEROSOL * mie) * _air_mass(altitude)) * risen
    return veil * (sun + _MOONLIGHT * (1 - ramp(-12, -6, altitude)))


def _haze(weather: Weather, sky: _Array, day: float, low: float) -> _Array:
    """Give the colour of far air: the horizon's, turning to that of fog or dust."""
    fog, dust = weather.fog_density / 100, weather.dust_storm / 100
    brightness = (0.006 + 0.994 * day) * (1 - 0.4 * low)
    foggy = _mix(
        sky,
        _FOG
        * _mix(np.array([0.7, 0.9, 1.35]), np.ones(3), day)
        * brightness
        * (0.6 + 0.4 * min(weather.scattering_intensity, 3.0)),
        min(1.5 * fog, 1),
    )
    return _mix(foggy, _DUST * brightness, min(1.6 * dust, 1))


def make_light(weather: Weather) -> Light:
    """Work the light out from the sun's height, the clouds, the fog and the dust."""
    altitude = weather.sun_altitude_angle
    clouds, fog, dust = weather.cloudiness / 100, weather.fog_density / 100, weather.dust_storm / 100
    mie, rayleigh = _scales(weather)
    tint = _scattered(rayleigh)
    day, low = ramp(-10, 10, altitude), 1 - ramp(2, 28, altitude)
    closed = ramp(0.4, 1.0, clouds)
    night = 1 - ramp(-12, -2, altitude)
    sun = direction_to_sun(weather) if altitude > -4 else direction_to_moon(weather)
    sunlight = _sunlight(weather, closed)
    ambient = _sky_colour(_AMBIENT, day, low, closed, 0.3 + 0.7 * tint)
    ambient = _mix(ambient, _DUST * 0.55 * (0.01 + 0.99 * day), 0.9 * dust)
    ground = ambient + sunlight * max(float(sun[2]), 0.0)
    brightness = float(ground @ (0.3, 0.5, 0.2))
    exposure = min(_NOON_EXPOSURE * (_NOON_LIGHT / brightness) ** _ADAPTATION, _LONGEST_EXPOSURE)
    # a camera's white balance takes dust and sunset for the colour of things, not of the light
    balance = _WHITE_BALANCE * (1 - 0.8 * dust) * (1 - 0.6 * low * day)
    exposures = exposure * (ground / brightness) ** -balance
    # more haze in the air whitens the horizon
    horizon = _sky_colour(_HORIZON, day, low, closed, 0.5 + 0.35 * tint + 0.15 * min(mie, 3.0))
    haze = _haze(weather, horizon, day, low)
    glow = _SUNSET * low * day * (1 - 0.9 * closed) * (1 - min(2 * fog, 1)) * (1 - dust) * ramp(-12, 0, altitude)
    return Light(
        sun=sun,
        sunlight=_vector(sunlight * exposures),
        ambient=_vector(ambient * exposures),
        ground=_vector(ground * exposures),
        zenith=_vector(_mix(_sky_colour(_ZENITH, day, low, closed, tint), haze, min(1.6 * dust, 1)) * exposures),
        haze=_vector(haze * exposures),
        glow=_vector(glow * exposures * min(rayleigh, 2.0)),
        cloudiness=min(max(clouds, 0.0), 1.0),
        beam=np.float32(1 - ramp(-4, 3, altitude)),
        lamps=np.float32(1 - ramp(-6, 2, altitude)),
        night=night,
        exposure=float(exposure),
    )
