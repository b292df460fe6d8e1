"""Does beforehand what takes long the first time: has the code compiled, or read from disk, that moves cars."""

from simulator.embedded.axes import Pose
from simulator.embedded.cars import CARS
from simulator.embedded.footing import Footing
from simulator.embedded.settings import EpisodeSettings
from simulator.embedded.terrain import Terrain
from simulator.embedded.vehicle import Vehicle
from simulator.embedded.weather import Weather


def compile_motion(terrain: Terrain) -> None:
    """Drive a car, that nobody sees, for one tick."""
    kind = next(iter(CARS))
    car = Vehicle(0, [0, kind, []], Pose(), {"color": "0,0,0"}, CARS[kind])
    car.advance(0.01, EpisodeSettings())
    Footing(terrain, "summer").settle([car], Weather(), 0.01)
