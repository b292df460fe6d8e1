"""A stage whose sources change must get another VERSION."""

import json
from pathlib import Path

import pytest

from pipeline import stage_sources


def test_every_pattern_names_sources_that_exist() -> None:
    for patterns in stage_sources.STAGE_SOURCES.values():
        for pattern in patterns:
            assert list(stage_sources.TOP.glob(pattern)), pattern


def test_changed_sources_with_an_old_version_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    remembered = tmp_path / "stage_versions.json"
    monkeypatch.setattr(stage_sources, "REMEMBERED", remembered)
    assert stage_sources.main(["--remember"]) == 0
    assert stage_sources.main([]) == 0
    state = json.loads(remembered.read_text())
    state["train"]["sources"] = "of yesterday"
    state["collect"] = {"version": state["collect"]["version"] - 1, "sources": "of yesterday"}
    remembered.write_text(json.dumps(state))
    assert stage_sources.find_unraised() == ["train"]
    assert stage_sources.main([]) == 1
