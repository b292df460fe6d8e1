"""The sensors of this folder by their blueprints' names."""

from simulator.embedded.blueprints import LIDAR, RADAR, SEMANTIC_LIDAR
from simulator.embedded.motion_sensors import MotionSensor
from simulator.embedded.ranging.lidar import PlainLidar, SemanticLidar
from simulator.embedded.ranging.radar import RadarSensor

RANGE_SENSORS: dict[str, type[MotionSensor]] = {
    LIDAR: PlainLidar,
    SEMANTIC_LIDAR: SemanticLidar,
    RADAR: RadarSensor,
}
