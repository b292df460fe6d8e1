"""Episodes keep their promises and come back from disk as they were."""

from pathlib import Path

import hypothesis.extra.numpy as arrays
import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.episode import Episode, load_episodes, save_episodes
from simulator.errors import LiquidlaneError
from tests.evaluation.episodes import make_episode, make_sloppy


def equal(one: Episode, other: Episode) -> bool:
    return all(
        np.array_equal(value, getattr(other, name)) and getattr(getattr(other, name), "dtype", None) == dtype
        for name, value in vars(one).items()
        for dtype in [getattr(value, "dtype", None)]
    )


finite = st.floats(-1e6, 1e6)


@st.composite
def episodes(draw: st.DrawFn) -> Episode:
    steps = draw(st.integers(0, 30))

    def series(elements: st.SearchStrategy[float] = finite) -> np.ndarray:
        return draw(arrays.arrays(np.float64, steps, elements=elements))

    return make_episode(
        steps,
        policy=draw(st.text(min_size=1, max_size=8)),
        road=draw(st.text(max_size=8)),
        seed=draw(st.integers(-(2**63), 2**63 - 1)),
        ended=draw(st.sampled_from(["finished", "stuck", "collided"])),
        timestamp=np.cumsum(series(st.floats(1e-3, 10))),
        offset=series(),
        curvature=series(),
        intervention=draw(arrays.arrays(np.bool_, steps)),
        position=draw(arrays.arrays(np.float64, (steps, 2), elements=finite)),
        neurons=draw(arrays.arrays(np.float32, (steps, draw(st.integers(0, 5))), elements=st.floats(-1, 1, width=32))),
        center=draw(arrays.arrays(np.float64, (draw(st.integers(0, 9)), 2), elements=finite)),
    )


@given(st.lists(episodes(), max_size=4))
@settings(max_examples=60, deadline=None)
def test_what_is_saved_is_loaded(tmp_path_factory: pytest.TempPathFactory, saved: list[Episode]) -> None:
    path = tmp_path_factory.mktemp("episodes") / "group.parquet"
    save_episodes(path, saved)
    loaded = load_episodes(path)
    assert len(loaded) == len(saved)
    assert all(equal(one, other) for one, other in zip(saved, loaded, strict=True))


def test_same_episodes_same_bytes_and_nothing_left_beside(tmp_path: Path) -> None:
    for name in ("one", "two"):
        save_episodes(tmp_path / name, [make_sloppy(1), make_sloppy(2)])
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "two"]


def test_a_damaged_file_or_another_format_is_an_error_in_words(tmp_path: Path) -> None:
    path = tmp_path / "group.parquet"
    with pytest.raises(LiquidlaneError, match=r"group.parquet.*no such file"):
        load_episodes(path)
    save_episodes(path, [make_episode()])
    whole = path.read_bytes()
    for broken in (whole[:-200], whole[: len(whole) // 2], b"", b"PAR1"):
        path.write_bytes(broken)
        with pytest.raises(LiquidlaneError, match=r"group.parquet: damaged"):
            load_episodes(path)
    path.write_bytes(whole)
    table = pq.read_table(path)
    pq.write_table(table.replace_schema_metadata({"liquidlane": '{"kind": "episodes", "format_version": 99}'}), path)
    with pytest.raises(LiquidlaneError, match="format version 99, this program reads 1"):
        load_episodes(path)
    pq.write_table(table.replace_schema_metadata({}), path)
    with pytest.raises(LiquidlaneError, match="format version None"):
        load_episodes(path)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"offset": np.zeros(7)}, "offset has shape"),
        ({"position": np.zeros((10, 3))}, "position has shape"),
        ({"center": np.zeros(4)}, "center has shape"),
        ({"neurons": np.zeros(10, np.float32)}, "neurons has shape"),
        ({"speed": np.full(10, np.nan)}, "speed holds a value that is not finite"),
        ({"timestamp": np.zeros(10)}, "time does not rise"),
        ({"ended": "bored"}, "ended 'bored'"),
        ({"length": 0.0}, "a way of 0.0 m"),
    ],
)
def test_what_can_not_be_can_not_be_made(changes: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        make_episode(10, **changes)


def test_names() -> None:
    episode = make_episode(policy="ncp@3")
    assert (episode.model, episode.training_seed) == ("ncp", "3")
    assert (make_episode().model, make_episode().training_seed) == ("perfect", "")


def test_times_and_ways() -> None:
    episode = make_episode(200)
    assert episode.period == pytest.approx(0.05)
    assert episode.elapsed == pytest.approx(10)
    assert episode.driven == pytest.approx(100)
    assert make_episode(101, ended="stuck", length=400.0).driven == pytest.approx(50)
    assert (make_episode(0).elapsed, make_episode(0).driven, make_episode(1).period) == (0, 0, 0)
