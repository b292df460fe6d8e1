"""The wire under attack: nothing ends the server, stops it, or fills its memory, and the sender is told."""

import contextlib
import logging
import random
import socket
import struct
import threading
import time

import msgpack
import psutil
import pytest

from simulator.embedded import connection as connections
from simulator.embedded import server as servers
from simulator.embedded.handlers import session  # noqa: F401  (registers the methods)
from simulator.embedded.handlers.refusals import REFUSALS
from simulator.embedded.rpc import METHODS
from simulator.embedded.server import Server
from simulator.embedded.simulation import MOST_TICKS
from tests.simulator.embedded.wire import Wire, is_closed, read_message, subscribe, subscribe_to
from tests.simulator.opendrive_samples import document, road

SYNCHRONOUS = [True, False, [True, 0.05], True, 0.01, 10, 0.0, False, 3000.0, 2000.0, True]
SLOW = {"load_new_episode", "copy_opendrive_to_file", "get_actor_definitions"}


@pytest.fixture(scope="module")
def inside():
    """A server in this process, so that its patience can be shortened and its log read."""
    patience, sweep = servers.PATIENCE, servers.SWEEP
    servers.PATIENCE = connections.PATIENCE = 0.4
    servers.SWEEP = 0.1
    running = Server("127.0.0.1", 0)
    thread = threading.Thread(target=running.run)
    thread.start()
    yield running
    running.stop()
    thread.join(timeout=10)
    assert not thread.is_alive()
    servers.PATIENCE = connections.PATIENCE = patience
    servers.SWEEP = sweep


@pytest.fixture
def log(caplog):
    """Fail the test if the server had to catch a mistake of its own."""
    with caplog.at_level(logging.WARNING):
        yield caplog
    assert not [record.getMessage() for record in caplog.records if record.exc_info]


def stream_port(wire: Wire) -> int:
    return struct.unpack("<IHBB16s", wire.call("get_episode_info")[1][0][1][1][0])[1]


def request(name: str, *arguments: object, number: int = 1) -> bytes:
    return bytes(msgpack.packb([0, number, name, [[False], *arguments]]))


def read_error(sock: socket.socket) -> str:
    """Read what the server says before it hangs up."""
    data = b""
    try:
        while more := sock.recv(1 << 16):
            data += more
    except ConnectionResetError:
        pass
    return str(msgpack.unpackb(data)[2]) if data else ""


def test_refusals_name_the_call_and_a_way_out(inside, log):
    wire = Wire(inside.port)
    for name in REFUSALS:
        error, ((failed, (said,)),) = wire.call(name, 1, 2)
        assert error is None
        assert failed in (0, True)
        assert name in said
        assert ";" in said, "what to do instead"


def test_broken_messages_are_answered_or_end_with_a_word(inside, log):
    """Those that are whole cost nothing but an error; those whose end can't be known end the connection."""
    wire = Wire(inside.port)
    for broken in (b"\x81\x90\x01", b"\xd7\xff" + b"\xff" * 8):
        wire.socket.sendall(broken)
        assert "can't be read" in msgpack.unpackb(wire.socket.recv(1000))[2]
    many = msgpack.packb([0, 5, "version", [[False], [0] * 300_000]])
    wire.socket.sendall(many)
    assert "200000 values" in msgpack.unpackb(wire.socket.recv(1000))[2]
    assert wire.call("version")[0] is None
    deep = b"\x91" * 900 + b"\xc0"
    for name, part in (("apply_batch", deep), ("set_actor_transform", b"\x92" + deep * 2)):
        wire.socket.sendall(b"\x94\x00\x07" + msgpack.packb(name) + b"\x92\x91\xc2" + part)
        assert msgpack.unpackb(wire.socket.recv(4000))[1] == 7
    for hopeless, word in ((b"\xc1", "MessagePack"), (b"\x91" * 1100, "MessagePack"), (b"GET / HTTP/1.1", "request")):
        other = Wire(inside.port)
        other.socket.sendall(hopeless)
        assert word in read_error(other.socket)
    assert wire.call("version")[0] is None


def test_every_truncation_waits_and_then_ends(inside, log):
    message = request("spawn_actor", [1, "vehicle.tesla.model3", []], [[0.0] * 3, [0.0] * 3])
    halves = []
    for end in range(1, len(message), 5):
        half = Wire(inside.port)
        half.socket.sendall(message[:end])
        halves.append(half.socket)
    wire = Wire(inside.port)
    port = stream_port(wire)
    halves += [subscribe_to(port, b"\x01\x00"), subscribe_to(port, b"\x01")]
    started = time.monotonic()
    assert wire.call("version")[0] is None
    for half in halves:
        assert is_closed(half)
    assert 0.2 < time.monotonic() - started < 60
    assert wire.call("version")[0] is None, "who has nothing half-sent may wait as long as it likes"


def test_a_thousand_connects_leave_room(inside, log):
    """Silent ones give way; who has spoken stays."""
    wire = Wire(inside.port)
    assert wire.call("version")[0] is None
    crowd = []
    try:
        for _ in range(400):
            crowd.append(socket.create_connection(("127.0.0.1", inside.port), timeout=20))
            crowd.append(socket.create_connection(("127.0.0.1", stream_port(wire)), timeout=20))
        late = Wire(inside.port)
        assert late.call("version")[0] is None
        assert wire.call("version")[0] is None
        assert "places" in read_error(crowd[0])
    finally:
        for each in crowd:
            each.close()
    for _ in range(1000):
        socket.create_connection(("127.0.0.1", inside.port), timeout=20).close()
    assert wire.call("version")[0] is None


def test_bad_roads_are_refused_by_name_and_the_world_stays(inside, log):
    wire = Wire(inside.port)
    episode = wire.call("get_episode_info")[1]
    bad = {
        "length is 'nan'": document(road(length="nan")),
        "length is 0": document(road(length=0)),
        "1000000 elements": document(road("<geometry/>" * 1_000_001)),
    }
    for word, text in bad.items():
        error, ((failed, (said,)),) = wire.call("copy_opendrive_to_file", text, [2.0, 50.0, 1.0, 0.6, True, True, True])
        assert (error, failed) == (None, True)
        assert word in said
        assert wire.call("get_episode_info")[1] == episode


def test_replies_that_nobody_waits_for_come_with_others_or_soon(inside, log):
    wire = Wire(inside.port)
    quiet = bytes(msgpack.packb([0, 71, "set_weather_parameters", [[True], [0.0] * 14]]))
    wire.socket.sendall(quiet)
    assert wire.socket.recv(1000)[:3] == b"\x94\x01\x47", "alone, after a while"
    wire.socket.sendall(quiet)
    time.sleep(0.02)
    wire.socket.sendall(request("version", number=72))
    unpacker, answered = msgpack.Unpacker(), []
    while len(answered) < 2:
        unpacker.feed(wire.socket.recv(1000))
        answered += [answer[1] for answer in unpacker]
    assert answered == [71, 72], "in the order of the requests"


def test_two_clients_fight_over_ticks(inside, log):
    """Each of two tickers gets every frame it asked for, and a third one may talk in between."""
    wire = Wire(inside.port)
    wire.call("set_episode_settings", SYNCHRONOUS)
    before = wire.call("tick_cue")[1][0][1]

    def tick(asked: list[int]) -> None:
        mine = Wire(inside.port)
        state = subscribe(mine.call("get_sensor_token", 1)[1][0][1][0])
        for _ in range(200):
            asked.append(mine.call("tick_cue")[1][0][1])
            while struct.unpack_from("<Q", read_message(state), 8)[0] < asked[-1]:
                pass

    asked: list[list[int]] = [[], []]
    threads = [threading.Thread(target=tick, args=(each,)) for each in asked]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
        assert not thread.is_alive()
    assert sorted(asked[0] + asked[1]) == list(range(before + 1, before + 401))
    wire.call("set_episode_settings", [False, *SYNCHRONOUS[1:]])


def test_a_flood_of_ticks_is_bounded_and_others_are_heard(inside, log):
    wire, other = Wire(inside.port), Wire(inside.port)
    wire.call("set_episode_settings", SYNCHRONOUS)
    wire.socket.sendall(b"".join(request("tick_cue", number=i) for i in range(3000)))
    assert other.call("version")[0] is None  # within the wire's time limit
    unpacker, answers = msgpack.Unpacker(), []
    while len(answers) < 3000:
        unpacker.feed(wire.socket.recv(1 << 16))
        answers += list(unpacker)
    refused = [answer[3][0][1][0] for answer in answers if answer[3][0][0] == 0]
    assert refused
    assert all(str(MOST_TICKS) in said for said in refused)
    other.call("set_episode_settings", [False, *SYNCHRONOUS[1:]])
    assert other.call("version")[0] is None


def test_all_clients_together_hold_bounded_memory(inside, log):
    limit = inside._budget.limit
    inside._budget.limit = inside._budget.used + (3 << 20)
    wire = Wire(inside.port)
    half = [Wire(inside.port) for _ in range(4)]
    told = []
    for each in half:
        each.socket.sendall(b"\x94\x00\x01\xdb\x02\x00\x00\x00")
        with contextlib.suppress(OSError):
            each.socket.sendall(bytes(1 << 20))
        time.sleep(0.05)
    for each in half:
        each.socket.settimeout(0.1)
        try:
            told.append(read_error(each.socket))
        except TimeoutError:
            told.append("")
        each.close()
    assert any("together" in said for said in told), told
    assert wire.call("version")[0] is None
    inside._budget.limit = limit
    deadline = time.monotonic() + 5
    while inside._budget.used > 1 << 16 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert inside._budget.used <= 1 << 16, "what is closed is given back"


def mutate(generator: random.Random, good: list[bytes]) -> bytes:
    """Spoil a session: cut, flip, repeat, reorder, splice."""
    messages = generator.choices(good, k=generator.randrange(1, 12))
    way = generator.randrange(5)
    if way == 0:
        generator.shuffle(messages)
    data = bytearray(b"".join(messages))
    if way == 1:
        for _ in range(generator.randrange(1, 8)):
            data[generator.randrange(len(data))] = generator.randrange(256)
    if way == 2:
        del data[generator.randrange(len(data)) :]
    if way == 3:
        start = generator.randrange(len(data))
        data[start:start] = generator.randbytes(generator.randrange(40))
    if way == 4:
        start = generator.randrange(len(data))
        del data[start : start + generator.randrange(20)]
    return bytes(data)


def test_fuzz_of_spoiled_sessions(inside, log):
    """Six seconds of valid calls, spoiled, or as long as six rounds take; memory stays, a whole call works then."""
    generator = random.Random(20)
    wire = Wire(inside.port)
    port = stream_port(wire)
    description = [1, "vehicle.tesla.model3", [["color", 5, "1,2,3"]]]
    good = [request(name) for name, method in METHODS.items() if not method.readers and name not in SLOW]
    good += [request("spawn_actor", description, [[x, 0.0, 0.0], [0.0, 0.0, 0.0]]) for x in (0.0, 30.0, 60.0)]
    good += [request("set_episode_settings", SYNCHRONOUS), request("tick_cue"), request("get_actors_by_id", [1, 2, 3])]
    good += [request("apply_control_to_vehicle", i, [0.5, 0.1, 0.0, False, False, False, 0]) for i in range(1, 30)]
    good += [request("apply_batch", [[[1, [i]]]], True) for i in range(1, 30)]
    process = psutil.Process()
    sizes, until = [], time.monotonic() + 6
    while time.monotonic() < until or len(sizes) < 6:
        for _ in range(40):
            target = inside.port if generator.random() < 0.9 else port
            with socket.create_connection(("127.0.0.1", target), timeout=20) as sock:
                try:
                    sock.sendall(mutate(generator, good))
                    if generator.random() < 0.5:
                        sock.shutdown(socket.SHUT_WR)
                        is_closed(sock)
                except OSError:
                    pass
        sizes.append(process.memory_info().rss)
    assert wire.call("version") == (None, [[1, "0.9.16"]])
    wire.call("load_new_episode", "Ring", True, 0)
    assert sizes[-1] - sizes[len(sizes) // 3] < 30 << 20, [size >> 20 for size in sizes]
