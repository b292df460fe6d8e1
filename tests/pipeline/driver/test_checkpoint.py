"""A checkpoint read back, spoiled ones, and the driver made of it."""

import dataclasses
import json
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from pipeline.driver.checkpoint import (
    FORMAT_VERSION,
    Checkpoint,
    counts,
    describe,
    load,
    load_model,
    read_history,
    save,
)
from pipeline.driver.crop import crop_image
from pipeline.driver.policy import LearnedPolicy
from pipeline.models import make_model
from simulator.camera import Camera
from simulator.errors import LiquidlaneError
from simulator.world import Observation
from tests.pipeline.drawn_drives import CAMERA, draw_road

PERIOD = 0.05
MODELS: list[tuple[str, dict[str, Any]]] = [("ncp", {}), ("ncp", {"cell": "ltc"}), ("lstm", {}), ("cnn", {})]


def make_checkpoint(folder: Path, name: str = "ncp", settings: dict[str, Any] | None = None, bottom: int = 0) -> Path:
    model = make_model(name, settings or {}, seed=3)
    save(folder, model, Checkpoint(name, settings or {}, 3, camera=CAMERA, bottom=bottom), [{"round": 0, "epoch": 1}])
    return folder


def look(car: int, step: int, time: float | None = None) -> Observation:
    image = draw_road(0.3 * np.sin(car + step / 5), 0.02 * np.cos(2 * car + step / 7))
    return Observation(image, 8.0 + car, step * PERIOD if time is None else time)


def drive(policy: LearnedPolicy, cars: int, steps: int) -> list[list[float | None]]:
    policy.reset(cars, CAMERA, PERIOD)
    return [[c.curvature for c in policy.act([look(car, t) for car in range(cars)], [])] for t in range(steps)]


@pytest.mark.parametrize(("name", "settings"), MODELS)
def test_what_is_loaded_is_what_was_saved(tmp_path: Path, name: str, settings: dict[str, Any]) -> None:
    make_checkpoint(tmp_path / "saved", name, settings)
    saved, loaded = make_model(name, settings, seed=3), load_model(tmp_path / "saved")
    assert not loaded.training
    assert all(torch.equal(value, loaded.state_dict()[key]) for key, value in saved.state_dict().items())
    about = describe(tmp_path / "saved")
    assert about.camera == CAMERA and about.input_size == loaded.input_size
    assert counts(about) == saved.count()
    assert about.versions["torch"] == torch.__version__
    assert read_history(tmp_path / "saved") == [{"round": 0, "epoch": 1}]


def test_same_weights_same_bytes(tmp_path: Path) -> None:
    first, second = make_checkpoint(tmp_path / "a"), make_checkpoint(tmp_path / "b")
    for file in first.iterdir():
        assert file.read_bytes() == (second / file.name).read_bytes()


def edit(folder: Path, **changes: Any) -> None:
    values = json.loads((folder / "checkpoint.json").read_text())
    (folder / "checkpoint.json").write_text(json.dumps(values | changes))


def flip_a_byte(folder: Path) -> None:
    content = bytearray((folder / "weights.safetensors").read_bytes())
    content[-5] ^= 1
    (folder / "weights.safetensors").write_bytes(content)


SPOILED: dict[str, tuple[Callable[[Path], Any], str]] = {
    "folder": (shutil.rmtree, "holds no finished checkpoint"),
    "description": (lambda f: (f / "checkpoint.json").unlink(), "holds no finished checkpoint"),
    "weights": (lambda f: (f / "weights.safetensors").unlink(), r"weights\.safetensors is missing"),
    "version": (lambda f: edit(f, format_version=FORMAT_VERSION + 1), "has format version 2, this program reads 1"),
    "text": (lambda f: (f / "checkpoint.json").write_text('{"model": '), r"checkpoint\.json is damaged"),
    "list": (lambda f: (f / "checkpoint.json").write_text("[1]"), r"checkpoint\.json is damaged"),
    "key": (lambda f: edit(f, colour="red"), r"checkpoint\.json is damaged"),
    "byte": (flip_a_byte, r"weights\.safetensors is damaged \(its checksum differs"),
    "cut": (lambda f: (f / "weights.safetensors").write_bytes(b"12"), r"weights\.safetensors is damaged"),
    "model": (lambda f: edit(f, model="npc"), "no model named 'npc'; did you mean 'ncp'"),
    "settings": (lambda f: edit(f, settings={"inter": 11}), "does not fit the model ncp of this version"),
}


@pytest.mark.parametrize("kind", SPOILED)
def test_spoiled_checkpoints_are_told_in_one_sentence(tmp_path: Path, kind: str) -> None:
    folder = make_checkpoint(tmp_path / "ncp")
    spoil, message = SPOILED[kind]
    spoil(folder)
    with pytest.raises(LiquidlaneError, match=message) as caught:
        load(folder)
    assert "\n" not in str(caught.value)


def test_weights_that_are_no_numbers_are_not_saved(tmp_path: Path) -> None:
    model = make_model("ncp", {})
    with torch.no_grad():
        model.auxiliary.bias[0] = torch.nan
    with pytest.raises(LiquidlaneError, match=r"auxiliary.bias of the trained ncp is not finite"):
        save(tmp_path / "ncp", model, Checkpoint("ncp", {}, 0), [])
    assert not (tmp_path / "ncp").exists()


@pytest.mark.parametrize(("name", "settings"), MODELS)
def test_the_driver_is_the_model_run_along_the_frames(tmp_path: Path, name: str, settings: dict[str, Any]) -> None:
    policy = load(make_checkpoint(tmp_path / "c", name, settings))
    driven = drive(policy, cars=2, steps=6)
    model = load_model(tmp_path / "c")
    height, width = model.input_size
    images = [[crop_image(look(car, t).image, CAMERA.crop(width, height)) for t in range(6)] for car in range(2)]
    with torch.no_grad():
        output = model(
            torch.from_numpy(np.array(images)).permute(0, 1, 4, 2, 3),
            torch.tensor([[8.0] * 6, [9.0] * 6]),
            torch.full((2, 6), PERIOD),
        )
    np.testing.assert_allclose(np.array(driven, float).T, output.curvature, atol=1e-7, rtol=1e-4)
    if output.state is None:
        assert policy.neurons is None
    else:
        np.testing.assert_allclose(policy.neurons, model.neurons(output.state), atol=1e-5)


@pytest.mark.parametrize(("name", "settings"), MODELS)
def test_other_cars_change_no_bit(tmp_path: Path, name: str, settings: dict[str, Any]) -> None:
    """Whether another car loses frames, ends or is forgotten, a car in the same group drives to the same bits."""
    policy = load(make_checkpoint(tmp_path / "c", name, settings))
    expected = [step[0] for step in drive(policy, cars=3, steps=8)]
    policy.reset(3, CAMERA, PERIOD)
    for t in range(8):
        others = [None if t > 4 else look(7, t), None if t % 2 else look(9, t)]
        assert policy.act([look(0, t), *others], [])[0].curvature == expected[t]
        policy.forget(2)


def test_a_lost_frame_holds_the_control_and_lengthens_the_next_step(tmp_path: Path) -> None:
    policy = load(make_checkpoint(tmp_path / "c"))
    policy.reset(1, CAMERA, PERIOD)
    first = policy.act([look(0, 0)], [])
    neurons = policy.neurons
    assert policy.act([None], []) == first
    assert np.array_equal(policy.neurons, neurons)  # type: ignore[arg-type]
    late = policy.act([look(0, 2)], [])
    policy.reset(1, CAMERA, PERIOD)
    policy.act([look(0, 0)], [])
    assert policy.act([look(0, 2, time=PERIOD)], []) != late  # the same pictures in half the time
    policy.reset(1, CAMERA, PERIOD)
    policy.act([look(0, 0, time=7.0)], [])
    assert policy.act([look(0, 2, time=7.0 + 2 * PERIOD)], [])[0].curvature == pytest.approx(late[0].curvature)


def test_a_car_without_a_frame_stays_as_it_was_while_others_drive(tmp_path: Path) -> None:
    policy = load(make_checkpoint(tmp_path / "c"))
    policy.reset(2, CAMERA, PERIOD)
    first = policy.act([look(0, 0), look(1, 0)], [])
    neurons = policy.neurons
    second = policy.act([look(0, 1), None], [])
    assert neurons is not None and policy.neurons is not None
    assert second[1] == first[1] and second[0] != first[0]
    assert np.array_equal(policy.neurons[1], neurons[1]) and not np.array_equal(policy.neurons[0], neurons[0])


@pytest.mark.parametrize(("name", "settings"), MODELS)
def test_forget_is_a_reset_for_one_car(tmp_path: Path, name: str, settings: dict[str, Any]) -> None:
    policy = load(make_checkpoint(tmp_path / "c", name, settings))
    fresh = drive(policy, cars=2, steps=4)
    policy.reset(2, CAMERA, PERIOD)
    for t in range(3):
        policy.act([look(5, t), look(1, t)], [])
    policy.forget(0)
    after = policy.act([look(0, 0, time=1.0), look(1, 3)], [])
    assert after[0].curvature == fresh[0][0]
    assert after[1].curvature == fresh[3][1]


def test_neurons_are_those_of_each_car(tmp_path: Path) -> None:
    policy = load(make_checkpoint(tmp_path / "c"))
    drive(policy, cars=3, steps=4)
    neurons = policy.neurons
    assert neurons is not None and neurons.shape == (3, 19) and neurons.dtype == np.float32
    drive(policy, cars=1, steps=4)
    assert policy.neurons is not None
    np.testing.assert_allclose(policy.neurons[0], neurons[0], atol=1e-5)
    before = neurons.copy()
    policy.act([look(0, 9)], [])
    assert np.array_equal(neurons, before)


def test_the_rows_of_the_bonnet_are_cut_in_proportion(tmp_path: Path) -> None:
    policy = load(make_checkpoint(tmp_path / "c", bottom=8))
    policy.reset(1, CAMERA, PERIOD)
    image = draw_road(0.2, 0.01)
    spoiled = image.copy()
    spoiled[-8:] = 255
    first = policy.act([Observation(image, 8.0, 0.0)], [])
    policy.reset(1, CAMERA, PERIOD)
    assert policy.act([Observation(spoiled, 8.0, 0.0)], []) == first
    twice = dataclasses.replace(CAMERA, width=400, height=156, fx=2 * CAMERA.fx, fy=2 * CAMERA.fy)
    policy.reset(1, twice, PERIOD)
    large = np.repeat(np.repeat(spoiled, 2, 0), 2, 1)
    assert policy.act([Observation(large, 8.0, 0.0)], [])[0].curvature == pytest.approx(first[0].curvature, abs=1e-5)


def test_cameras_that_do_not_fit_are_told(tmp_path: Path) -> None:
    policy = load(make_checkpoint(tmp_path / "c"))
    with pytest.raises(LiquidlaneError, match="too flat"):
        policy.reset(1, Camera.from_fov(200, 40, 1.2), PERIOD)
    with pytest.raises(LiquidlaneError, match="at least 100 px"):
        policy.reset(1, Camera.from_fov(64, 48, 1.2), PERIOD)
    with pytest.warns(UserWarning, match="field of view of 69° and now sees 103°"):
        policy.reset(1, Camera.from_fov(200, 78, 1.8), PERIOD)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        policy.reset(1, Camera.from_fov(320, 160, 1.2), PERIOD)
    with pytest.raises(LiquidlaneError, match="all frames of a drive must have their camera's size"):
        policy.act([Observation(draw_road(0, 0), 8.0, 0.0)], [])


def test_calls_out_of_order_are_errors(tmp_path: Path) -> None:
    policy = load(make_checkpoint(tmp_path / "c"))
    with pytest.raises(ValueError, match="reset"):
        policy.act([look(0, 0)], [])
    policy.reset(2, CAMERA, PERIOD)
    with pytest.raises(ValueError, match="another number of cars"):
        policy.act([look(0, 0)], [])
    policy.act([look(0, 3), None], [])
    with pytest.raises(ValueError, match="time must rise"):
        policy.act([look(0, 3), None], [])
