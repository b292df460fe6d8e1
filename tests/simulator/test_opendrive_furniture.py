"""Signals, objects and speed limits: against the official client's, and what the format says of repeats."""

import math

import numpy as np
import pytest

from simulator.errors import LiquidlaneError
from simulator.opendrive import Road, RoadNetwork
from tests.simulator.opendrive_oracle import ask_carla
from tests.simulator.opendrive_samples import LINE, document, lane, road, section

SIGNAL = (
    '<signal s="{s}" t="-5" id="{id}" name="sign" dynamic="no" orientation="{side}" zOffset="2" country="DE" '
    'type="{type}" subtype="{subtype}" value="{value}" unit="{unit}" height="0.6" width="0.6" hOffset="0.1"/>'
)
SIGNALS = (
    SIGNAL.format(s=70, id=7, side="+", type=274, subtype=57, value=70, unit="km/h")
    + SIGNAL.format(s=20, id=8, side="-", type=274, subtype=50, value="", unit="")
    + SIGNAL.format(s=40, id=9, side="none", type=205, subtype=-1, value=-1, unit="")
    + '<signalReference s="90" t="5" id="9" orientation="-"/>'
)


def furnished(inside: str = "", before: str = "", sections: str = section(left=lane(1), right=lane(-1))) -> str:
    text = road(LINE, sections)
    return document(text.replace("<planView>", f"{before}<planView>").replace("</road>", f"{inside}</road>"))


def the_road(xml: str) -> Road:
    return RoadNetwork.parse(xml, "a.xodr").roads[0]


def test_signals_stand_where_carla_finds_them() -> None:
    xml = furnished(f"<signals>{SIGNALS}</signals>")
    ours = the_road(xml).signals
    theirs = sorted(ask_carla(xml, signs=True)["signs"], key=lambda sign: sign["s"])
    assert [(sign.id, sign.s, sign.type) for sign in ours] == [(s["id"], s["s"], s["type"]) for s in theirs]
    assert [sign.s for sign in ours] == [20, 40, 70, 90]
    assert [sign.orientation for sign in ours] == ["-", "none", "+", "-"]
    assert ours[2].value == theirs[2]["value"] == 70


def test_speed_signs_say_metres_per_second() -> None:
    limits = [sign.speed_limit for sign in the_road(furnished(f"<signals>{SIGNALS}</signals>")).signals]
    assert limits == [pytest.approx(50 / 3.6), None, pytest.approx(70 / 3.6), None]


def test_a_sign_stands_beside_the_road_on_its_height() -> None:
    ours = the_road(furnished(f"<signals>{SIGNALS}</signals>"))
    assert ours.place(70.0, -5.0, 2.0) == pytest.approx((70.0, -5.0, 2.0, 0.0))


def test_repeats_make_many_objects_or_one_long_one() -> None:
    post = '<object id="1" type="pole" s="5" t="-4" zOffset="0" hdg="0.2" radius="0.1" height="1"><repeat s="10" '
    rail = '<object id="2" type="barrier" s="0" t="4" zOffset="0.3" length="1" width="0.1" height="0.2"><repeat s="0" '
    many = 'length="50" distance="10" tStart="-4" tEnd="-6" heightStart="1" heightEnd="2" />'
    long = 'length="80" distance="0" tStart="4" tEnd="5" zOffsetStart="0.3" zOffsetEnd="0.3"/>'
    ours = the_road(furnished(f"<objects>{post}{many}</object>{rail}{long}</object></objects>")).objects
    posts = [thing for thing in ours if thing.type == "pole"]
    assert [thing.s for thing in posts] == [10, 20, 30, 40, 50, 60]
    assert [thing.t for thing in posts] == pytest.approx(np.linspace(-4, -6, 6))
    assert posts[-1].height == 2 and posts[0].round and posts[0].width == 0.2 and not posts[0].runs_along
    (barrier,) = [thing for thing in ours if thing.type == "barrier"]
    assert (barrier.s, barrier.t, barrier.end_s, barrier.end_t, barrier.runs_along) == (0, 4, 80, 5, True)


def test_an_object_against_the_road_is_turned_round() -> None:
    things = the_road(furnished('<objects><object s="5" t="1" hdg="0.5" orientation="-"/></objects>')).objects
    assert things[0].heading == pytest.approx(0.5 + math.pi)


def test_a_lanes_limit_goes_before_the_roads() -> None:
    limits = (
        '<type s="0" type="rural"><speed max="100" unit="km/h"/></type><type s="50"><speed max="20" unit="mph"/></type>'
    )
    own = lane(-1).replace("</lane>", '<speed sOffset="30" max="5" unit="m/s"/></lane>')
    ours = the_road(furnished(before=limits, sections=section(left=lane(1), right=own)))
    assert ours.speed_limit(1, 10.0) == pytest.approx(100 / 3.6)
    assert ours.speed_limit(1, 60.0) == pytest.approx(8.94, abs=0.01)
    assert ours.speed_limit(-1, 10.0) == pytest.approx(100 / 3.6)
    assert ours.speed_limit(-1, 60.0) == 5.0
    assert the_road(furnished()).speed_limit(1, 10.0) is None


def test_endless_repeats_are_refused() -> None:
    tiny = '<objects><object s="0" t="0"><repeat s="0" length="100" distance="0.0001"/></object></objects>'
    with pytest.raises(LiquidlaneError, match=r"a\.xodr: road 1 has a <repeat> of 1000001 objects; repeat at most"):
        RoadNetwork.parse(furnished(tiny), "a.xodr")
