"""Values that no sensible script sends: what the official client hears, and that the world goes on."""

import math
from collections.abc import Callable
from typing import Any

import carla
import numpy as np
from stage import MODEL3, pixels, run, spawn_camera, spawn_car, synchronous

NOT_A_NUMBER = math.nan


def said_by(call: Callable[[], Any]) -> str:
    """Give the words of a call that fails."""
    try:
        call()
    except RuntimeError as error:
        return str(error)
    return ""


def wrong_values(client: Any) -> dict[str, str]:
    """Give what calls say that are asked for what can't be."""
    world = synchronous(client)
    library, place = world.get_blueprint_library(), world.get_map().get_spawn_points()[0]
    car = spawn_car(world)
    settings = world.get_settings()
    settings.max_substep_delta_time = NOT_A_NUMBER
    camera = library.find("sensor.camera.rgb")
    camera.set_attribute("exposure_mode", "dim")
    # the client does not wait for these two
    car.set_location(carla.Location(NOT_A_NUMBER, 0.0, 0.0))
    world.set_weather(carla.WeatherParameters(cloudiness=NOT_A_NUMBER))
    physics = car.get_physics_control()
    physics.drag_coefficient = -1.0
    car.apply_physics_control(physics)
    return {
        "place": said_by(
            lambda: world.spawn_actor(library.find(MODEL3), carla.Transform(carla.Location(NOT_A_NUMBER, 0.0, 0.0)))
        ),
        "settings": said_by(lambda: world.apply_settings(settings)),
        "ray": said_by(lambda: world.cast_ray(place.location, carla.Location(x=NOT_A_NUMBER))),
        "exposure_mode": said_by(lambda: world.spawn_actor(camera, place)),
    }


def weathers(client: Any) -> list[list[Any]]:
    """Set each field of the weather to extremes; gives name, value, the frames that a picture is late, its mean."""
    world = synchronous(client)
    car = spawn_car(world)
    _, images = spawn_camera(world, car, image_size_x=32, image_size_y=24)
    usual = carla.WeatherParameters(sun_altitude_angle=45.0, cloudiness=10.0, precipitation=10.0)
    seen = []
    for name in (name for name in dir(usual) if isinstance(getattr(usual, name), float)):
        for value in (-1e9, 1e9):
            weather = carla.WeatherParameters(sun_altitude_angle=45.0, cloudiness=10.0, precipitation=10.0)
            setattr(weather, name, value)
            world.set_weather(weather)
            frame = world.tick()
            image = images.get(timeout=60.0)
            kept = getattr(world.get_weather(), name) == value
            seen.append([name, value, kept, frame - image.frame, float(np.mean(pixels(image)))])
    return seen


def wide_blur(client: Any) -> list[float]:
    """Give how much pixels differ within pictures that are blurred by ever wider lenses."""
    world = synchronous(client)
    car = spawn_car(world)
    spreads = []
    for radius in (0.0, 20.0, 100.0, 400.0, 1e9):
        camera, images = spawn_camera(world, car, image_size_x=960, image_size_y=540, blur_radius=radius)
        world.tick()
        spreads.append(float(np.std(pixels(images.get(timeout=60.0)).astype(float).mean(2))))
        camera.destroy()
    return spreads


if __name__ == "__main__":
    run(globals())
