"""Which format is it? Real sets are recognised, ambiguous ones are listed."""

import importlib
from pathlib import Path

import numpy as np
import pytest

from pipeline.ingestion.plan import open_archives
from pipeline.ingestion.reader import Recognition, reader_names
from pipeline.ingestion.recognition import rank_readers, recognise
from simulator.errors import LiquidlaneError
from tests.pipeline.ingest.recorded import DRIVES, real

SETS = {
    "udsim_msh8261": "udacity",
    "udsim_udacity_official_part": "udacity",
    "udreader_static": "udacity",
    "sully_abhinav": "sully",
    "donkey2_testtub": "donkeycar",
    "donkey2_fpineau": "donkeycar",
    "carla_haptic_part": "carla",
    "jetracer_apex": "jetracer",
}


@real
@pytest.mark.parametrize("name", SETS)
def test_real_sets_are_recognised(name: str, tmp_path: Path) -> None:
    found = recognise(open_archives(DRIVES / name, tmp_path / "unpacked")[0])
    assert found.reader == SETS[name]
    assert found.confidence >= 0.8 and found.reason


@pytest.mark.parametrize("name", reader_names())
def test_every_reader_recognises_its_own_and_no_other_claims_it(name: str, tmp_path: Path) -> None:
    images = [np.full((16, 24, 3), 90, np.uint8)] * 20
    times = [0.1 * index for index in range(20)]
    source = importlib.import_module(f"tests.pipeline.ingest.{name}_source")
    source.write_recording(tmp_path / "ride", images, [0.01] * 20, times)
    assert recognise(tmp_path / "ride").reader == name


def test_nothing_known(tmp_path: Path) -> None:
    (tmp_path / "letter.docx").write_bytes(b"PK")
    with pytest.raises(
        LiquidlaneError, match=r"in no format that is recognised: none of .*udacity.* knows it; name one"
    ):
        recognise(tmp_path)
    with pytest.raises(LiquidlaneError, match="is not there"):
        recognise(tmp_path / "nothing")


def test_several_candidates_are_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {"sully": Recognition(0.9, "a log"), "carla": Recognition(0.8, "labels")}

    class Stub:
        def __init__(self, name: str) -> None:
            self.name = name

        def recognise(self, files: object) -> Recognition:
            if self.name == "udacity":
                raise PermissionError(13, "no", "driving_log.csv")
            return answers.get(self.name, Recognition(0, ""))

    monkeypatch.setattr("pipeline.ingestion.recognition.get_reader", Stub)
    with pytest.raises(LiquidlaneError, match=r"several formats: sully \(90%: a log\), carla \(80%: labels\); choose"):
        recognise(tmp_path)
    answers["carla"] = Recognition(0.7, "labels")
    assert recognise(tmp_path).reader == "sully"
    answers.update(sully=Recognition(0.3, "names"), carla=Recognition(0, ""))
    with pytest.raises(LiquidlaneError, match=r"it might be sully \(30%: names\)"):
        recognise(tmp_path)
    assert rank_readers(tmp_path)[0].reader == "sully"
