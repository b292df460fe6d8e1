"""Roads from OpenStreetMap: extracts, those that come along or one's own, made OpenDRIVE by `carla.Osm2Odr`."""

import logging
import signal
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from functools import lru_cache
from pathlib import Path

from simulator.errors import LiquidlaneError

EXTRACTS = Path(__file__).parent / "extracts"
LARGEST = 50_000_000
LONGEST = 300.0
ATTRIBUTION = "© OpenStreetMap contributors, Open Database License (https://www.openstreetmap.org/copyright)"
_log = logging.getLogger(__name__)


def extract_names() -> list[str]:
    """Name the extracts that come along."""
    return sorted(path.stem for path in EXTRACTS.glob("*.osm"))


def convert_extract(place: str) -> str:
    """Give the OpenDRIVE document of an extract: one that comes along, by its name, or a path.

    Raises:
        LiquidlaneError: if there is no such extract, or the converter can make no roads of it.
    """
    path = EXTRACTS / f"{place}.osm" if place in extract_names() else Path(place).expanduser()
    try:
        size = path.stat().st_size
        content = path.read_bytes() if size <= LARGEST else b""
    except OSError as error:
        raise LiquidlaneError(
            f"the OpenStreetMap extract {place} can't be read ({error.strerror}); give the path of an .osm file, or "
            f"one of {', '.join(extract_names())}"
        ) from None
    if size > LARGEST:
        raise LiquidlaneError(
            f"the OpenStreetMap extract {place} has {size / 1e6:.0f} MB; at most {LARGEST / 1e6:.0f} MB can be "
            "converted, cut out a smaller area"
        )
    _log.info("%s: %s", place, ATTRIBUTION)
    return _convert(content, place)


@lru_cache(maxsize=8)
def _convert(content: bytes, place: str) -> str:
    _check(content, place)
    with tempfile.TemporaryDirectory(prefix="liquidlane-osm-") as folder:
        target = Path(folder) / "roads.xodr"
        command = [sys.executable, "-m", "simulator.osm_convert", str(target)]
        try:
            child = subprocess.run(
                command, input=content, check=False, capture_output=True, timeout=LONGEST, cwd=_root()
            )
        except subprocess.TimeoutExpired:
            raise LiquidlaneError(
                f"the converter took more than {LONGEST:.0f} s for the extract {place}; cut out a smaller area"
            ) from None
        text = target.read_text(encoding="utf-8") if target.exists() else ""
    if child.returncode != 0 or "<road " not in text:
        raise LiquidlaneError(
            f"CARLA's converter {_fate(child)} the OpenStreetMap extract {place}; it needs roads that cars may use "
            "(highway=residential and upwards)"
        )
    return text


def _check(content: bytes, place: str) -> None:
    """Refuse what the converter would crash or say nothing of."""
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise LiquidlaneError(f"the extract {place} declares entities, which OpenStreetMap never does; remove them")
    try:
        root = ET.fromstring(content)
    except (ET.ParseError, ValueError, LookupError) as error:
        raise LiquidlaneError(f"the extract {place} is not XML ({error}); export it as .osm, not .osm.pbf") from None
    if root.tag != "osm":
        raise LiquidlaneError(f"the extract {place} is no OpenStreetMap: its root is <{root.tag}>; give an .osm file")
    if root.find("way/tag[@k='highway']") is None:
        raise LiquidlaneError(f"the extract {place} holds no road; choose an area with streets")


def _fate(child: "subprocess.CompletedProcess[bytes]") -> str:
    """Say how the converter ended."""
    if child.returncode < 0:
        return f"died of {signal.Signals(-child.returncode).name} over"
    remarks = [line for line in child.stderr.decode("utf-8", "replace").splitlines() if line.startswith("Error")]
    return f"made no roads ({remarks[-1].strip()}) of" if remarks else "made no roads of"


def _root() -> Path:
    """Give the folder that the package `simulator` lies in, for the child to find it."""
    return Path(__file__).parent.parent
