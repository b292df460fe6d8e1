"""Cleaning keeps what a config's results need and removes the rest."""

import json
from pathlib import Path

import pytest

from liquidlane.clean import clean_up
from liquidlane.experiment import load_experiment
from pipeline.collection.collect import collect_jobs, plan_expert_units
from pipeline.work import artifact


def test_only_what_no_config_needs_goes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "tiny.yaml"
    config.write_text(f"folder: {tmp_path}\ncollect: {{roads: 1, cars: 1, validation_roads: 0}}\n")
    experiment = load_experiment(config)
    (needed,) = collect_jobs(plan_expert_units(experiment.collect, experiment.world, 0), tmp_path / "data/drives")
    other = artifact.Recipe("collect", 1, {"roads": ["of yesterday"]})
    for label, recipe in ((needed.label, needed.recipe), ("old", other)):
        artifact.reuse_or_make(tmp_path / "data/drives", label, recipe, lambda folder: None)
    (tmp_path / "data/cache/0a1b").mkdir(parents=True)
    (tmp_path / "data/drives/mine").mkdir()
    clean_up(tmp_path, [config], yes=True)
    left = {path.name for path in (tmp_path / "data/drives").iterdir()}
    assert left == {needed.artifact.path.name, "mine"}
    assert not list((tmp_path / "data/cache").iterdir())
    assert "removed 2 folders" in capsys.readouterr().out
    assert json.loads((needed.artifact.path / artifact.MANIFEST).read_text())["stage"] == "collect"
