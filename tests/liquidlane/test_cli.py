"""What a user types and what comes back: help at once, and mistakes as one sentence with exit code 2."""

import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
HEAVY = ("torch", "pytorch_lightning", "albumentations", "carla", "numba", "matplotlib", "pyarrow", "scipy", "wandb")


def liquidlane(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "liquidlane.cli", *arguments], cwd=TOP, capture_output=True, text=True, check=False
    )


def test_help_teaches_and_imports_nothing_heavy() -> None:
    script = (
        "import sys; sys.argv = ['liquidlane', '--help']\n"
        "from liquidlane.cli import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code\n"
        f"print('HEAVY', [name for name in {HEAVY!r} if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=TOP, capture_output=True, text=True, check=True)
    assert "HEAVY []" in done.stdout
    for command in ("run", "collect", "train", "benchmark", "serve", "drive", "doctor", "clean", "drives", "ingest"):
        assert command in done.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["run", "configs/quik.yaml"], "did you mean configs/quick.yaml?"),
        (["run", "configs/quick.yaml", "train.epoch=3"], "train.epoch: unknown key; did you mean 'epochs'?"),
        (["run", "configs/quick.yaml", "models.lstn={}"], "did you mean 'lstm'?"),
        (["run", "configs/quick.yaml", "world.weather=ClearNon"], "did you mean 'ClearNoon'?"),
        (["run", "configs/quick.yaml", "benchmark.conditions=[nose]"], "noise"),
        (["run", "configs/quick.yaml", "world.server=localhost:1"], "localhost:1"),
        (["run", "configs/recorded.yaml"], "data/raw/udacity"),
        (["ingest", "configs", "--source", "udacty"], "did you mean 'udacity'?"),
        (["drives", "list", "configs"], "holds no drive"),
        (["drive", "expert", "--road", "file:README.md", "--video", "{tmp}/a.mp4"], "README.md"),
        (["drive", "configs", "--video", "{tmp}/a.mp4"], "holds no finished checkpoint"),
        (["drive", "expert", "--video", "{tmp}/a.avi"], "ends in .mp4"),
    ],
)
def test_mistakes_are_one_sentence(arguments: list[str], sentence: str, tmp_path: Path) -> None:
    filled = [argument.format(tmp=tmp_path) if "{tmp}" in argument else argument for argument in arguments]
    if filled[0] == "run":
        filled.append(f"folder={tmp_path}")
    done = liquidlane(*filled)
    assert done.returncode == 2, done.stderr
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert len([line for line in done.stderr.splitlines() if line.startswith("liquidlane: ")]) == 1
    assert not list(tmp_path.rglob("*.part"))
