"""The built-in world: a stadium-shaped ring road with two lanes, one each way."""

import math
from xml.sax.saxutils import quoteattr

STRAIGHT = 120.0
RADIUS = 50.0
LANE_WIDTH = 3.5

_HEADER = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<OpenDRIVE><header revMajor="1" revMinor="6" name="Ring" version="1.0">'
    "<geoReference>+proj=tmerc +lat_0=0 +lon_0=0 +datum=WGS84</geoReference></header>\n"
)


def ring_document(straight: float = STRAIGHT, radius: float = RADIUS) -> str:
    """Give its OpenDRIVE document: four roads in a circle (the client's `next` fails at joints of fewer than 3)."""
    turn = math.pi * radius
    pieces = (
        (0.0, -radius, 0.0, straight, 0.0),
        (straight, -radius, 0.0, turn, 1 / radius),
        (straight, radius, math.pi, straight, 0.0),
        (0.0, radius, math.pi, turn, 1 / radius),
    )
    count = len(pieces)
    roads = [_road(1 + i, 1 + (i - 1) % count, 1 + (i + 1) % count, *piece) for i, piece in enumerate(pieces)]
    return _HEADER + "\n".join(roads) + "\n</OpenDRIVE>\n"


def _road(
    id: int, predecessor: int, successor: int, x: float, y: float, heading: float, length: float, curvature: float
) -> str:
    shape = f'<arc curvature="{curvature!r}"/>' if curvature else "<line/>"
    return (
        f'<road name={quoteattr(f"ring {id}")} length="{length!r}" id="{id}" junction="-1"><link>'
        f'<predecessor elementType="road" elementId="{predecessor}" contactPoint="end"/>'
        f'<successor elementType="road" elementId="{successor}" contactPoint="start"/></link>'
        '<type s="0" type="town"><speed max="30" unit="km/h"/></type>'
        f'<planView><geometry s="0" x="{x!r}" y="{y!r}" hdg="{heading!r}" length="{length!r}">{shape}</geometry>'
        f'</planView><elevationProfile><elevation s="0" a="0" b="0" c="0" d="0"/></elevationProfile><lateralProfile/>'
        f'<lanes><laneSection s="0"><left>{_lane(1)}</left>'
        f'<center><lane id="0" type="none" level="false">{_mark("broken")}</lane></center>'
        f"<right>{_lane(-1)}</right></laneSection></lanes></road>"
    )


def _lane(id: int) -> str:
    return (
        f'<lane id="{id}" type="driving" level="false"><link><predecessor id="{id}"/><successor id="{id}"/></link>'
        f'<width sOffset="0" a="{LANE_WIDTH}" b="0" c="0" d="0"/>{_mark("solid")}</lane>'
    )


def _mark(type: str) -> str:
    change = "both" if type == "broken" else "none"
    return f'<roadMark sOffset="0" type="{type}" weight="standard" color="white" width="0.12" laneChange="{change}"/>'
