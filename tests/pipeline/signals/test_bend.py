"""Which curvature is taken where two are known, and what is said of it."""

import numpy as np

from pipeline.signals.bend import choose_bend

TIMES = np.arange(200) / 20
STEERED = 0.02 * np.sin(TIMES)
DRIVEN = 0.9 * 0.02 * np.sin(TIMES - 0.2)


def test_the_wanted_one_is_taken_and_both_are_compared() -> None:
    bend = choose_bend(TIMES, STEERED, DRIVEN, "motion", "the pose")
    np.testing.assert_array_equal(bend.label, DRIVEN)
    assert bend.findings[0] == "curvature by the pose"
    assert "by the pose: steering agrees with the motion" in bend.findings[1] and "200 ms" in bend.findings[1]
    bend = choose_bend(TIMES, STEERED, DRIVEN, "steering", "the pose")
    np.testing.assert_array_equal(bend.label, STEERED)
    np.testing.assert_array_equal(bend.driven, DRIVEN)
    assert bend.findings[0] == "curvature by the steering wheel"


def test_the_other_fills_where_one_is_unknown() -> None:
    crawling = np.where(TIMES < 2, np.nan, DRIVEN)
    bend = choose_bend(TIMES, STEERED, crawling, "motion", "the pose")
    np.testing.assert_array_equal(bend.label[TIMES < 2], STEERED[TIMES < 2])
    np.testing.assert_array_equal(bend.label[TIMES >= 2], DRIVEN[TIMES >= 2])
    np.testing.assert_array_equal(bend.driven, bend.label)
    assert "by the steering wheel at 40 frames where it is unknown" in bend.findings[0]
    nothing = np.full(200, np.nan)
    assert choose_bend(TIMES, STEERED, nothing, "motion", "the pose").findings == [
        "curvature by the steering wheel: there is none by the pose"
    ]
    assert np.isnan(choose_bend(TIMES, nothing, nothing, "motion", "the pose").label).all()


def test_a_mirrored_wheel_is_told_in_capitals() -> None:
    assert "OPPOSITE" in choose_bend(TIMES, -STEERED, DRIVEN, "motion", "the pose").findings[1]
