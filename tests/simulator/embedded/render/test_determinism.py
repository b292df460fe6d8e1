"""The same seed gives the same bytes: in another process, after other pictures, in a new renderer."""

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np

from simulator.camera import Camera
from simulator.embedded.render import Renderer
from simulator.embedded.render.appearance import draw_appearance
from simulator.embedded.weather import Weather
from simulator.opendrive import RoadNetwork
from tests.simulator.embedded.render.scenes import generated, look_from_lane

DAY, NIGHT = Weather(), Weather(sun_altitude_angle=-20.0, cloudiness=60.0)
CAMERA = Camera.from_fov(200, 78, 1.5, pitch=0.07)
TALL = Camera.from_fov(64, 96, 1.2, pitch=-0.1, roll=0.3, z=4.0)


def hash_of_pictures(renderer: Renderer, network: RoadNetwork) -> str:
    digest = hashlib.sha256()
    for weather in (DAY, NIGHT):
        renderer.set_weather(weather)
        for road in network.roads:
            for s in (40.0, 333.3):
                for camera in (CAMERA, TALL):
                    digest.update(renderer.draw(camera, *look_from_lane(road, s, camera)).tobytes())
                    digest.update(renderer.draw_semantic(camera, *look_from_lane(road, s, camera)).tobytes())
    return digest.hexdigest()


def test_another_process_draws_the_same_bytes(tmp_path: Path) -> None:
    xml = generated(21, 22)
    file = tmp_path / "roads.xodr"
    file.write_text(xml)
    program = f"""
from pathlib import Path
from simulator.embedded.render import Renderer
from simulator.embedded.render.appearance import draw_appearance
from simulator.opendrive import RoadNetwork
from tests.simulator.embedded.render.test_determinism import hash_of_pictures
network = RoadNetwork.parse(Path({str(file)!r}).read_text())
print(hash_of_pictures(Renderer(network, 77), network))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    network = RoadNetwork.parse(xml)
    assert done.stdout.split()[-1] == hash_of_pictures(Renderer(network, 77), network)


def test_what_was_drawn_before_leaves_no_trace() -> None:
    network = RoadNetwork.parse(generated(21, 22))
    fresh = hash_of_pictures(Renderer(network, 77), network)
    used = Renderer(network, 77)
    for pitch in (-1.2, 0.4, 1.4):
        camera = Camera.from_fov(150, 90, 2.0, pitch=pitch, roll=pitch, z=9.0)
        for road in network.roads:
            used.draw(camera, *look_from_lane(road, 100.0, camera))
    assert hash_of_pictures(used, network) == fresh


def test_a_road_without_cracks_stays_so_after_one_with_cracks() -> None:
    network = RoadNetwork.parse(generated(21, 22))
    cracks = ((seed, [draw_appearance(seed, k).crack for k in (0, 1)]) for seed in range(1000))
    seed = next(seed for seed, (first, second) in cracks if first < 0.09 and second > 0.5)
    used, fresh = Renderer(network, seed), Renderer(network, seed)
    for s in range(20, 300, 10):
        used.draw(CAMERA, *look_from_lane(network.roads[1], float(s), CAMERA))
    pose = look_from_lane(network.roads[0], 100.0, CAMERA)
    assert np.array_equal(used.draw(CAMERA, *pose), fresh.draw(CAMERA, *pose))


def asphalt_before_the_car(renderer: Renderer, network: RoadNetwork, k: int) -> float:
    picture = renderer.draw(CAMERA, *look_from_lane(network.roads[k], 60.0, CAMERA))
    return float(picture[60:, 90:110, :3].mean())


def test_seeds_and_far_roads_of_a_document_look_different() -> None:
    network = RoadNetwork.parse(generated(21, 22))
    values = np.array(
        [[asphalt_before_the_car(Renderer(network, seed), network, k) for k in (0, 1)] for seed in range(6)]
    )
    assert len(np.unique(values.round(1))) == 12
    assert np.median(np.abs(values[:, 0] - values[:, 1])) > 5
    assert np.ptp(values) > 30
