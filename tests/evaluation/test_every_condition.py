"""What every condition keeps; that image noise is what the paper's is."""

import numpy as np
import pytest
from scipy import stats

from evaluation.condition import ConditionedPolicy, label_condition, list_conditions, make_condition
from evaluation.drivers.straight import Straight
from simulator.camera import Camera
from simulator.errors import LiquidlaneError
from simulator.randomness import make_generator
from simulator.world import Control, Observation
from simulator.world_config import WorldConfig

CONDITIONS = list_conditions()


def look(value: int = 128, size: tuple[int, int] = (78, 200)) -> Observation:
    return Observation(np.full((*size, 3), value, np.uint8), 8.0, 1.5)


@pytest.mark.parametrize("name", CONDITIONS)
def test_same_randomness_same_result_and_input_untouched(name: str) -> None:
    condition, seen = make_condition(name), look()
    first, again = (condition.observe(seen, make_generator(1, "test")) for _ in range(2))
    assert (first is None) == (again is None)
    if first is not None and again is not None:
        assert first.image.dtype == np.uint8
        assert first.image.shape == seen.image.shape
        assert np.array_equal(first.image, again.image)
    assert (seen.image == 128).all()
    control = condition.act(Control(0.01), make_generator(1, "test"))
    assert control == condition.act(Control(0.01), make_generator(1, "test"))


@pytest.mark.parametrize("name", CONDITIONS)
def test_setup_gives_a_world_config_and_words_a_sentence(name: str) -> None:
    config = WorldConfig()
    condition = make_condition(name)
    assert WorldConfig.model_validate(condition.setup(config, "generated:1").model_dump()) is not None
    assert config == WorldConfig()
    assert condition.words and label_condition(name) == name


def test_clear_is_noon_whatever_the_world_says() -> None:
    assert make_condition("clear").setup(WorldConfig(weather="HardRainNight"), "generated:1").weather == "ClearNoon"


def test_noise_has_its_variance_on_the_unit_interval() -> None:
    for spec, variance in (("noise", 0.1), ("noise:0.02", 0.02)):
        noisy = make_condition(spec).observe(look(), make_generator(3, "noise"))
        assert noisy is not None
        drawn = (noisy.image.astype(float) - 128) / 255
        inside = (noisy.image > 0) & (noisy.image < 255)
        sigma = variance**0.5
        # what was not clipped follows the normal law between the clips, as scipy has it
        low, high = (0.5 - 128) / 255, (254.5 - 128) / 255
        law = stats.truncnorm(low / sigma, high / sigma, scale=sigma)
        rng = np.random.default_rng(0)
        smoothed = drawn[inside] + rng.uniform(-0.5, 0.5, int(inside.sum())) / 255
        assert stats.kstest(smoothed, law.cdf).pvalue > 1e-3
        assert inside.mean() == pytest.approx(stats.norm.cdf(high / sigma) - stats.norm.cdf(low / sigma), abs=0.01)


def test_noise_is_independent_between_pixels_channels_and_frames() -> None:
    condition = make_condition("noise:0.02")
    one, two = (condition.observe(look(), make_generator(3, "noise", frame)) for frame in range(2))
    assert one is not None and two is not None
    centred = [each.image.astype(float) - each.image.mean() for each in (one, two)]
    pairs = [
        (centred[0], centred[1]),
        (centred[0][..., 0], centred[0][..., 1]),
        (centred[0][1:], centred[0][:-1]),
        (centred[0][:, 1:], centred[0][:, :-1]),
    ]
    for left, right in pairs:
        assert abs(np.corrcoef(left.ravel(), right.ravel())[0, 1]) < 0.03


def test_black_and_white_are_clipped_not_wrapped() -> None:
    condition = make_condition("noise")
    for value, expected in ((0, 0), (255, 255)):
        noisy = condition.observe(look(value), make_generator(0, "clip"))
        assert noisy is not None
        assert (noisy.image == expected).mean() == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize(
    ("spec", "label"),
    [
        ("noise", "noise"),
        ("noise:0.1", "noise"),
        ("noise:0.2", "noise:variance=0.2"),
        ("noise:variance=0.2", "noise:variance=0.2"),
        ({"name": "noise", "variance": 0.2}, "noise:variance=0.2"),
        ({"name": "noise"}, "noise"),
    ],
)
def test_one_condition_has_one_label(spec: object, label: str) -> None:
    assert label_condition(spec) == label
    assert make_condition(label) == make_condition(spec)


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("nois", "did you mean 'noise'"),
        ("noise:2", "less than or equal to 1"),
        ("noise:loud", "valid number"),
        ("noise:sigma=1", "parameters of 'noise' are: variance"),
        ("clear:1", "has no parameter"),
        ({"variance": 0.1}, "'name' is missing"),
    ],
)
def test_wrong_specs_are_answered_in_words(spec: object, words: str) -> None:
    with pytest.raises(LiquidlaneError, match=words):
        make_condition(spec)


class Watcher(Straight):
    """Keeps what it was shown."""

    def __init__(self) -> None:
        self.shown: list[list[Observation | None]] = []

    def act(self, observations, lanes):  # type: ignore[no-untyped-def]
        self.shown.append(list(observations))
        return super().act(observations, lanes)


def show(roads: tuple[str, ...], seed: int = 0, lost: tuple[int, ...] = ()) -> list[list[Observation | None]]:
    watcher = Watcher()
    policy = ConditionedPolicy(watcher, make_condition("noise"), roads, seed, "noise")
    policy.reset(len(roads), Camera.from_fov(200, 78, 1.5), 0.05)
    for frame in range(3):
        policy.act([None if frame in lost and road == roads[0] else look(size=(8, 8)) for road in roads], [])
    return watcher.shown


def test_noise_belongs_to_seed_road_and_frame_and_to_nothing_else() -> None:
    together, alone = show(("a", "b")), show(("b",))
    other_seed, with_a_loss = show(("b",), seed=1), show(("b",), lost=(1,))
    for frame in range(3):
        reference = alone[frame][0]
        assert reference is not None
        assert np.array_equal(together[frame][1].image, reference.image)  # type: ignore[union-attr]
        assert not np.array_equal(together[frame][0].image, reference.image)  # type: ignore[union-attr]
        assert not np.array_equal(other_seed[frame][0].image, reference.image)  # type: ignore[union-attr]
    assert with_a_loss[1][0] is None
    assert np.array_equal(with_a_loss[2][0].image, alone[2][0].image)  # type: ignore[union-attr]
    assert not np.array_equal(alone[0][0].image, alone[1][0].image)  # type: ignore[union-attr]
