"""What the server makes of clients that do not behave, and how it ends."""

import json
import os
import random
import signal
import socket
import struct
import subprocess
import sys
import time

import msgpack
import psutil
import pytest

from tests.simulator.embedded.conftest import RunningServer
from tests.simulator.embedded.wire import Wire, is_closed, read_message, subscribe, subscribe_to

TRANSFORM = [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
CAMERA_ATTRIBUTES = [["image_size_x", 2, "640"], ["image_size_y", 2, "360"]]
SYNCHRONOUS = [True, False, [True, 0.05], True, 0.01, 10, 0.0, False, 3000.0, 2000.0, True]


@pytest.fixture
def wire(server):
    connection = Wire(server.port)
    yield connection
    connection.close()


def stream_port(wire):
    return struct.unpack("<IHBB16s", wire.call("get_episode_info")[1][0][1][1][0])[1]


def test_unknown_method_is_named(wire):
    error, result = wire.call("open_the_boot", 1, 2)
    assert "open_the_boot" in error
    assert result is None
    assert wire.call("version") == (None, [[1, "0.9.16"]])


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("destroy_actor", []),
        ("destroy_actor", [1, 2]),
        ("destroy_actor", ["one"]),
        ("destroy_actor", [True]),
        ("set_actor_transform", [1, [[0, 0], [0, 0, 0]]]),
        ("set_actor_location", [1, [0, 0, float("nan")]]),
        ("set_actor_location", [1, [0, 0, 1e300]]),
        ("apply_control_to_vehicle", [1, [0.5, 0.0]]),
        ("apply_control_to_vehicle", [1, [float("inf"), 0, 0, False, False, False, 0]]),
        ("set_weather_parameters", [[1.0] * 13]),
        ("set_episode_settings", [[True] * 11]),
        ("set_episode_settings", [[True, False, [True, -1.0], *SYNCHRONOUS[3:]]]),
        ("apply_batch", [1, False]),
        ("spawn_actor", [[1, "vehicle.tesla.model3"], TRANSFORM]),
        ("load_new_episode", [3]),
    ],
)
def test_wrong_arguments_are_named(wire, method, arguments):
    error, result = wire.call(method, *arguments)
    if error is None:
        failed, (error,) = result[0]
        assert failed in (0, True)
    assert method in error
    assert wire.call("version")[0] is None


@pytest.mark.parametrize(
    ("method", "arguments", "word"),
    [
        ("destroy_actor", [123456], "123456"),
        ("destroy_actor", [None], "spectator"),
        ("apply_control_to_vehicle", [None, [0, 0, 0, False, False, False, 0]], "spectator"),
        ("spawn_actor", [[1, "vehicle.bicycle", []], TRANSFORM], "vehicle.bicycle"),
        ("spawn_actor", [[1, "sensor.camera.rgb", [["image_size_x", 2, "-5"]]], TRANSFORM], "image_size_x"),
        ("spawn_actor", [[1, "sensor.camera.rgb", [["fov", 3, "wide"]]], TRANSFORM], "fov"),
        ("spawn_actor", [[1, "sensor.camera.rgb", [["zoom", 3, "2"]]], TRANSFORM], "zoom"),
        ("spawn_actor", [[1, "vehicle.tesla.model3", [["color", 5, "red"]]], TRANSFORM], "color"),
        ("get_sensor_token", [77], "77"),
        ("load_new_episode", ["Town04", True, 0], "Town04"),
        ("copy_opendrive_to_file", ["<OpenDRIVE/>", []], "OpenDRIVE"),
    ],
)
def test_what_cannot_be_done_is_said(wire, method, arguments, word):
    spectator = wire.call("get_spectator")[1][0][1][0]
    arguments = [spectator if argument is None else argument for argument in arguments]
    error, result = wire.call(method, *arguments)
    assert error is None
    failed, (message,) = result[0]
    assert failed in (0, True)
    assert word in message


def test_garbage_closes_only_its_connection(server, wire):
    generator = random.Random(7)
    port = stream_port(wire)
    greetings = [
        b"GET / HTTP/1.1\r\n\r\n",
        b"\xc1",
        b"\x93\x00\x01\x02",
        b"\xdd\xff\xff\xff\xff\x00",
        b"\xdf" + b"\xff" * 8,
    ]
    greetings += [msgpack.packb(value) for value in (1, "x", [0], [0, 1, "version", []], [2, "version", [[False]]], {})]
    greetings += [b"\x91" * 5000, generator.randbytes(1 << 16), generator.randbytes(100)]
    for greeting in greetings:
        connection = socket.create_connection(("127.0.0.1", server.port), timeout=20)
        connection.sendall(greeting)
        connection.shutdown(socket.SHUT_WR)
        assert is_closed(connection), greeting[:20]
    for greeting in (b"\x00" * 4, b"\xff" * 4, b"\x01\x00\x00\x00more", generator.randbytes(5000)):
        assert is_closed(subscribe_to(port, greeting)), greeting[:20]
    assert wire.call("version") == (None, [[1, "0.9.16"]])


def test_random_calls_do_no_harm(wire):
    """Well-formed requests with random arguments for every method."""
    from simulator.embedded.handlers import world  # noqa: F401  (registers the methods)
    from simulator.embedded.rpc import METHODS

    generator = random.Random(11)

    def value(depth: int = 0):
        kind = generator.randrange(9 if depth < 4 else 7)
        if kind == 7:
            return [value(depth + 1) for _ in range(generator.randrange(12))]
        if kind == 8:
            return {"a": value(depth + 1)}
        return (
            None,
            True,
            generator.randrange(-9, 99),
            generator.uniform(-1e9, 1e9),
            "vehicle.tesla.model3",
            b"x",
            False,
        )[kind]

    for _ in range(40):
        for name, method in METHODS.items():
            arguments = [value() for _ in method.readers]
            error, _ = wire.call(name, *arguments)
            assert error is None or name in error
    assert wire.call("load_new_episode", "Ring", True, 0)[0] is None


def test_a_client_that_stops_reading_is_dropped(server, wire):
    wire.call("set_episode_settings", SYNCHRONOUS)
    camera = wire.call("spawn_actor", [1, "sensor.camera.rgb", CAMERA_ATTRIBUTES], TRANSFORM)[1][0][1]
    lazy = subscribe(camera[5])
    lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
    world = subscribe(wire.call("get_sensor_token", 1)[1][0][1][0])
    time.sleep(0.3)
    # the first images bring the renderer's own tables and the stream's whole backlog
    for _ in range(30):
        frame = wire.call("tick_cue")[1][0][1]
    while struct.unpack_from("<Q", read_message(world), 8)[0] < frame:
        pass
    process = psutil.Process(server.process.pid)
    before = process.memory_info().rss
    # 60 images of 0.9 MB each
    for _ in range(60):
        frame = wire.call("tick_cue")[1][0][1]
    while struct.unpack_from("<Q", read_message(world), 8)[0] < frame:
        pass
    grown = (process.memory_info().rss - before) / 2**20
    assert grown < 30, grown
    lazy.close()
    world.close()
    wire.call("load_new_episode", "Ring", True, 0)


def test_unread_answers_end_the_connection(server):
    greedy = Wire(server.port)
    request = msgpack.packb([0, 1, "get_actor_definitions", [[False]]])
    with pytest.raises((ConnectionResetError, BrokenPipeError)):
        for _ in range(4000):
            greedy.socket.sendall(request * 500)
    assert Wire(server.port).call("version")[0] is None


def test_half_a_message_waits_for_its_rest(server):
    connection = Wire(server.port)
    message = msgpack.packb([0, 1, "version", [[False]]])
    for i in range(len(message)):
        connection.socket.sendall(message[i : i + 1])
        time.sleep(0.002)
    assert msgpack.unpackb(connection.socket.recv(100)) == [1, 1, None, [[1, "0.9.16"]]]


def test_bad_lines_are_logged_and_a_signal_ends_it():
    running = RunningServer()
    assert set(running.ready) == {"host", "port", "version"}
    assert running.ready["host"] == "127.0.0.1"
    connection = socket.create_connection(("127.0.0.1", running.port))
    connection.sendall(b"hello")
    assert is_closed(connection)
    log = running.end()
    assert running.process.returncode == 0
    assert "127.0.0.1:" in log
    assert "request" in log
    assert len(log.splitlines()) == 1


def test_end_of_input_ends_it():
    running = RunningServer()
    connection = Wire(running.port)
    assert connection.call("version")[0] is None
    running.process.stdin.close()
    assert running.process.wait(timeout=10) == 0
    assert is_closed(connection.socket)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--host", "example.org"], "IPv4"),
        (["--port", "TAKEN"], "TAKEN"),
        (["--season", "summmer"], "autumn"),
        (["--weather", "ClearNon"], "ClearNoon"),
        (["--weather", "fog_density=thick"], "fog_density"),
        (["--road", "generated:x"], "generated:5003"),
        (["--road", "file:no-such.xodr"], "no-such.xodr"),
    ],
)
def test_bad_addresses_are_refused_in_one_line(server, arguments, word):
    taken = str(server.port)
    command = [sys.executable, "-m", "simulator.embedded", *[taken if a == "TAKEN" else a for a in arguments]]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert word.replace("TAKEN", taken) in done.stderr


def test_without_a_parent_it_serves_on_until_interrupted():
    """With /dev/null as input (a service, a container)."""
    command = [sys.executable, "-m", "simulator.embedded"]
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, **pipes) as process:
        ready = json.loads(process.stdout.readline())
        time.sleep(0.3)
        assert Wire(ready["port"]).call("version")[0] is None
        os.kill(process.pid, signal.SIGINT)
        assert process.wait(timeout=10) == 0
        assert process.stderr.read() == b""


def test_a_destroyed_sensors_stream_is_gone(wire):
    wire.call("set_episode_settings", SYNCHRONOUS)
    camera = wire.call("spawn_actor", [1, "sensor.camera.rgb", CAMERA_ATTRIBUTES], TRANSFORM)[1][0][1]
    connection = subscribe(camera[5])
    wire.call("tick_cue")
    # the subscription was not announced, so the first images may go before it
    time.sleep(0.1)
    wire.call("tick_cue")
    assert len(read_message(connection)) == 60 + 4 * 640 * 360
    other = wire.call("spawn_actor", [1, "sensor.camera.rgb", CAMERA_ATTRIBUTES], TRANSFORM)[1][0][1]
    of_other = subscribe(other[5])
    wire.call("destroy_actor", camera[0])
    assert is_closed(connection)
    assert is_closed(subscribe(camera[5]))
    wire.call("load_new_episode", "Ring", True, 0)
    assert is_closed(of_other)
    assert is_closed(subscribe(other[5]))
