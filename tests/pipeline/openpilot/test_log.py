"""openpilot's logs: what is read of them is what comma.ai's schema says, whatever else is in them, however they end."""

import math
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.ingestion.recognition import recognise
from pipeline.openpilot import log
from pipeline.openpilot.log import read_log
from simulator.errors import LiquidlaneError
from tests.pipeline.ingest.openpilot_source import (
    SPEED,
    message,
    motion_message,
    schema,
    segment_messages,
    without,
    write_log,
)

TIMES = [round(0.05 * index, 3) for index in range(200)]
BENDS = [0.01 * math.sin(time) for time in TIMES]
WHOLE = slice(0, 200)


def test_discriminants_and_places_are_those_of_the_schema() -> None:
    """The reader has no schema; this is where a wrong number in it shows."""
    kinds = {
        "initData": log.INIT_DATA,
        "roadCameraState": log.ROAD_CAMERA,
        "roadEncodeIdx": log.ROAD_ENCODED,
        "liveCalibration": log.CALIBRATION,
        "carState": log.CAR_STATE,
        "liveParameters": log.LIVE_PARAMETERS,
        "carParams": log.CAR_PARAMETERS,
        "liveLocationKalman": log.LOCATION,
        "sentinel": log.SENTINEL,
        "qRoadEncodeIdx": log.SMALL_ENCODED,
    }
    fields = schema().Event.schema.fields
    assert {kind: fields[kind].proto.discriminantValue for kind in kinds} == kinds
    assert schema("pose").Event.schema.fields["livePose"].proto.discriminantValue == log.POSE
    assert schema("pose").Event.schema.fields["other22"].proto.discriminantValue == log.CAR_STATE
    sensors, devices = schema().FrameData.ImageSensor.schema, schema().InitData.DeviceType.schema
    assert all(sensors.enumerants[name] == log.SENSORS.index(name) for name in sensors.enumerants)
    assert all(devices.enumerants[name] == log.DEVICES.index(name) for name in devices.enumerants)


def test_what_is_told_once_a_log(tmp_path: Path) -> None:
    write_log(tmp_path / "a", segment_messages(TIMES, BENDS, WHOLE, 0))
    read = read_log(tmp_path / "a")
    assert (read.device, read.sensor, read.car_name) == ("tici", "ox03c10", "HONDA CIVIC 2022")
    assert (read.wheelbase, read.steering_ratio, read.height) == pytest.approx((2.67, 15.3, 1.3), abs=1e-6)
    assert (len(read.road), len(read.exposed), read.closed) == (200, 200, True)


def test_a_name_that_no_car_has_is_made_fit_to_print(tmp_path: Path) -> None:
    write_log(tmp_path / "a", [message(0, "carParams", {"carFingerprint": "A\n\x1b[31mB" + "x" * 999})])
    assert read_log(tmp_path / "a").car_name == "A[31mB" + "x" * 54


def test_a_log_that_does_not_end_is_told_even_if_its_last_message_is_whole(tmp_path: Path) -> None:
    messages = without(segment_messages(TIMES, BENDS, WHOLE, 0), "sentinel")
    write_log(tmp_path / "old", messages)
    assert (read_log(tmp_path / "old").damage, read_log(tmp_path / "old").closed) == ("", None)
    write_log(tmp_path / "cut", [*messages, message(-0.1, "sentinel", {"type": "startOfSegment"})])
    assert "does not say that the segment ended" in read_log(tmp_path / "cut").damage


def test_noise_of_other_messages_is_passed_over(tmp_path: Path) -> None:
    """Of a real log nine tenths are others: CAN frames, texts, pictures; and events newer than any schema."""
    noise: list[tuple[float, Any]] = []
    for at in range(100):
        can = [{"address": 0x200 + at, "dat": bytes(range(8)), "src": 1}] * 30
        event = schema().Event.new_message(logMonoTime=5)
        event.can = can
        noise.append((at / 10, event.to_bytes()))
        newer = bytearray(motion_message(at / 10, 0.4)[1])
        struct.pack_into("<H", newer, 24, 390)
        noise.append((at / 10, bytes(newer)))
    write_log(tmp_path / "a", [*segment_messages(TIMES, BENDS, WHOLE, 0), *noise])
    read = read_log(tmp_path / "a")
    assert (read.damage, len(read.small), len(read.motion_table())) == ("", 200, 200)
    np.testing.assert_allclose(read.motion_table()[:, 1], np.array(BENDS) * SPEED, atol=1e-9)


@pytest.mark.parametrize("content", [b"", b"a text\n" * 50, bytes(5000), b"BZh9nothing", b"\x28\xb5\x2f\xfdnothing"])
def test_a_file_called_rlog_that_is_none(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "rlog").write_bytes(content)
    with pytest.raises(LiquidlaneError, match=r"it might be openpilot \(40%: rlog does not begin with messages"):
        recognise(tmp_path)
