"""A large world is made piece by piece and forgotten piece by piece, and nobody can tell from what it looks like."""

import gc
import threading
import weakref

import numpy as np
import pytest

from benchmarks.grid_town import BLOCK, grid_town
from simulator.camera import Camera
from simulator.embedded import tile_store
from simulator.embedded.axes import Pose
from simulator.embedded.render import Renderer, paving
from simulator.embedded.render.appearance import draw_appearance
from simulator.embedded.render.ground import Ground
from simulator.embedded.render.paving import Paving
from simulator.embedded.scenery import KINDS, Scenery
from simulator.embedded.scenery.furniture import most_furniture, read_furniture
from simulator.embedded.surroundings import Surroundings
from simulator.embedded.terrain import Relief, Terrain, _heights
from simulator.embedded.tile_fill import SIDE
from simulator.embedded.world_map import WorldMap
from simulator.errors import LiquidlaneError
from simulator.opendrive import RoadNetwork
from tests.simulator.opendrive_samples import document, geometry, road

TOWN = grid_town(5)
UP = '<elevation s="0" a="-4" b="0.06" c="0" d="0"/><elevation s="200" a="8" b="-0.06" c="0" d="0"/>'
BRIDGE = document(
    road(geometry("<line/>", 400, x=-200), length=400, elevation='<elevation s="0" a="1" b="0.01" c="0" d="0"/>'),
    road(geometry("<line/>", 400, y=-200, heading=1.5707963), id="2", length=400, elevation=UP),
)
WORLDS = {"town": TOWN, "bridge": BRIDGE}
LITTLE = 1 << 20
"""Room for some 120 tiles, a window being no smaller."""


@pytest.fixture(autouse=True)
def _forget_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what was asked for lately be what was asked for just now."""
    monkeypatch.setattr(tile_store, "_LATELY", 2)
    monkeypatch.setattr(paving, "_LATELY", 2)


def places(network: RoadNetwork, count: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give places on and beside roads, and heights above, between and below the roads there."""
    rng = np.random.default_rng(seed)
    samples = [network.roads[int(k)].samples for k in rng.integers(0, len(network.roads), count)]
    at = [int(rng.integers(len(each.s))) for each in samples]
    x, y = (np.array([each[axis][i] for each, i in zip(samples, at, strict=True)]) for axis in (1, 2))
    return x + rng.normal(0, 12, count), y + rng.normal(0, 12, count), rng.uniform(-6, 12, count)


@pytest.mark.parametrize("name", WORLDS)
def test_the_ground_is_the_same_in_any_order_and_with_little_room(name: str) -> None:
    network = RoadNetwork.parse(WORLDS[name])
    whole, little = Terrain(network, 3), Terrain(network, 3, most_bytes=LITTLE)
    whole.around(0.0, 0.0, 5000.0)
    x, y, z = places(network, 400, 1)
    expected = whole.height(x, y, z)
    assert np.ptp(expected) > 1.0
    for k in np.random.default_rng(2).permutation(len(x)):
        assert little.height(x[k], y[k], z[k]) == expected[k]
        little.around(x[k], y[k], 100.0)
    if name == "town":
        assert little.bytes < 0.5 * whole.bytes


def heights_in(relief: Relief, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    result = np.empty(len(x))
    _heights(relief, x, y, np.full(len(x), np.inf), result)
    return result


def test_a_window_holds_what_is_near_and_stays_as_it_is_while_all_else_is_forgotten() -> None:
    network = RoadNetwork.parse(TOWN)
    terrain = Terrain(network, 3, most_bytes=LITTLE)
    rng = np.random.default_rng(4)
    x, y = rng.uniform(150, 450, 300), rng.uniform(150, 450, 300)
    expected = terrain.height(x, y)
    relief, roads = terrain.around(300.0, 300.0, 256.0)
    # a place's distance from the window's corner is rounded otherwise than that from the world's
    assert heights_in(relief, x, y) == pytest.approx(expected, abs=1e-9)
    before = heights_in(relief, x, y)
    rows, columns = relief.tiles.directory.shape
    assert (rows * 32, columns * 32) == (5 * SIDE, 5 * SIDE)
    near = {number for number in range(len(network.roads)) if _passes(network, number, 300.0, 300.0, 256.0)}
    assert near <= set(roads.tolist()) < set(range(len(network.roads)))
    for step in range(200):
        terrain.around(BLOCK * (step % 5), BLOCK * (step // 5 % 5), 100.0)
    assert terrain.bytes < 2 * LITTLE
    assert np.array_equal(heights_in(relief, x, y), before)
    assert np.array_equal(heights_in(terrain.around(300.0, 300.0, 256.0)[0], x, y), before)
    # from anywhere in a plot it is the same window
    left, bottom = terrain.index.left, terrain.index.bottom
    column, row = (300.0 - left) // SIDE, (300.0 - bottom) // SIDE
    other, _ = terrain.around(left + SIDE * (column + 0.01), bottom + SIDE * (row + 0.99), 256.0)
    assert other.tiles.left == relief.tiles.left and other.tiles.bottom == relief.tiles.bottom


def _passes(network: RoadNetwork, number: int, x: float, y: float, reach: float) -> bool:
    samples = network.roads[number].samples
    return bool((np.hypot(samples.x - x, samples.y - y) < reach).any())


def test_what_is_made_ahead_leaves_nothing_to_make() -> None:
    network = RoadNetwork.parse(TOWN)
    terrain, scenery = Terrain(network, 3), Scenery(network, 3, lambda x, y: 0 * x)
    pieces = 0
    while terrain.prepare_ahead(300.0, 300.0, 256.0):
        pieces += 1
    assert 15 < pieces <= 25
    size = terrain.bytes
    terrain.around(300.0, 300.0, 256.0)
    assert terrain.bytes == size and not terrain.prepare_ahead(300.0, 300.0, 256.0)
    made = 0
    while scenery.prepare_ahead(300.0, 300.0, 200.0):
        made += 1
    tiles = dict(scenery._tiles)
    assert made == len(tiles) and 9 <= made <= 16
    scenery.things_near(300.0, 300.0, 200.0)
    assert dict(scenery._tiles).keys() == tiles.keys()


def rows_of(ground: Ground, sample: int) -> list[bytes]:
    first_strip, end_strips, first_stripe, end_stripes = ground.spans[sample]
    parts = ground.strips[first_strip:end_strips], ground.stripes[first_stripe:end_stripes], ground.profiles[sample]
    return [part.tobytes() for part in (*parts, ground.masks[sample])]


def test_roads_are_painted_alike_in_any_order_and_with_little_room(monkeypatch: pytest.MonkeyPatch) -> None:
    network = RoadNetwork.parse(TOWN)
    samples = Terrain(network, 3).samples
    looks = [draw_appearance(3, 0)] * len(network.roads)
    everyone = np.arange(len(network.roads))
    expected = Paving(network.roads, samples, looks, 3).lay(everyone)
    monkeypatch.setattr(paving, "MOST_BYTES", 100_000)
    little = Paving(network.roads, samples, looks, 3)
    sizes = []
    for road_number in np.random.default_rng(5).permutation(np.repeat(everyone, 3)):
        ground = little.lay(np.array([road_number]))
        sizes.append(little.bytes)
        first = int(np.searchsorted(samples.road, road_number))
        for sample in (first, first + 9):
            assert rows_of(ground, sample) == rows_of(expected, sample)
    assert max(sizes) < 200_000
    assert all(rows_of(little.lay(everyone), k) == rows_of(expected, k) for k in range(len(samples.x) + 1))


def test_scenery_is_the_same_in_any_order_and_with_little_room() -> None:
    network = RoadNetwork.parse(TOWN)
    expected = Scenery(network, 3, lambda x, y: 0.1 * x).all_things()
    little = Scenery(network, 3, lambda x, y: 0.1 * x, most_bytes=20_000)
    rng = np.random.default_rng(6)
    for _ in range(60):
        x, y = rng.uniform(-100, 900, 2)
        near = little.things_near(float(x), float(y), 60.0)
        there = expected[(expected["x"] - x) ** 2 + (expected["y"] - y) ** 2 <= 3600.0]
        assert np.array_equal(np.sort(near["id"]), np.sort(there["id"]))
        assert near[np.argsort(near["id"])].tobytes() == there[np.argsort(there["id"])].tobytes()
    assert little._bytes <= 20_000 + expected.nbytes / 10
    assert len(np.unique(expected["id"])) == len(expected)


def test_furniture_far_from_its_road_is_there_and_no_number_is_given_twice() -> None:
    far = '<object id="1" type="building" s="50" t="400" zOffset="0" hdg="0" length="9" width="9" height="5"/>'
    along = '<repeat s="0" length="100" distance="0" tStart="5" tEnd="5"/>'
    rail = f'<object id="2" type="barrier" s="0" t="5">{along}</object>'
    xml = document(road(), road(geometry("<line/>", 100, y=40), id="2"))
    xml = xml.replace("</road>", f"<objects>{far}{rail}</objects></road>")
    network = RoadNetwork.parse(xml, for_carla=False)
    scenery = Scenery(network, 1, lambda x, y: 0 * x)
    things = scenery.all_things()
    assert len(np.unique(things["id"])) == len(things)
    house = scenery.things_near(50.0, 400.0, 20.0)
    assert KINDS[house["kind"][0]].name == "House"
    for one in network.roads:
        assert sum(map(len, read_furniture(one))) <= most_furniture(one)[0]


def test_lines_and_cars_meet_what_no_camera_has_come_near() -> None:
    world = WorldMap("town", TOWN)
    houses = world.scenery.houses()
    surroundings = Surroundings(WorldMap("town", TOWN), {})
    for house in houses[:: max(len(houses) // 10, 1)]:
        x, y = float(house["x"]), float(house["y"])
        start, length = (x - 30.0, y, float(surroundings.height(*np.array([[x], [y], [np.inf]]))[0]) + 1.0), 60.0
        ids = {solid.id for solid in surroundings.solids_along(start, (1.0, 0.0, 0.0), length)}
        stopping = surroundings.obstacles_along(start, (1.0, 0.0, 0.0), length)
        assert int(house["id"]) in ids
        assert any(abs(each.pose.x - x) < 1e-6 and abs(each.pose.y - y) < 1e-6 for each in stopping)


def test_several_threads_see_one_world() -> None:
    world = WorldMap("town", TOWN)
    terrain = Terrain(world.network, 3, most_bytes=LITTLE)
    x, y, z = places(world.network, 200, 7)
    expected = Terrain(world.network, 3).height(x, y, z)
    wrong: list[int] = []

    def ask(seed: int) -> None:
        for k in np.random.default_rng(seed).permutation(len(x)):
            relief, _ = terrain.around(x[k], y[k], 100.0)
            if abs(heights_in(relief, x[k : k + 1], y[k : k + 1])[0] - terrain.height(x[k], y[k])) > 1e-9:
                wrong.append(int(k))
            if terrain.height(x[k], y[k], z[k]) != expected[k]:
                wrong.append(int(k))

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_roads_hundreds_of_kilometres_apart_are_refused_in_words() -> None:
    xml = document(road(), road(geometry("<line/>", 100, x=9e5, y=9e5), id="2"))
    with pytest.raises(LiquidlaneError, match="move them together"):
        Terrain(RoadNetwork.parse(xml), 1)


def test_the_pose_of_an_actor_far_away_has_ground() -> None:
    terrain = Terrain(RoadNetwork.parse(TOWN), 3)
    assert np.isfinite(terrain.height_below(1e5, -1e5, 0.0)) and np.isfinite(terrain.height(*Pose(5e4, 1.0)[:2]))


def drive(renderer: Renderer, terrain: Terrain, steps: range) -> list[bytes]:
    """Take pictures along a street of the town."""
    camera = Camera.from_fov(100, 40, 1.5)
    forward = np.array([[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])
    pictures = []
    for step in steps:
        x, y = 10.0 * step, 400.0 - 1.75
        z = terrain.height_below(x, y, 1e3) + 1.5
        pictures.append(renderer.draw(camera, (x, y, z), forward).tobytes())
    return pictures


def test_a_drive_through_a_town_looks_the_same_backwards_and_with_little_room(monkeypatch: pytest.MonkeyPatch) -> None:
    network = RoadNetwork.parse(TOWN)
    terrain = Terrain(network, 3)
    pictures = drive(Renderer(network, 3, terrain, Scenery(network, 3, terrain.height)), terrain, range(80))
    assert len(set(pictures)) == len(pictures)
    monkeypatch.setattr(paving, "MOST_BYTES", 100_000)
    little = Terrain(network, 3, most_bytes=LITTLE)
    scenery = Scenery(network, 3, little.height, most_bytes=20_000)
    backwards = drive(Renderer(network, 3, little, scenery), little, range(79, -1, -1))
    assert backwards[::-1] == pictures


def test_a_dropped_world_is_gone_at_once() -> None:
    camera = Camera.from_fov(16, 8, 1.5)
    gone = []
    # what is compiled for the first may hold on to it for a while
    for _ in range(2):
        world = WorldMap("town", grid_town(2))
        world.renderer.draw(camera, (100.0, 0.0, 2.0), camera.rotation())
        parts = world, world.terrain, world.scenery, world.renderer
        gone = [weakref.ref(part) for part in parts]
        gc.collect()
        gc.disable()
        del world, parts
    alive = [part() for part in gone if part() is not None]
    gc.enable()
    assert not alive
