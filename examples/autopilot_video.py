"""A car on autopilot, filmed by a camera behind it: the plain `carla` API, on any CARLA 0.9.16 server.

    liquidlane serve --port 2000          (or a real CARLA server)
    python examples/autopilot_video.py --port 2000 --out autopilot.mp4

Traffic Manager drives. It runs in this process and opens --tm-port on all network interfaces.
"""

import argparse
import queue

import av
import carla
import numpy as np

DELTA = 0.05


def film(arguments: argparse.Namespace, client: carla.Client) -> int:
    """Drive and film; gives the number of frames."""
    world = client.get_world()
    before = world.get_settings()
    settings = world.get_settings()
    settings.synchronous_mode, settings.fixed_delta_seconds = True, DELTA
    world.apply_settings(settings)
    traffic = client.get_trafficmanager(arguments.tm_port)
    traffic.set_synchronous_mode(True)
    traffic.set_random_device_seed(arguments.seed)
    library, places = world.get_blueprint_library(), world.get_map().get_spawn_points()
    actors = []
    try:
        car = world.spawn_actor(library.find("vehicle.tesla.model3"), places[arguments.spawn_point % len(places)])
        actors.append(car)
        blueprint = library.find("sensor.camera.rgb")
        for name, value in (("image_size_x", arguments.width), ("image_size_y", arguments.height), ("fov", 90)):
            blueprint.set_attribute(name, str(value))
        behind = carla.Transform(carla.Location(x=-6.0, z=3.0), carla.Rotation(pitch=-12.0))
        camera = world.spawn_actor(blueprint, behind, attach_to=car)
        actors.append(camera)
        images: queue.Queue[carla.Image] = queue.Queue()
        camera.listen(images.put)
        car.set_autopilot(True, arguments.tm_port)
        with av.open(arguments.out, "w") as video:
            stream = video.add_stream("libx264", rate=round(1 / DELTA))
            stream.width, stream.height, stream.pix_fmt = arguments.width, arguments.height, "yuv420p"
            for _ in range(round(arguments.seconds / DELTA)):
                frame = world.tick()
                image = images.get(timeout=20)
                while image.frame < frame:  # the first image may belong to an earlier tick
                    image = images.get(timeout=20)
                pixels = np.frombuffer(image.raw_data, np.uint8).reshape(image.height, image.width, 4)
                picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels[:, :, :3]), "bgr24")
                video.mux(stream.encode(picture))
            video.mux(stream.encode())
            speed = car.get_velocity().length()
        print(f"{arguments.out}: {arguments.seconds:g} s, at the end {3.6 * speed:.0f} km/h")
    finally:
        # Traffic Manager ends first: one that drives a destroyed car takes this process with it
        for actor in actors:
            if actor.type_id.startswith("vehicle."):
                actor.set_autopilot(False, arguments.tm_port)
        traffic.shut_down()
        for actor in reversed(actors):
            actor.destroy()
        world.apply_settings(before)
    return 0


def main() -> int:
    """Read the command line and film."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--host", default="127.0.0.1", help="where the server is (default: %(default)s)")
    parser.add_argument("--port", type=int, default=2000, help="its port (default: %(default)s)")
    parser.add_argument(
        "--tm-port", type=int, default=8000, help="a free port for Traffic Manager (default: %(default)s)"
    )
    parser.add_argument("--out", default="autopilot.mp4", help="the video (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=20.0, help="simulated time (default: %(default)s)")
    parser.add_argument("--spawn-point", type=int, default=0, help="number of the map's spawn point")
    parser.add_argument("--width", type=int, default=640, help="even number of pixels")
    parser.add_argument("--height", type=int, default=360, help="even number of pixels")
    parser.add_argument("--seed", type=int, default=0, help="Traffic Manager's")
    arguments = parser.parse_args()
    client = carla.Client(arguments.host, arguments.port)
    client.set_timeout(60.0)
    return film(arguments, client)


if __name__ == "__main__":
    raise SystemExit(main())
