"""docs/carla-api.md lists every call of the wheel, and each does what its row says."""

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import carla
import pytest

from simulator.embedded.library import LIBRARY
from tests.simulator.embedded.conftest import RunningServer

PAGE = (Path(__file__).parents[3] / "docs" / "carla-api.md").read_text()
STATES = ("served", "approximated", "refused", "client")
ABSENT = ("TrafficSign", "TrafficLight")
"""Kinds of actors that can't be had, so that their calls can't be made."""
NAMES = {"show_pose": "blend_pose", "hide_pose": "blend_pose"}
"""What calls are named on the wire."""


def read_tables() -> dict[str, dict[str, str]]:
    """Give the state of each call, by class."""
    tables: dict[str, dict[str, str]] = {}
    for part in PAGE.split("\n## ")[1:]:
        title, _, text = part.partition("\n")
        for names, state in re.findall(r"^\| (`.*?`) \| (\w+) \|", text, re.MULTILINE):
            for name in re.findall(r"`([^`]+)`", names):
                assert name not in tables.setdefault(title, {}), f"{title}.{name} stands twice"
                tables[title][name] = state
    return tables


TABLES = read_tables()
ALONE = set(
    re.findall(r"`(\w+)`", PAGE.split("## What the wheel does alone")[1].split("\n## ")[0].split("*client*:")[1])
)


def wheel() -> Iterator[tuple[str, list[str]]]:
    """Give the wheel's classes, each with its own calls."""
    for name, value in inspect.getmembers(carla.libcarla, inspect.isclass):
        if not issubclass(value, int):  # enumerations
            yield name, [call for call in vars(value) if not call.startswith("__")]
    yield "command", [name for name in dir(carla.command) if not name.startswith("_")]


def test_every_call_of_the_wheel_stands_in_the_table_and_no_other() -> None:
    classes = dict(wheel())
    assert {"Client", "World", "Vehicle", "TrafficManager"} <= set(classes)
    for name, calls in classes.items():
        if name in ALONE:
            assert name not in TABLES
        else:
            assert set(TABLES.get(name, {})) == set(calls), name
    assert set(TABLES) - {"Blueprints"} <= set(classes)
    assert set(classes) >= ALONE


def test_states_are_known() -> None:
    assert {state for table in TABLES.values() for state in table.values()} == set(STATES)


def test_every_blueprint_stands_in_the_table() -> None:
    listed = TABLES["Blueprints"]
    assert {each.id for each in LIBRARY if not each.id.startswith(("vehicle.", "walker."))} == set(listed) - {
        "vehicle.*",
        "walker.pedestrian.*",
    }


PREFIXES = {"sensor": ("Sensor", "ServerSideSensor"), "helper": ("DebugHelper", "LightManager", "BlueprintLibrary")}


@pytest.fixture(scope="module")
def outcome() -> tuple[dict[str, str], str]:
    """Make every call once; gives what failed, and the server's log."""
    running = RunningServer()
    answers = running.play("every_call.everything", timeout=120)
    return answers, running.end()


def answer_of(answers: dict[str, str], title: str, name: str) -> str | None:
    for prefix, titles in PREFIXES.items():
        if title in titles:
            return answers.get(f"{prefix}.{name}")
    return answers.get(f"{title}.{name}")


def test_what_is_served_answers(outcome: tuple[dict[str, str], str]) -> None:
    answers, log = outcome
    assert "Traceback" not in log, log
    made = {
        f"{title}.{name}": answer_of(answers, title, name)
        for title, table in TABLES.items()
        for name, state in table.items()
        if state in ("served", "approximated") and title != "Blueprints"
    }
    assert {name: said for name, said in made.items() if said != ""} == {}
    assert len(made) > 150


def test_what_is_refused_says_so(outcome: tuple[dict[str, str], str]) -> None:
    """To the caller where the client waits for an answer, else in the server's log."""
    answers, log = outcome
    for title, table in TABLES.items():
        for name, state in table.items():
            if state != "refused" or title in (*ABSENT, "Blueprints"):
                continue
            said = answer_of(answers, title, name)
            assert said is not None, f"{title}.{name} was not called"
            if said:
                assert "embedded server" in said, f"{title}.{name}: {said}"
            else:
                phrase = "can't hide" if "environment" in name else "does not serve"
                words = [line for line in log.splitlines() if phrase in line]
                stem = (
                    NAMES.get(name, name)
                    .removeprefix("add_")
                    .removeprefix("set_")
                    .removesuffix("_for_ros")
                    .split("_")[0]
                )
                assert any(stem in line for line in words), f"{title}.{name} left no word in the log"
