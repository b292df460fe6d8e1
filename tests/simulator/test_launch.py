"""Starting, finding and losing servers."""

import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from simulator.carla.connection import connect
from simulator.errors import LiquidlaneError
from simulator.launch import find_free_port, launch
from simulator.world_config import WorldConfig

# a server of another version: answers the one call "version" as rpclib does
OTHER_VERSION = """
import msgpack, socket
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
while True:
    connection = listener.accept()[0]
    unpacker = msgpack.Unpacker()
    while data := connection.recv(4096):
        unpacker.feed(data)
        for message in unpacker:
            connection.sendall(msgpack.packb([1, message[1], None, [[1, "0.9.13"]]]))
"""


def config(server: str, **changes: float) -> WorldConfig:
    return WorldConfig.model_validate({"server": server, "call_timeout": 1.0, **changes})


def test_embedded_server_starts_answers_and_ends() -> None:
    server = launch(config("embedded", call_timeout=20.0))
    try:
        assert server.embedded
        assert server.ours
        assert connect(server, config("embedded", call_timeout=20.0)).get_server_version() == "0.9.16"
        process = psutil.Process(server._process.pid)  # type: ignore[union-attr]
        assert server.fate() == ""
        assert any("simulator.embedded" in word for word in process.cmdline())
    finally:
        server.close()
    assert not process.is_running()
    server.close()


def test_two_embedded_servers_live_side_by_side() -> None:
    first, second = launch(config("embedded")), launch(config("embedded"))
    try:
        assert first.port != second.port
        first.close()
        socket.create_connection((second.host, second.port), 5).close()
    finally:
        first.close()
        second.close()


def test_embedded_server_ends_with_a_killed_parent() -> None:
    program = """
        import time
        from simulator.launch import launch
        from simulator.world_config import WorldConfig
        print(launch(WorldConfig())._process.pid, flush=True)
        time.sleep(60)
    """
    parent = subprocess.Popen([sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = psutil.Process(int(parent.stdout.readline()))
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    child.wait(10)


def test_dead_port_is_named() -> None:
    port = find_free_port()
    with pytest.raises(LiquidlaneError, match=rf"nothing listens at 127.0.0.1:{port} .*refused.*start a CARLA server"):
        launch(config(f"127.0.0.1:{port}"))


@pytest.mark.parametrize("address", ["somewhere", "host:", ":2000", "host:99999", "/no/CarlaUE4.sh"])
def test_address_that_is_none_is_named(address: str) -> None:
    with pytest.raises(LiquidlaneError, match=f"server '{address}' is neither 'embedded' nor 'host:port'"):
        launch(config(address))


def test_silent_port_is_not_waited_for_long() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"127.0.0.1:{listener.getsockname()[1]}"
        begin = time.monotonic()
        with pytest.raises(LiquidlaneError, match=f"what listens at {address} does not answer as a CARLA server"):
            connect(launch(config(address)), config(address))
        assert time.monotonic() - begin < 60


@pytest.fixture
def other_version() -> Iterator[str]:
    process = subprocess.Popen([sys.executable, "-c", OTHER_VERSION], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    yield f"127.0.0.1:{int(process.stdout.readline())}"
    process.kill()
    process.wait()
    process.stdout.close()


def test_server_of_another_version_is_refused(other_version: str) -> None:
    with pytest.raises(LiquidlaneError, match=rf"server at {other_version} is version 0.9.13, but 0.9.16 is needed"):
        connect(launch(config(other_version)), config(other_version))


def test_client_of_another_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.metadata.version", lambda name: "0.9.15" if name == "carla" else "")
    with pytest.raises(LiquidlaneError, match=r"carla client is version 0.9.15.*install carla==0.9.16"):
        launch(config("embedded"))


def make_script(folder: Path, body: str) -> str:
    script = folder / "CarlaUE4.sh"
    script.write_text("#!/bin/sh\n" + body)
    script.chmod(0o755)
    return str(script)


def test_local_carla_is_started_on_a_free_port_and_ended_with_its_children(tmp_path: Path) -> None:
    # stands where CarlaUE4.sh does: a shell that passes its arguments on to a child that does not mind our input
    find_port = 'for word in "$@"; do case $word in -carla-rpc-port=*) port=${word#*=};; esac; done\n'
    body = f"{find_port}sleep 300 | {sys.executable} -m simulator.embedded --port $port\n"
    script = make_script(tmp_path, body)
    server = launch(config(script, call_timeout=20.0))
    children = psutil.Process(server._process.pid).children(recursive=True)  # type: ignore[union-attr]
    try:
        assert not server.embedded
        assert connect(server, config(script)).get_server_version() == "0.9.16"
        assert children
    finally:
        server.close()
    assert not psutil.wait_procs(children, 10)[1]


def test_local_carla_that_fails_is_quoted(tmp_path: Path) -> None:
    script = make_script(tmp_path, "echo no GPU found\nexit 3\n")
    with pytest.raises(LiquidlaneError, match=r"CarlaUE4.sh did not open port .*code 3.*no GPU found"):
        launch(config(script))


def test_script_that_is_not_executable_is_named(tmp_path: Path) -> None:
    script = tmp_path / "CarlaUE4.sh"
    script.write_text("#!/bin/sh\n")
    with pytest.raises(LiquidlaneError, match=r"can't be started \(Permission denied\)"):
        launch(config(str(script)))
