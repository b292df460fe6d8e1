"""The scripts of examples/ run as their first lines say, and make what they promise."""

import contextlib
import csv
import re
import socket
import subprocess
import sys
from pathlib import Path

import av
import carla
import cv2
import numpy as np
import pytest

from simulator.carla.wakeup import wake
from simulator.embedded.ring import ring_document
from simulator.embedded.world_map import WorldMap
from tests.simulator.embedded.conftest import RunningServer

EXAMPLES = Path(__file__).parents[3] / "examples"


def run_example(name: str, server: RunningServer, *arguments: str) -> str:
    command = [sys.executable, str(EXAMPLES / f"{name}.py"), "--port", str(server.port), *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        for _ in range(8):
            try:
                output, errors = process.communicate(timeout=30)
                break
            except subprocess.TimeoutExpired:  # slow, or asleep: see simulator/carla/wakeup.py
                if "--tm-port" in arguments:
                    with contextlib.suppress(OSError):
                        wake(int(arguments[arguments.index("--tm-port") + 1]))
        else:
            raise AssertionError(f"{name} did not end")
    finally:
        process.kill()
    assert process.returncode == 0, output + errors
    return output


def free_port() -> str:
    with socket.socket() as sock:
        sock.bind(("", 0))
        return str(sock.getsockname()[1])


def test_each_example_is_tested_and_teaches_itself() -> None:
    names = {path.stem for path in EXAMPLES.glob("*.py")}
    assert names == {"autopilot_video", "seasons_and_weathers", "lane_invasions"}
    for name in names:
        text = (EXAMPLES / f"{name}.py").read_text()
        imported = set(re.findall(r"^(?:import|from) (\w+)", text, re.MULTILINE))
        assert imported <= set(sys.stdlib_module_names) | {"carla", "av", "cv2", "numpy"}, "the plain API"
        help_text = subprocess.run(
            [sys.executable, str(EXAMPLES / f"{name}.py"), "--help"], capture_output=True, text=True, check=True
        ).stdout
        assert "liquidlane serve --port 2000" in help_text
        assert "--host" in help_text


def test_autopilot_video(server: RunningServer, tmp_path: Path) -> None:
    out = tmp_path / "autopilot.mp4"
    said = run_example(
        "autopilot_video", server, "--tm-port", free_port(), "--seconds", "6", "--width", "320", "--out", str(out)
    )
    speed = int(re.search(r"(\d+) km/h", said)[1])
    assert 15 < speed < 40
    with av.open(str(out)) as video:
        frames = [frame.to_ndarray(format="rgb24").astype(float) for frame in video.decode(video=0)]
    assert len(frames) == 120
    assert frames[0].shape == (360, 320, 3)
    assert frames[0].std() > 20
    assert np.abs(frames[-1] - frames[60]).mean() > 1, "it moves"


def test_lane_invasions(server: RunningServer, tmp_path: Path) -> None:
    out = tmp_path / "invasions.csv"
    run_example("lane_invasions", server, "--seconds", "20", "--out", str(out))
    rows = list(csv.DictReader(out.open()))
    assert len(rows) >= 2
    assert all(re.search("White (Solid|Broken)", row["crossed"]) for row in rows)
    assert all(5 < float(row["speed"]) < 10 for row in rows)
    frames = [int(row["frame"]) for row in rows]
    assert frames == sorted(frames)


def test_seasons_and_weathers(server: RunningServer, tmp_path: Path) -> None:
    out = tmp_path / "seasons.png"
    said = run_example(
        "seasons_and_weathers", server, "--ticks", "3", "--width", "120", "--height", "68", "--out", str(out)
    )
    assert "4 x 8" in said
    sheet = cv2.imread(str(out))
    assert sheet.shape == (24 + 4 * 68, 80 + 8 * 120, 3)
    tiles = sheet[24:, 80:].reshape(4, 68, 8, 120, 3).transpose(0, 2, 1, 3, 4).astype(float)
    brightness = tiles.mean(axis=(2, 3, 4))
    assert (brightness[:, 6] < 0.6 * brightness[:, 0]).all(), "night is dark"
    assert tiles.std(axis=(2, 3, 4)).min() > 3


@pytest.mark.parametrize(
    "header", ['<header revMajor="1"/>', '<header revMajor="1"><geoReference>x</geoReference></header>']
)
def test_the_season_stands_in_the_document_once(header: str) -> None:
    sys.path.insert(0, str(EXAMPLES))
    try:
        from seasons_and_weathers import in_season  # type: ignore[import-not-found]
    finally:
        sys.path.remove(str(EXAMPLES))

    document = re.sub(r"<header.*?</header>|<header[^>]*/>", header, ring_document(), count=1, flags=re.DOTALL)
    twice = in_season(in_season(document, "winter", 4), "spring", 7)
    assert twice.count("userData code") == 1
    world_map = WorldMap("x", twice)
    assert world_map.appearance_seed == 7
    assert '"spring"' in world_map.network.user_data["liquidlane"]
    assert carla.Map("x", twice).get_topology(), "the official client reads it"
