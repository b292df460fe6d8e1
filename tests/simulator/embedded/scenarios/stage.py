"""What all scenarios need: the client, a synchronous world, cars and cameras, and a way to print the result."""

import json
import queue
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import carla
import numpy as np

sys.path.append(str(Path(__file__).parents[1]))
from plain import plain_document

AWAY = 2000.0
"""The middle of the plain, on CARLA's axes [m]."""
DELTA = 0.05
MODEL3 = "vehicle.tesla.model3"


def connect(port: int) -> Any:
    """Give a client."""
    client = carla.Client("127.0.0.1", port)
    client.set_timeout(20.0)
    return client


def synchronous(client: Any, delta: float = DELTA) -> Any:
    """Begin an episode on the built-in ring whose clock moves when asked; gives the world."""
    world = client.load_world("Ring", True)
    settings = world.get_settings()
    settings.synchronous_mode = True
    settings.fixed_delta_seconds = delta
    world.apply_settings(settings)
    return world


def on_plain(client: Any, delta: float = DELTA, **road: Any) -> Any:
    """Begin an episode on a wide plain, 700 m around CARLA's (2000, 2000); gives the world."""
    document = plain_document(**{"x": 1300.0, "y": -2000.0, **road})
    world = client.generate_opendrive_world(document, carla.OpendriveGenerationParameters(), True)
    settings = world.get_settings()
    settings.synchronous_mode = True
    settings.fixed_delta_seconds = delta
    world.apply_settings(settings)
    return world


def place(x: float = AWAY, y: float = AWAY, z: float = 0.0, yaw: float = 0.0) -> Any:
    """Give a place, on CARLA's axes [m, degrees]."""
    return carla.Transform(carla.Location(x=x, y=y, z=z), carla.Rotation(yaw=yaw))


def ticks(world: Any, count: int) -> None:
    """Tick some times."""
    for _ in range(count):
        world.tick()


def spawn_car(world: Any, place: int | Any = 0, kind: str = MODEL3) -> Any:
    """Put a car at a spawn point, or anywhere."""
    transform = world.get_map().get_spawn_points()[place] if isinstance(place, int) else place
    car = world.spawn_actor(world.get_blueprint_library().find(kind), transform)
    world.tick()
    return car


def spawn_camera(world: Any, car: Any, kind: str = "rgb", mount: Any = None, **attributes: object) -> tuple[Any, Any]:
    """Fix a camera to a car (or to the world); gives it and the queue of its images."""
    name = {
        "rgb": "sensor.camera.rgb",
        "semantic": "sensor.camera.semantic_segmentation",
        "depth": "sensor.camera.depth",
        "instance": "sensor.camera.instance_segmentation",
    }[kind]
    blueprint = world.get_blueprint_library().find(name)
    for key, value in {"image_size_x": 200, "image_size_y": 78, **attributes}.items():
        blueprint.set_attribute(key, str(value))
    mount = mount or carla.Transform(carla.Location(x=1.5, z=1.6), carla.Rotation(pitch=-8))
    camera = world.spawn_actor(blueprint, mount, attach_to=car)
    images: Any = queue.SimpleQueue()
    camera.listen(images.put)
    return camera, images


def pixels(image: Any) -> np.ndarray:
    """Give an image's (height, width, 3) blue, green, red."""
    return np.frombuffer(image.raw_data, np.uint8).reshape(image.height, image.width, 4)[:, :, :3]


def run(scenarios: dict[str, Any]) -> None:
    """Play the scenario that the command line names."""
    port, name, *arguments = sys.argv[1:]
    scenario: Callable[..., Any] = scenarios[name]
    result = scenario(connect(int(port)), *arguments)
    sys.stdout.write(json.dumps(result) + "\n")
    sys.stdout.flush()
