"""What every file in pipeline/models keeps, and the sizes that papers state."""

import copy
import math
from typing import Any

import numpy as np
import pytest
import torch

from pipeline.dataset.dataset import ClipBatch
from pipeline.driver.crop import crop_image
from pipeline.driver.eyes import PaperEyes, standardise
from pipeline.driver.sequence import AUXILIARY_SCALES, SequenceModel, count_weights
from pipeline.models import make_config, make_model, model_names
from pipeline.training.loss import measure_loss
from simulator.config import Config
from simulator.errors import LiquidlaneError
from tests.pipeline.drawn_drives import CAMERA, draw_road

VARIANTS: list[tuple[str, dict[str, Any]]] = [(name, {}) for name in model_names()]
VARIANTS += [
    ("ncp", {"mode": "pure"}),
    ("ncp", {"compat": "ncps"}),
    ("ncp", {"cell": "ltc"}),
    ("ncp", {"see_speed": True}),
    ("lstm", {"see_speed": True, "units": 8}),
]
PAPER: list[tuple[str, dict[str, Any]]] = [("ncp", {"cell": "ltc", "eyes": "paper"}), ("cnn", {"eyes": "paper"})]


def name_variant(variant: tuple[str, dict[str, Any]]) -> str:
    return "-".join([variant[0], *map(str, variant[1].values())])


@pytest.fixture(params=VARIANTS, ids=map(name_variant, VARIANTS))
def model(request: pytest.FixtureRequest) -> SequenceModel:
    return make_model(*request.param, seed=1)


def make_batch(model: SequenceModel, clips: int, steps: int, seed: int = 0) -> ClipBatch:
    """Draw clips along a winding line, at the model's size, with uneven time."""
    random = np.random.default_rng(seed)
    height, width = model.input_size
    crop = CAMERA.crop(width, height)
    shape = (clips, steps)
    offset = random.uniform(-0.5, 0.5, (clips, 1)) + 0.3 * np.sin(np.arange(steps) / 4)
    curvature = random.uniform(-0.02, 0.02, (clips, 1)) + 0.005 * np.sin(np.arange(steps) / 3)
    images = [crop_image(draw_road(o, k), crop) for o, k in zip(offset.ravel(), curvature.ravel(), strict=True)]
    auxiliary = {name: torch.full(shape, math.nan) for name in AUXILIARY_SCALES}
    auxiliary["offset"] = torch.tensor(offset, dtype=torch.float32)
    auxiliary["curvature"] = torch.tensor(curvature, dtype=torch.float32)
    for name in ("heading", "curvature_10", "curvature_20"):
        auxiliary[name][0] = 0.01
    return ClipBatch(
        torch.from_numpy(np.stack(images).reshape(*shape, height, width, 3)).permute(0, 1, 4, 2, 3),
        torch.tensor(random.uniform(5, 15, shape), dtype=torch.float32),
        torch.tensor(random.uniform(0.03, 0.1, shape), dtype=torch.float32),
        torch.tensor(curvature - 0.02 * offset, dtype=torch.float32),
        auxiliary,
        torch.ones(shape),
    )


def total_loss(model: SequenceModel, batch: ClipBatch) -> torch.Tensor:
    output = model(batch.images, batch.speed, batch.dt)
    driving, auxiliary = measure_loss(output, batch, alpha=1.0, burn_in=0).means()
    return driving + 0.3 * auxiliary


def test_shapes(model: SequenceModel) -> None:
    batch = make_batch(model, 2, 3)
    output = model(batch.images, batch.speed, batch.dt)
    assert output.curvature.shape == (2, 3)
    assert output.curvature.dtype == torch.float32
    assert output.auxiliary.keys() == AUXILIARY_SCALES.keys()
    assert all(told.shape == (2, 3) for told in output.auxiliary.values())
    start = model.initial_state(2)
    if start is None:
        assert output.state is None
    else:
        assert output.state is not None and output.state.shape == start.shape == (2, model.state_size)
        assert model.neurons(output.state).shape == (2, model.count().neurons)


def test_curvature_is_in_si_units(model: SequenceModel) -> None:
    """What a controller calls 1 is a radius of 20 m, what it is told of the lane comes in metres and radians."""
    batch = make_batch(model, 1, 3)
    with torch.no_grad():
        features = model.look(batch.images)
        output = model.decide(features, batch.speed, batch.dt)
        told = model.auxiliary(features)
        if model.see_speed:
            features = torch.cat([features, batch.speed.unsqueeze(-1) / 20], -1)
        scaled, _ = model.control(features, batch.dt, None)
    torch.testing.assert_close(output.curvature, scaled / 20)
    for index, (name, scale) in enumerate((("offset", 1), ("heading", 8), ("curvature", 20), ("curvature_10", 20))):
        torch.testing.assert_close(output.auxiliary[name], told[..., index] / scale)


def test_a_car_does_not_see_the_others(model: SequenceModel) -> None:
    batch = make_batch(model, 5, 3)
    with torch.no_grad():
        together = model(batch.images, batch.speed, batch.dt).curvature
        for car in (0, 4):
            alone = model(batch.images[car : car + 1], batch.speed[car : car + 1], batch.dt[car : car + 1]).curvature
            torch.testing.assert_close(alone[0], together[car], atol=1e-6, rtol=1e-4)


def test_steps_are_the_sequence(model: SequenceModel) -> None:
    batch = make_batch(model, 2, 5)
    with torch.no_grad():
        whole = model(batch.images, batch.speed, batch.dt)
        state = model.initial_state(2)
        for t in range(5):
            now = slice(t, t + 1)
            step = model(batch.images[:, now], batch.speed[:, now], batch.dt[:, now], state)
            state = step.state
            torch.testing.assert_close(step.curvature[:, 0], whole.curvature[:, t], atol=1e-6, rtol=1e-4)


def test_reset_forgets_and_state_remembers(model: SequenceModel) -> None:
    first, second = make_batch(model, 1, 4, seed=1), make_batch(model, 1, 4, seed=2)
    with torch.no_grad():
        fresh = model(second.images, second.speed, second.dt).curvature
        state = model(first.images, first.speed, first.dt).state
        assert torch.equal(model(second.images, second.speed, second.dt, model.initial_state(1)).curvature, fresh)
        if state is not None:
            assert not torch.equal(model(second.images, second.speed, second.dt, state).curvature, fresh)


def test_every_weight_gets_gradient(model: SequenceModel) -> None:
    for seed in range(3):
        total_loss(model, make_batch(model, 4, 4, seed)).backward()
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            assert parameter.grad is not None and parameter.grad.isfinite().all(), name
            share = (parameter.grad != 0).float().mean()
            # a ReLU may be dark in all pictures; of a liquid neuron's or a synapse's weights none may be idle
            assert share == 1 if name.startswith("cell.") else share > 0.1, f"{name}: {share:.2f} of its weights learn"


def test_overfits_one_clip(model: SequenceModel) -> None:
    batch = make_batch(model, 1, 6)
    optimiser = torch.optim.Adam(model.parameters(), 2e-3)
    first = total_loss(model, batch).item()
    for _ in range(150):
        loss = total_loss(model, batch)
        if loss.item() < 0.02 * first:
            return
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    pytest.fail(f"the loss fell from {first:.4f} to {loss.item():.4f} only")


def test_same_seed_same_loss(model: SequenceModel) -> None:
    def train_twice(model: SequenceModel) -> float:
        optimiser = torch.optim.Adam(model.parameters(), 1e-3)
        for seed in range(2):
            total_loss(model, make_batch(model, 2, 3, seed)).backward()
            optimiser.step()
        return total_loss(model, make_batch(model, 2, 3)).item()

    assert train_twice(copy.deepcopy(model)) == train_twice(model)


@pytest.mark.parametrize("name", model_names())
def test_seeds_make_the_weights(name: str) -> None:
    first, same, other = (make_model(name, {}, seed=seed).state_dict() for seed in (3, 3, 4))
    assert all(torch.equal(first[key], same[key]) for key in first)
    assert not all(torch.equal(first[key], other[key]) for key in first)


@pytest.mark.parametrize("name", model_names())
def test_config_is_strict_and_told_by_a_sentence(name: str) -> None:
    assert isinstance(make_config(name, {}), Config)
    with pytest.raises(
        LiquidlaneError, match=rf"see_sped is not a setting of the model {name}; did you mean 'see_speed'"
    ):
        make_config(name, {"see_sped": True})
    with pytest.raises(LiquidlaneError, match="see_speed = 'often' won't do"):
        make_config(name, {"see_speed": "often"})


def test_unknown_models_and_impossible_wirings_are_told() -> None:
    with pytest.raises(LiquidlaneError, match="no model named 'lsmt'; did you mean 'lstm'"):
        make_model("lsmt", {})
    with pytest.raises(LiquidlaneError, match=r"motor_fanin \(7\) exceeds the 6 command neurons"):
        make_model("ncp", {"motor_fanin": 7})


def test_speed_matters_only_where_it_is_seen() -> None:
    for see_speed in (False, True):
        model = make_model("ncp", {"see_speed": see_speed})
        batch = make_batch(model, 1, 3)
        with torch.no_grad():
            slow, fast = (model(batch.images, speed, batch.dt).curvature for speed in (batch.speed, 2 * batch.speed))
        assert torch.equal(slow, fast) is not see_speed


def test_light_does_not_matter() -> None:
    """Half the contrast and another brightness are the same picture to the eyes."""
    image = torch.from_numpy(draw_road(0.2, 0.01)).permute(2, 0, 1)[None]
    dimmed = (image.float() * 0.5 + 40).to(torch.uint8)
    difference = (standardise(image) - standardise(dimmed)).abs()
    assert difference.mean() < 0.15 < (image.float() - dimmed.float()).abs().mean() / image.float().std()
    assert standardise(torch.full((1, 3, 8, 8), 7, dtype=torch.uint8)).abs().max() == 0
    mean, deviation = standardise(image).mean(), standardise(image).std()
    assert abs(mean) < 1e-4 and 0.8 < deviation < 1


def test_numbers_of_the_papers() -> None:
    """Lechner et al. 2020, table 2 and the architecture; Bojarski et al. 2016."""
    assert count_weights(PaperEyes()) == 79_420
    ncp, cnn = (make_model(*variant) for variant in PAPER)
    assert (ncp.count().neurons, ncp.count().synapses, ncp.count().masked) == (19, 252, 1_065)
    assert ncp.count().whole == 79_420 + 1_065 + 66  # ncps' affine maps before and behind the cell
    assert cnn.count().whole == 5_068_900
    assert make_model("lstm", {"eyes": "paper"}).count().masked == 24_897
    assert make_model("ctrnn", {"eyes": "paper"}).count().masked == 6_273
    assert make_model("pilotnet", {}).count().whole == 252_219
    assert ncp.count().dense == 3 * 19 + 4 * (32 + 19) * 19
    table = ncp.count().table()
    assert "1,065" in table and "252" in table


def test_the_papers_models_run_at_their_size() -> None:
    for variant in PAPER:
        model = make_model(*variant)
        assert model.input_size == (78, 200)
        batch = make_batch(model, 1, 2)
        total_loss(model, batch).backward()
        assert model(batch.images, batch.speed, batch.dt).curvature.isfinite().all()
