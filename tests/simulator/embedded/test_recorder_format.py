"""Recorder logs byte by byte: as CARLA lays them out, damaged in every way, and as another server would write them."""

import struct
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.embedded.axes import Pose, attach
from simulator.embedded.blueprints import BLUEPRINTS
from simulator.embedded.recorder.folder import LogFolder
from simulator.embedded.recorder.info import tell_log
from simulator.embedded.recorder.layout import Packet, Position, pack_packet
from simulator.embedded.recorder.places import between, detach
from simulator.embedded.recorder.queries import tell_blocked, tell_collisions
from simulator.embedded.recorder.reading import Log
from simulator.embedded.recorder.replaying import Follow, Span
from simulator.embedded.settings import EpisodeSettings
from simulator.embedded.simulation import Simulation
from simulator.embedded.streaming import Streams
from simulator.errors import LiquidlaneError

ALL, NOBODY = Span(0.0, 0.0), Follow(0, Pose())


def text(value: str) -> bytes:
    return struct.pack("<H", len(value)) + value.encode()


def packet(kind: int, data: bytes = b"") -> bytes:
    return struct.pack("<BI", kind, len(data)) + data


def addition(actor: int, kind: int, blueprint: str, *attributes: tuple[str, str], x: float = 0.0) -> bytes:
    head = struct.pack("<IB6fI", actor, kind, x, 4825.0, 0.0, 0.0, 0.0, 180.0, 7) + text(blueprint)
    rows = b"".join(b"\x04" + text(name) + text(value) for name, value in attributes)
    return head + struct.pack("<H", len(attributes)) + rows


def counted(kind: int, *records: bytes) -> bytes:
    return packet(kind, struct.pack("<H", len(records)) + b"".join(records))


def frame(number: int, lasts: float, at: float, *packets: bytes) -> bytes:
    return packet(0, struct.pack("<Qdd", number, lasts, at)) + b"".join(packets) + packet(1)


def position(actor: int, x: float) -> bytes:
    return struct.pack("<I6f", actor, x, 4825.0, 0.0, 0.0, 0.0, 180.0)


HEAD = struct.pack("<H", 1) + text("CARLA_RECORDER") + struct.pack("<q", 1637676528) + text("Ring")
HERO = ("role_name", "hero"), ("color", "1,2,3"), ("number_of_wheels", "4")
FOREIGN = (
    HEAD
    + frame(
        1, 0.5, 0.0,
        packet(20, struct.pack("<d", 0.0)),
        counted(
            2,
            addition(1, 0, "spectator"),
            addition(50, 3, "traffic.traffic_light"),
            addition(60, 1, "vehicle.audi.tt", *HERO, x=11000.0),
            addition(61, 1, "vehicle.bh.crossbike", ("number_of_wheels", "2"), x=9000.0),
            addition(62, 2, "walker.pedestrian.0001", x=8000.0),
            addition(63, 1, "vehicle.mitsubishi.fusorosa", ("base_type", "Bus"), ("color", "blue"), x=7000.0),
            addition(64, 5, "sensor.camera.rgb", ("image_size_x", "640"), ("unknown", "1"), x=11000.0),
        ),
        counted(3), counted(4, struct.pack("<II", 64, 60)), counted(5),
        counted(6, position(1, 0.0), position(60, 11000.0), position(61, 9000.0), position(63, 7000.0)),
        counted(7, struct.pack("<I?fb", 50, True, 1.5, 2)),
        counted(8, struct.pack("<I3f?i", 60, 0.25, 0.5, 0.0, False, 2)),
        counted(9, struct.pack("<If", 62, 1.4)), counted(10, struct.pack("<II", 60, 0x181)),
        packet(19, b"\x01\x00whatever"), packet(200, b"somebody's own"),
    )
    + frame(2, 0.5, 0.5, counted(6, position(60, 10800.0), position(63, 7000.0)))
    + frame(
        3, -1.0, 1.0, counted(3, struct.pack("<I", 63)), counted(5, struct.pack("<III??", 0, 60, 0, True, False)),
        counted(6, position(60, 10600.0)),
    )
)  # fmt: skip


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "a.log"
    path.write_bytes(FOREIGN)
    return path


def simulate(folder: Path) -> Simulation:
    simulation = Simulation(Streams(1), logs=LogFolder(folder))
    simulation.set_settings(EpisodeSettings(synchronous_mode=True, fixed_delta=0.25))
    return simulation


def replay(simulation: Simulation, sensors: bool = False) -> str:
    return simulation.recorder.replay(simulation, "a.log", ALL, NOBODY, sensors)


def test_foreign_log_is_told_in_carlas_words(log: Path) -> None:
    told = tell_log(log, everything=True)
    assert told.startswith("Version: 1\nMap: Ring\nDate: 11/23/21 ")
    assert "\n\nFrame 1 at 0 seconds\n Create 1: spectator (0) at (0, 4825, 0)\n Create 50: traffic.traffic_" in told
    assert " Create 60: vehicle.audi.tt (1) at (11000, 4825, 0)\n  role_name = hero\n  color = 1,2,3\n" in told
    assert "\n Parenting 64 with 60 (parent)\n Positions: 4\n" in told
    assert " State traffic lights: 1\n  Id: 50 state: 2 frozen: 1 elapsedTime: 1.5\n" in told
    assert "  Id: 60 Steering: 0.25 Throttle: 0.5 Brake: 0 Handbrake: 0 Gear: 2\n" in told
    assert " Walker animations: 1\n  Id: 62 speed: 1.4\n" in told
    assert "  Id: 60 Position Interior Fog\n" in told
    assert "\nFrame 3 at 1 seconds\n Destroy 63\n Collision id 0 between 60 (hero)  with 0\n Positions: 1\n" in told
    assert told.endswith("\n\nFrames: 3\nDuration: 1 seconds\n")
    assert "\nFrame 2 at 0.5 seconds\n" not in tell_log(log, everything=False)


def test_queries(log: Path) -> None:
    hits = tell_collisions(log, "h", "o")
    assert f"       1   v o      60 {'vehicle.audi.tt':35}      0 {'':35}\n" in hits
    assert hits.endswith("\nFrames: 3\nDuration: 1 seconds\n")
    assert "audi" not in tell_collisions(log, "w", "a")
    blocked = tell_blocked(log, 0.4, 150.0)
    assert f"       0     63 {'vehicle.mitsubishi.fusorosa':35} {0.5:10.0f}\n" in blocked
    assert "audi" not in blocked
    with pytest.raises(LiquidlaneError, match="no category 'x'"):
        tell_collisions(log, "x", "a")


def test_foreign_log_is_replayed_by_what_is_here(log: Path) -> None:
    simulation = simulate(log.parent)
    said = replay(simulation, sensors=True)
    assert "Actor 60 (vehicle.audi.tt) is played by vehicle.tesla.model3\n" in said
    assert "Actor 61 (vehicle.bh.crossbike) is left out" in said
    assert "Actor 62 (walker.pedestrian.0001) is left out" in said
    assert "Actor 63 (vehicle.mitsubishi.fusorosa) is played by vehicle.carlamotors.carlacola\n" in said
    assert "traffic_light" not in said
    simulation.tick(0.25)
    hero, bus, camera = (simulation.episode.find(actor_id) for actor_id in (60, 63, 64))
    assert hero.pose.x == pytest.approx(109.0)
    assert hero.pose.y == pytest.approx(-48.25)
    assert hero.description[2][:2] == [["role_name", 4, "hero"], ["color", 5, "1,2,3"]]
    assert hero.velocity[0] == pytest.approx(-4.0)
    assert bus.color == (17, 37, 103)  # "blue" is no colour here
    assert camera.parent is hero
    assert ["image_size_x", 2, "640"] in camera.description[2]
    simulation.tick(0.25)
    simulation.tick(0.25)
    assert 63 in simulation.episode.actors
    simulation.tick(0.25)
    assert 63 not in simulation.episode.actors
    assert hero.simulated
    assert simulation.episode.next_actor_id == 65


def test_log_of_another_map_needs_its_roads(log: Path) -> None:
    log.write_bytes(FOREIGN.replace(text("Ring"), text("Town01")))
    simulation = simulate(log.parent)
    with pytest.raises(LiquidlaneError, match=r"'Town01', which this server has not; send that map's OpenDRIVE"):
        replay(simulation)
    simulation.sent_map = simulation.episode.world_map
    assert "Recorded on the map Town01; played on the roads that were sent" in replay(simulation)


def test_a_log_cut_off_anywhere_is_whole_frames_or_named(log: Path) -> None:
    whole = []
    for size in range(len(FOREIGN)):
        log.write_bytes(FOREIGN[:size])
        for read in (lambda: tell_log(log, True), lambda: tell_blocked(log, 0.0, 1.0), lambda: Log(log).check()):
            try:
                read()
            except LiquidlaneError as error:
                assert str(log) in str(error)
                assert "cut off" in str(error) or "is not a CARLA recorder's log" in str(error)
                continue
            whole.append(size)
    ends = {len(HEAD), len(HEAD) + FOREIGN[len(HEAD) :].index(packet(0, struct.pack("<Qdd", 2, 0.5, 0.5)))}
    assert ends <= set(whole)
    assert len(set(whole) - set(range(len(HEAD)))) == 3


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (HEAD + packet(6), "damaged at byte 32: there is a packet of kind 6 before the first frame starts"),
        (HEAD + packet(0, struct.pack("<Qdd", 1, 0.1, 0.0)) * 2, "a packet of kind 0 in a frame that has not ended"),
        (HEAD + frame(1, float("nan"), 0.0), "frame 1 is at 0.0 s and lasts nan s"),
        (HEAD + packet(0, b"1234"), "a frame's start has 4 bytes instead of 24"),
        (HEAD + frame(1, 0.1, 0.0, packet(6, b"\xff\xff")), "frame 1 has a damaged packet of kind 6"),
        (HEAD + frame(1, 0.1, 0.0, counted(6, position(9, float("inf")))), "frame 1 puts actor 9 at"),
        (HEAD + frame(1, 0.1, 1.0) + frame(2, 0.1, 0.5), "frame 2 is at 0.5 s, before the one before it"),
        (HEAD + frame(1, 0.1, 0.0, packet(113, b"xx")), "its map's document is damaged"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_damage_is_named(log: Path, data: bytes, message: str) -> None:
    log.write_bytes(data)
    with pytest.raises(LiquidlaneError, match=message):
        replay(simulate(log.parent))


def test_document_that_swells_is_refused(log: Path) -> None:
    import zlib

    bomb = zlib.compress(b"\0" * (65 << 20))
    log.write_bytes(HEAD + frame(1, 0.1, 0.0, pack_packet(Packet.MAP_DOCUMENT, bomb)))
    with pytest.raises(LiquidlaneError, match="not whole or above 64 MiB"):
        replay(simulate(log.parent))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(flips=st.lists(st.tuples(st.integers(len(HEAD), len(FOREIGN) - 1), st.integers(0, 255)), min_size=1, max_size=6))
def test_flipped_bytes_never_break_the_server(log: Path, flips: list[tuple[int, int]]) -> None:
    data = bytearray(FOREIGN)
    for at, value in flips:
        data[at] = value
    log.write_bytes(bytes(data))
    simulation = _shared(log.parent)
    for read in (lambda: tell_log(log, True), lambda: tell_collisions(log, "a", "a"), lambda: replay(simulation, True)):
        try:
            read()
        except LiquidlaneError as error:
            assert str(error)
    for _ in range(5):
        simulation.tick(0.25)
    simulation.recorder.end(simulation)
    for actor_id in [actor_id for actor_id, actor in simulation.episode.actors.items() if actor.description[0]]:
        simulation.episode.destroy(actor_id)


_made: list[Simulation] = []


def _shared(folder: Path) -> Simulation:
    """A world takes a while; its folder of logs does not."""
    if not _made:
        _made.append(simulate(folder))
    _made[0].recorder.folder = LogFolder(folder)
    return _made[0]


poses = st.builds(
    Pose,
    *(st.floats(-500, 500) for _ in range(3)),
    st.floats(-3, 3),
    st.floats(-1.4, 1.4),
    st.floats(-3, 3),
)


@given(parent=poses, relative=poses)
def test_what_is_taken_off_and_fixed_again_is_where_it_was(parent: Pose, relative: Pose) -> None:
    assert detach(parent, attach(parent, relative)) == pytest.approx(relative, abs=1e-6)


def test_interpolation_turns_the_short_way() -> None:
    first, second = Position(1, 0, 0, 0, 0, 0, 179.0), Position(1, 100, 200, 300, 0, 0, -179.0)
    middle = between(first, second, 0.5)
    assert abs(abs(middle.yaw) - 3.14159265) < 1e-6
    assert middle[:3] == pytest.approx((0.5, -1.0, 1.5))


def test_every_blueprint_of_ours_plays_itself() -> None:
    from simulator.embedded.recorder.casting import cast
    from simulator.embedded.recorder.layout import Addition

    for name, blueprint in BLUEPRINTS.items():
        given = tuple((int(each.type), each.id, each.value) for each in blueprint.attributes)
        found = cast(Addition(9, 0, (0.0, 0.0, 0.0), (0.0, 0.0, 0.0), 1, name, given))
        if name.startswith(("walker.", "controller.")):
            assert found is None
            continue
        assert found is not None
        assert found[1] == name
