"""What tyres hold on which ground: the table that weather and season are looked up in.

Relative to dry asphalt (1.0; friction about 1). From the ranges that Wallman and Åström (VTI meddelande 911A, 2001)
collected of measured road friction: dry bare 0.8-1.0, wet bare 0.7-0.8, packed snow 0.20-0.30, loose snow or slush
0.20-0.50, black ice 0.15-0.30, wet black ice 0.05-0.10; and Wong (Theory of Ground Vehicles, tables 1.1 and 1.2) for
grass and earth (friction 0.55-0.7; rolling resistance 0.05-0.1 of the weight where asphalt has 0.013) and for standing
water (0.5). On winter roads winter tyres are taken for granted: packed snow 0.35.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.embedded.dynamics import GRAVITY
from simulator.embedded.suspension import ROAD_GRIP, ROUGHNESS, SURFACE_SIZE, VERGE_GRIP, VERGE_RESISTANCE
from simulator.embedded.weather import Weather

DRY: Final = 1.0
WET: Final = 0.72
UNDER_WATER: Final = 0.55
PACKED_SNOW: Final = 0.35
LOOSE_SNOW: Final = 0.28
ICE: Final = 0.15
GRASS, WET_GRASS, DEEP_SNOW = 0.6, 0.4, 0.25
GRASS_RESISTANCE, SNOW_RESISTANCE = 0.07, 0.1
BUMPS: Final = 0.05
"""Height of the verge's bumps [m]."""
WETTED: Final = 40.0
"""A road is wholly wet from this wetness [%] on; a film of water is enough."""
WINTER: Final = "winter"


def road_grip(weather: Weather, season: str) -> float:
    """Give the grip of the carriageway, relative to dry asphalt."""
    rain = _share(weather.precipitation)
    water, pools = _share(weather.wetness), _share(weather.precipitation_deposits)
    if season == WINTER:
        snow = PACKED_SNOW + (LOOSE_SNOW - PACKED_SNOW) * rain
        # what is wet in winter freezes
        return snow + (ICE - snow) * max(water, pools)
    wet = min(100.0 / WETTED * max(water, rain, pools), 1.0)
    return DRY + (WET - DRY) * wet + (UNDER_WATER - WET) * wet * pools


def surface(weather: Weather, season: str) -> NDArray[np.float64]:
    """Give what the ground is like on and beside the carriageway, see `suspension`."""
    values = np.zeros(SURFACE_SIZE)
    winter = season == WINTER
    wet = min(100.0 / WETTED * max(_share(weather.wetness), _share(weather.precipitation)), 1.0)
    values[ROAD_GRIP] = road_grip(weather, season)
    values[VERGE_GRIP] = DEEP_SNOW if winter else GRASS + (WET_GRASS - GRASS) * wet
    values[VERGE_RESISTANCE] = GRAVITY * (SNOW_RESISTANCE if winter else GRASS_RESISTANCE)
    values[ROUGHNESS] = BUMPS
    return values


def _share(percent: float) -> float:
    return min(max(percent, 0.0), 100.0) / 100.0
