"""Finished work is found again, unfinished work never is."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.work import artifact
from pipeline.work.artifact import Recipe
from simulator.errors import LiquidlaneError

RECIPE = Recipe("train", 1, {"epochs": 8, "rate": 0.002}, ("a", "b"))
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    "other",
    [
        Recipe("collect", 1, RECIPE.config, RECIPE.inputs),
        Recipe("train", 2, RECIPE.config, RECIPE.inputs),
        Recipe("train", 1, {"epochs": 9, "rate": 0.002}, RECIPE.inputs),
        Recipe("train", 1, RECIPE.config, ("b", "a")),
    ],
)
def test_fingerprint_changes_with_everything_that_matters(other: Recipe) -> None:
    assert other.fingerprint != RECIPE.fingerprint


@given(st.dictionaries(st.text(), plain, max_size=4))
def test_fingerprint_does_not_depend_on_the_order_of_keys(config: dict[str, object]) -> None:
    backwards = dict(reversed(list(config.items())))
    assert Recipe("s", 1, config).fingerprint == Recipe("s", 1, backwards).fingerprint


def test_made_once_then_found(tmp_path: Path) -> None:
    calls = []

    def fill(folder: Path) -> None:
        calls.append(folder)
        (folder / "weights").write_bytes(b"w")

    first = artifact.reuse_or_make(tmp_path, "ncp", RECIPE, fill)
    second = artifact.reuse_or_make(tmp_path, "ncp", RECIPE, fill)
    assert first == second
    assert len(calls) == 1
    assert (first.path / "weights").read_bytes() == b"w"


def test_failure_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no"), artifact.make(tmp_path, "ncp", RECIPE) as folder:
        (folder / "half").write_text("x")
        raise ValueError("no")
    assert list(tmp_path.iterdir()) == []
    assert artifact.find(tmp_path, "ncp", RECIPE) is None


def test_resumable_folder_is_kept_but_not_found(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), artifact.make(tmp_path, "ncp", RECIPE, resumable=True) as folder:
        (folder / "epoch-3").write_text("x")
        raise KeyboardInterrupt
    assert artifact.find(tmp_path, "ncp", RECIPE) is None
    with artifact.make(tmp_path, "ncp", RECIPE, resumable=True) as folder:
        assert (folder / "epoch-3").read_text() == "x"
    assert artifact.find(tmp_path, "ncp", RECIPE) is not None


def test_damaged_manifest_means_unfinished(tmp_path: Path) -> None:
    made = artifact.reuse_or_make(tmp_path, "ncp", RECIPE, lambda folder: None)
    manifest = made.path / artifact.MANIFEST
    manifest.write_text(manifest.read_text()[:20])
    assert artifact.find(tmp_path, "ncp", RECIPE) is None


def test_full_disk_is_said_in_words(tmp_path: Path) -> None:
    with (
        pytest.raises(LiquidlaneError, match="No space left on device; free"),
        artifact.make(tmp_path, "ncp", RECIPE),
    ):
        raise OSError(28, "No space left on device")
    assert list(tmp_path.iterdir()) == []


def test_other_package_version_warns(tmp_path: Path) -> None:
    made = artifact.reuse_or_make(tmp_path, "ncp", RECIPE, lambda folder: None)
    assert artifact.warn_of_other_sources(made, "train") is None
    manifest = json.loads((made.path / artifact.MANIFEST).read_text())
    manifest["packages"]["torch"] = "1.0"
    (made.path / artifact.MANIFEST).write_text(json.dumps(manifest))
    warning = artifact.warn_of_other_sources(made, "train")
    assert warning is not None
    assert "torch 1.0" in warning


def test_kill_in_the_middle_leaves_no_artifact(tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from pipeline.work import artifact\n"
        "recipe = artifact.Recipe('train', 1, {'epochs': 8, 'rate': 0.002}, ('a', 'b'))\n"
        f"with artifact.make(Path({str(tmp_path)!r}), 'ncp', recipe) as folder:\n"
        "    (folder / 'half').write_text('x'); print('ready', flush=True); time.sleep(60)\n"
    )
    child = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    assert child.stdout is not None
    assert child.stdout.readline() == b"ready\n"
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    time.sleep(0.05)
    assert artifact.find(tmp_path, "ncp", RECIPE) is None
    artifact.reuse_or_make(tmp_path, "ncp", RECIPE, lambda folder: None)
    assert [path.name for path in tmp_path.iterdir()] == [artifact.folder_of(tmp_path, "ncp", RECIPE).name]
