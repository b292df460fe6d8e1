"""A config says what is wrong with it, and where."""

from pathlib import Path

import pytest
from pydantic import Field

from liquidlane.config_file import read_config
from liquidlane.experiment import load_experiment
from simulator.config import Config
from simulator.errors import LiquidlaneError


class Training(Config):
    epochs: int = Field(8, ge=1)
    learning_rate: float = 2e-3


class Schema(Config):
    name: str = "quick"
    train: Training = Training()
    stages: dict[str, Training] = Field(default_factory=dict)


def write(folder: Path, text: str) -> Path:
    path = folder / "quick.yaml"
    path.write_text(text)
    return path


def test_absent_means_default(tmp_path: Path) -> None:
    assert read_config(Schema, write(tmp_path, "")) == Schema()


def test_overrides_are_read_as_yaml(tmp_path: Path) -> None:
    config = read_config(Schema, write(tmp_path, "train: {epochs: 3}"), ["train.learning_rate=1e-3", "name=full"])
    assert config == Schema(name="full", train=Training(epochs=3, learning_rate=1e-3))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("train: {epoch: 3}", "train.epoch: unknown key; did you mean 'epochs'?"),
        ("trian: {}", "trian: unknown key; did you mean 'train'?"),
        ("stages: {first: {epohcs: 1}}", "stages.first.epohcs: unknown key; did you mean 'epochs'?"),
        ("zzz: 1", "known here are name, train, stages"),
        ("train: {epochs: 0}", "train.epochs: is 0; input should be greater than or equal to 1"),
        ("train: [1, 2]", "train: is [1, 2];"),
        ("train: {epochs: 3", "line 1, column"),
        ("- a\n- b", "holds a list, not a mapping"),
    ],
)
def test_what_is_wrong_is_said_with_file_and_place(tmp_path: Path, text: str, sentence: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(LiquidlaneError) as caught:
        read_config(Schema, path)
    assert str(caught.value).startswith(f"{path}: ")
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_file_suggests_one(tmp_path: Path) -> None:
    write(tmp_path, "")
    with pytest.raises(LiquidlaneError, match=r"did you mean .*quick\.yaml"):
        read_config(Schema, tmp_path / "quik.yaml")


@pytest.mark.parametrize("override", ["epochs", "=3", "name.x=3", "train.epochs=[1"])
def test_wrong_overrides_are_named(tmp_path: Path, override: str) -> None:
    with pytest.raises(LiquidlaneError, match="override"):
        read_config(Schema, write(tmp_path, "name: a"), [override])


@pytest.mark.parametrize(
    ("written", "mode"), [("off", "off"), ("'off'", "off"), ("offline", "offline"), ("online", "online")]
)
def test_tracking_is_told_in_one_word(tmp_path: Path, written: str, mode: str) -> None:
    assert load_experiment(write(tmp_path, f"tracking: {written}")).tracking.mode == mode
    assert load_experiment(write(tmp_path, ""), [f"tracking.mode={written}"]).tracking.mode == mode


def test_another_word_for_tracking_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LiquidlaneError, match="tracking.mode"):
        load_experiment(write(tmp_path, "tracking: on"))
