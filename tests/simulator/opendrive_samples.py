"""Hand-written OpenDRIVE for tests."""

WIDTH = '<width sOffset="0" a="3.5" b="0" c="0" d="0"/>'
MARK = '<roadMark sOffset="0" type="solid" width="0.1" color="white"/>'
CENTER_MARK = '<roadMark sOffset="0" type="broken" width="0.12" color="yellow"/>'
LINE = '<geometry s="0" x="0" y="0" hdg="0" length="100"><line/></geometry>'


def lane(lane_id: int, kind: str = "driving", width: str = WIDTH, mark: str = MARK, link: str = "") -> str:
    return f'<lane id="{lane_id}" type="{kind}" level="false"><link>{link}</link>{width}{mark}</lane>'


def section(s: float = 0, left: str = "", right: str = "", center: str = CENTER_MARK) -> str:
    return (
        f'<laneSection s="{s}"><left>{left}</left><center><lane id="0" type="none">{center}</lane></center>'
        f"<right>{right}</right></laneSection>"
    )


TWO_WAY = section(left=lane(1), right=lane(-1))


def road(
    geometry: str = LINE,
    sections: str = TWO_WAY,
    *,
    id: str = "1",
    length: float | str = 100,
    elevation: str = "",
    bank: str = "",
    offset: str = "",
    link: str = "",
    more: str = "",
) -> str:
    return (
        f'<road id="{id}" length="{length}" junction="-1" {more}><link>{link}</link><planView>{geometry}</planView>'
        f"<elevationProfile>{elevation}</elevationProfile><lateralProfile>{bank}</lateralProfile><lanes>{offset}{sections}</lanes></road>"
    )


def document(*roads: str) -> str:
    header = "<header><geoReference>+proj=tmerc +lat_0=0 +lon_0=0</geoReference></header>"
    return f"<OpenDRIVE>{header}{''.join(roads)}</OpenDRIVE>"


def geometry(shape: str, length: float, *, s: float = 0, x: float = 0, y: float = 0, heading: float = 0) -> str:
    return f'<geometry s="{s}" x="{x}" y="{y}" hdg="{heading}" length="{length}">{shape}</geometry>'
