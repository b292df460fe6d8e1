"""A picture of one place in all seasons and weathers, drawn by hand-made driving: the plain `carla` API.

    liquidlane serve --port 2000          (or a real CARLA server)
    python examples/seasons_and_weathers.py --port 2000 --out seasons.jpg

A row is a season, a column one of CARLA's weather presets. The car drives a little between two pictures, steered by the
map's waypoints; no keyboard. The season travels inside the OpenDRIVE document, as `userData` that CARLA ignores: a
server that does not know it shows the same season in every row, and this script says so.
"""

import argparse
import math
import queue
import re

import carla
import cv2
import numpy as np

DELTA = 0.05
SEASONS = ("summer", "autumn", "winter", "spring")
WEATHERS = (
    "ClearNoon",
    "CloudyNoon",
    "WetNoon",
    "HardRainNoon",
    "ClearSunset",
    "HardRainSunset",
    "ClearNight",
    "DustStorm",
)


def in_season(document: str, season: str, seed: int) -> str:
    """Give an OpenDRIVE document whose header names a season, for a server that reads it."""
    facts = f"{{&quot;appearance_seed&quot;: {seed}, &quot;season&quot;: &quot;{season}&quot;}}"
    data = f'<userData code="liquidlane" value="{facts}"/>'
    document = re.sub(r'<userData code="liquidlane"[^>]*?(/>|>.*?</userData>)', "", document, flags=re.DOTALL)
    document = re.sub(r"<header([^>]*?)/>", r"<header\1></header>", document, count=1)
    return document.replace("</header>", data + "</header>", 1)


def follow_lane(world_map: carla.Map, car: carla.Actor, speed: float) -> carla.VehicleControl:
    """Steer towards the lane 6 m ahead and hold a speed [m/s]."""
    place = car.get_transform()
    ahead = world_map.get_waypoint(place.location).next(6.0)
    steer = 0.0
    if ahead:
        way = ahead[0].transform.location - place.location
        angle = math.atan2(way.y, way.x) - math.radians(place.rotation.yaw)
        steer = max(-1.0, min(1.0, 0.6 * math.remainder(angle, math.tau)))
    too_slow = speed - car.get_velocity().length()
    return carla.VehicleControl(
        throttle=max(0.0, min(0.6, 0.4 * too_slow)), brake=max(0.0, -0.3 * too_slow), steer=steer
    )


def photograph(world: carla.World, arguments: argparse.Namespace) -> list[np.ndarray]:
    """Drive on and take a picture in each weather; gives (height, width, 3) blue, green, red."""
    settings = world.get_settings()
    settings.synchronous_mode, settings.fixed_delta_seconds = True, DELTA
    world.apply_settings(settings)
    library, places = world.get_blueprint_library(), world.get_map().get_spawn_points()
    car = world.spawn_actor(library.find("vehicle.tesla.model3"), places[arguments.spawn_point % len(places)])
    blueprint = library.find("sensor.camera.rgb")
    for name, value in (("image_size_x", arguments.width), ("image_size_y", arguments.height), ("fov", 90)):
        blueprint.set_attribute(name, str(value))
    mount = carla.Transform(carla.Location(x=0.6, z=1.6), carla.Rotation(pitch=-4.0))
    camera = world.spawn_actor(blueprint, mount, attach_to=car)
    images: queue.Queue[carla.Image] = queue.Queue()
    camera.listen(images.put)
    pictures = []
    try:
        for name in WEATHERS:
            world.set_weather(getattr(carla.WeatherParameters, name))
            for _ in range(arguments.ticks):
                car.apply_control(follow_lane(world.get_map(), car, 8.0))
                frame = world.tick()
                image = images.get(timeout=20)
                while image.frame < frame:
                    image = images.get(timeout=20)
            pixels = np.frombuffer(image.raw_data, np.uint8).reshape(image.height, image.width, 4)
            pictures.append(pixels[:, :, :3].copy())
    finally:
        camera.destroy()
        car.destroy()
        settings.synchronous_mode, settings.fixed_delta_seconds = False, None
        world.apply_settings(settings)
    return pictures


def write_sheet(rows: list[list[np.ndarray]], names: list[str], out: str) -> None:
    """Lay the pictures out with their names."""
    height, width = rows[0][0].shape[:2]
    sheet = np.full((24 + len(rows) * height, 80 + len(WEATHERS) * width, 3), 255, np.uint8)
    for j, name in enumerate(WEATHERS):
        cv2.putText(sheet, name, (84 + j * width, 17), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (0, 0, 0), 1, cv2.LINE_AA)
    for i, (name, pictures) in enumerate(zip(names, rows, strict=True)):
        top = 24 + i * height
        cv2.putText(sheet, name, (4, top + height // 2), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (0, 0, 0), 1, cv2.LINE_AA)
        for j, picture in enumerate(pictures):
            sheet[top : top + height, 80 + j * width : 80 + (j + 1) * width] = picture
    if not cv2.imwrite(out, sheet):
        raise SystemExit(f"{out} can't be written; name a .jpg or .png in a folder that is there")


def main() -> int:
    """Read the command line, go through seasons and weathers, write the sheet."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--host", default="127.0.0.1", help="where the server is (default: %(default)s)")
    parser.add_argument("--port", type=int, default=2000, help="its port (default: %(default)s)")
    parser.add_argument("--out", default="seasons.jpg", help="the contact sheet (default: %(default)s)")
    parser.add_argument(
        "--ticks", type=int, default=20, help="ticks of 0.05 s between two pictures (default: %(default)s)"
    )
    parser.add_argument("--spawn-point", type=int, default=0, help="number of the map's spawn point")
    parser.add_argument("--width", type=int, default=240, help="of a picture [px]")
    parser.add_argument("--height", type=int, default=136, help="of a picture [px]")
    parser.add_argument("--seed", type=int, default=0, help="of the looks, for a server that reads it")
    arguments = parser.parse_args()
    client = carla.Client(arguments.host, arguments.port)
    client.set_timeout(60.0)
    world = client.get_world()
    document = world.get_map().to_opendrive()
    rows = []
    # a server of ours names its maps so; a real one would rebuild its town from bare roads, so its town is kept
    if world.get_map().name.rsplit("/", 1)[-1] in ("Ring", "OpenDriveMap"):
        for season in SEASONS:
            parameters = carla.OpendriveGenerationParameters()
            world = client.generate_opendrive_world(in_season(document, season, arguments.seed), parameters)
            rows.append(photograph(world, arguments))
        names = list(SEASONS)
    else:
        print("this server's map has one season; CARLA has no others, so there is one row")
        rows.append(photograph(world, arguments))
        names = ["as it is"]
    if len(rows) > 1 and all(np.abs(rows[0][0].astype(float) - row[0]).mean() < 2.0 for row in rows[1:]):
        print("this server shows the same season in every row: it does not read the document's userData")
    write_sheet(rows, names, arguments.out)
    print(f"{arguments.out}: {len(rows)} x {len(WEATHERS)} pictures")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
