"""What is told of work under way reads as a sentence would."""

import io

import pytest
from rich.console import Console

from liquidlane import display
from liquidlane.display import Display, StageBar, say_rate


@pytest.mark.parametrize(
    ("amount", "unit", "spent", "said"),
    [
        (24_000, "frames", 12.0, ", 2,000 frames/s"),
        (9, "pages", 6.0, ", 1.5 pages/s"),
        (2, "films", 100.0, ""),
        (1, "films", 100.0, ""),
        (4_000, "% of way", 80.0, ""),
        (24_000, "frames", 0.5, ""),
    ],
)
def test_speed_is_told_of_what_can_be_counted(amount: int, unit: str, spent: float, said: str) -> None:
    assert say_rate(amount, unit, spent) == said


@pytest.mark.parametrize(("unit", "said"), [("frames", "800 of 4,000 frames"), ("% of way", "20 % of way")])
def test_shares_are_shares_of_the_whole(unit: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(display, "PLAIN_INTERVAL", -1.0)
    told = io.StringIO()
    StageBar(None, "drive", 4_000, unit, Console(file=told, width=200)).advance(800)
    assert told.getvalue().startswith(f"  drive: {said}, about ")


@pytest.mark.parametrize(("unit", "said"), [("frames", "800/4000 frames"), ("% of way", "20 % of way")])
def test_a_bar_shows_the_same(unit: str, said: str) -> None:
    told = io.StringIO()
    console = Console(file=told, force_terminal=True, width=200, color_system=None)
    with Display(console).stage("drive", 4_000, unit) as bar:
        bar.advance(800)
    assert said in told.getvalue()
