"""CARLA 0.9.16's numbers of what can be seen, as far as this world has them."""

from typing import Final

ROADS: Final = 1
SIDEWALKS: Final = 2
VEGETATION: Final = 9
TERRAIN: Final = 10
SKY: Final = 11
PEDESTRIANS: Final = 12
CAR: Final = 14
TRUCK: Final = 15
ROAD_LINES: Final = 24
GROUND: Final = 25
BRIDGE: Final = 26
