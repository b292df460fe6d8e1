"""The page stands by itself, says what the numbers say, and can be made of anything that a run may have."""

import base64
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from evaluation.metric import list_metrics, make_metric
from evaluation.open_loop import Prediction
from evaluation.report.chart import log_ticks, nice_ticks, thin
from evaluation.report.figures import enlarge
from evaluation.report.report import ReportInput, Trained, write_report
from evaluation.report.words import join, write_interval, write_number
from simulator.errors import LiquidlaneError
from simulator.randomness import make_generator
from tests.evaluation.episodes import make_sloppy

VOID = {"meta", "br", "hr", "img", "input", "link"}
FEW = 200


class Page(HTMLParser):
    """Checks that tags are closed in order and collects addresses, text and headings."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.addresses: list[str] = []
        self.texts: list[str] = []
        self.ids: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.addresses += [
            value or "" for name, value in attrs if name in ("src", "href", "poster", "srcset", "action")
        ]
        self.ids += [values["id"] or ""] if "id" in values else []
        assert tag != "script"
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in {"path", "circle", *VOID}

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.texts.append(data)

    @property
    def words(self) -> str:
        return " ".join(" ".join(self.texts).split())


def drives(model: str, size: float, conditions: tuple[str, ...] = ("clear", "noise"), roads: int = 3) -> list:
    return [
        make_sloppy(
            road + 10 * number, size * (1 + number), policy=model, condition=condition, road=f"generated:{road}"
        )
        for number, condition in enumerate(conditions)
        for road in range(roads)
    ]


def trained(name: str, neurons: int) -> Trained:
    history = [
        {"round": epoch // 4, "epoch": epoch, "loss": 0.5 / (epoch + 1), "validation": 0.6 / (epoch + 1)}
        for epoch in range(6)
    ]
    counts = {"neurons": neurons, "synapses": 252, "masked": 1065, "dense": 4000, "whole": 80485}
    about = {"counts": counts, "settings": {"cell": "cfc"}, "seed": 0, "input_size": [32, 100]}
    return Trained(name, about, history)


def predictions() -> list[Prediction]:
    rng = make_generator(0, "predictions")
    label = 0.02 * rng.standard_normal(900)
    time = np.arange(900) * 0.1
    return [
        Prediction(name, "drive", "recording", "udacity", time, label, guess)
        for name, guess in (
            ("ncp@0", label + 0.001),
            ("ncp@1", label),
            ("zero", 0 * label),
            ("last_value", label * 0.9),
        )
    ]


FULL = ReportInput(
    title="A <b>title</b> & more",
    episodes=[*drives("ncp@0", 0.5), *drives("ncp@1", 0.5), *drives("lstm@0", 1.5), *drives("straight", 3, ("clear",))],
    predictions=predictions(),
    checkpoints=[trained("ncp@0", 19), trained("ncp@1", 19), trained("lstm@0", 64)],
    config={"name": "test", "seeds": (0, 1), "path": Path("configs/quick.yaml")},
    versions={"python": "3.11", "carla": "0.9.16"},
    videos={"ncp@0": b"film of ncp"},
    stages=[("collect", 12.0), ("train", 30.5)],
    notes=["The roads are <flat>."],
    bootstrap=FEW,
)
FIRST = ReportInput(title="First", episodes=drives("straight", 3, ("clear",)) + drives("expert", 0.2, ("clear",)))
RECORDED = ReportInput(title="Recorded", predictions=predictions(), checkpoints=[trained("ncp@0", 19)])
NOTHING = ReportInput(title="Nothing")
VARIANTS = {"full": FULL, "first": FIRST, "recorded": RECORDED, "nothing": NOTHING}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {
        name: write_report(replace(given, bootstrap=FEW), tmp_path_factory.mktemp(name))
        for name, given in VARIANTS.items()
    }


@pytest.mark.parametrize("name", VARIANTS)
def test_the_page_is_whole_and_needs_no_network(name: str, pages: dict[str, Path]) -> None:
    text = pages[name].read_text()
    page = Page(text)
    assert all(address.startswith("data:") for address in page.addresses)
    assert not re.search(r"(https?:)?//[a-z]|@import|url\(", text)
    assert len(text) < 5e6
    for chart in re.findall(r"<svg.*?</svg>", text, re.S):
        assert not re.search(r"nan|inf(?!o)|None", chart)
        ElementTree.fromstring(chart)
    assert "nan" not in page.words.split() and "None" not in page.words.split()


def test_sections_appear_where_there_is_something_to_say(pages: dict[str, Path]) -> None:
    ids = {name: Page(path.read_text()).ids for name, path in pages.items()}
    assert ids["full"] == ["results", "videos", "offsets", "plans", "open-loop", "drivers", "made"]
    assert ids["first"] == ["results", "offsets", "plans", "drivers", "made"]
    assert ids["recorded"] == ["open-loop", "drivers", "made"]
    assert ids["nothing"] == ["made"]


def test_the_headline_counts_drives_as_they_were(pages: dict[str, Path]) -> None:
    completed = make_metric("completed")
    words = Page(pages["full"].read_text()).words
    for model in ("ncp", "lstm"):
        clear = [each for each in FULL.episodes if each.model == model and each.condition == "clear"]
        done = sum(completed.score(each) == 100 for each in clear)
        assert re.search(rf"{model}.*?{done} of {len(clear)}", words[:400])
    assert "On 3 unseen roads in clear weather, ncp (19 neurons) completed" in words
    first = Page(pages["first"].read_text()).words
    assert "straight completed 0 of 3" in first and "expert 3 of 3" in first and "No trained driver" in first
    assert "is off by" in Page(pages["recorded"].read_text()).words


def test_every_number_of_the_table_is_in_results_json(pages: dict[str, Path]) -> None:
    text = pages["full"].read_text()
    rows = json.loads((pages["full"].parent / "results.json").read_text())["rows"]
    assert {row["condition"] for row in rows} == {"clear", "noise", "recorded"}
    for row in rows:
        if row["condition"] != "recorded":
            decimals = make_metric(row["metric"]).decimals
            assert f">{write_number(row['mean'], decimals)}</span>" in text
            assert write_interval(row["low"], row["high"], decimals) in text
    assert len([row for row in rows if row["condition"] == "clear"]) == 3 * len(list_metrics())


def test_what_was_given_is_on_the_page_escaped(pages: dict[str, Path]) -> None:
    text = pages["full"].read_text()
    words = Page(text).words
    assert "A <b>title</b> & more" in words and "<b>" not in text
    assert "The roads are <flat>." in words
    assert base64.b64encode(b"film of ncp").decode() in text and "ncp, training seed 0" in words
    for expected in ("1,065", "80,485", "252", "1.3 %", "0.9.16", "configs/quick.yaml", "30.5 s", "round 1"):
        assert expected in words, expected


def test_interventions_are_marked_in_both_figures(pages: dict[str, Path]) -> None:
    text = pages["full"].read_text()
    marks = len(re.findall(r'class="cross".*?<title>intervention', text))
    in_offsets = sum(int(each.intervention.sum()) for each in FULL.episodes)
    in_plans = sum(
        int(each.intervention.sum()) for each in FULL.episodes if each.condition == "clear" and each.model != "straight"
    )
    assert marks == in_offsets + in_plans > 10


def test_results_are_the_same_each_time(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_report(FULL, tmp_path / name)
    for file in ("report.html", "results.json"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()
    assert sorted(path.name for path in (tmp_path / "one").iterdir()) == ["report.html", "results.json"]


def test_a_place_that_can_not_be_written_is_an_error_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises((LiquidlaneError, NotADirectoryError, FileExistsError), match="file"):
        write_report(NOTHING, tmp_path / "file")


def test_enlarged_paths_keep_their_side_and_scale() -> None:
    drive = make_sloppy(3)
    moved = enlarge(drive, 10.0)
    assert moved[:, 0] == pytest.approx(np.clip(drive.distance, 0, 99))
    assert moved[:, 1] == pytest.approx(10 * drive.offset)


def test_ticks_are_round_and_inside() -> None:
    assert nice_ticks(0, 1000, 6) == [0, 200, 400, 600, 800, 1000]
    assert nice_ticks(-1.9, 1.9, 4) == [-1, 0, 1]
    assert nice_ticks(3, 3, 4) == [3]
    assert log_ticks(0.05, 2) == pytest.approx([0.05, 0.1, 0.2, 0.5, 1, 2])


def test_thinned_lines_keep_their_extremes() -> None:
    values = make_generator(0, "line").standard_normal(5000)
    kept = thin(values, 200)
    assert len(kept) <= 204 and {0, 4999, int(values.argmax()), int(values.argmin())} <= set(kept.tolist())


def test_numbers_and_lists_in_words() -> None:
    assert write_number(-0.004, 2) == "0.00"
    assert write_number(-1234.5, 1) == "−1,234.5"
    assert write_number(None, 1) == "–"
    assert write_number(0.25, 2, signed=True) == "+0.25"
    assert (join([]), join(["a"]), join(["a", "b", "c"])) == ("", "a", "a, b and c")
