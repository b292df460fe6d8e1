"""From text to an element tree within bounds: what is no XML, or is made to harm, is refused in a sentence."""

import re
import xml.etree.ElementTree as ET

from simulator.errors import LiquidlaneError

LARGEST = 100_000_000
MOST_ELEMENTS = 1_000_000
DEEPEST = 100
_DECLARATION = re.compile(r"<\?xml\b[^>]*\?>")
_LONE_AMPERSAND = re.compile(r"&(?!#?\w{1,32};)")
_CONTROL = re.compile(r"[\x01-\x08\x0b\x0c\x0e-\x1f]")


def read_document(xml: str, name: str) -> ET.Element:
    """Read XML whose root is OpenDRIVE; name spaces are dropped.

    Raises:
        LiquidlaneError: if it isn't such a document, or larger than any road network.
    """
    if len(xml) > LARGEST:
        raise LiquidlaneError(
            f"{name} has {len(xml) / 1e6:.0f} million characters; at most {LARGEST // 10**6} are read, cut a part out"
        )
    if "<!ENTITY" in xml:
        raise LiquidlaneError(f"{name} declares entities, which OpenDRIVE never does; remove its <!DOCTYPE>")
    try:
        root = _parse(xml)
    except (ET.ParseError, ValueError) as error:
        raise LiquidlaneError(f"{name} is not XML ({error}); give an OpenDRIVE file (.xodr)") from None
    _walk(root, name)
    if root.tag != "OpenDRIVE":
        raise LiquidlaneError(f"{name} is not OpenDRIVE: its root element is <{root.tag}>; give an .xodr file")
    return root


def _parse(xml: str) -> ET.Element:
    """Parse what CARLA's lenient reader takes as well: a late declaration, names in another encoding, "A & B"."""
    # the text is decoded already, whatever its declaration says
    text = _DECLARATION.sub("", xml.lstrip("\ufeff"), count=1).lstrip()
    text = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    try:
        return ET.fromstring(text)
    except ET.ParseError as error:
        mended = _CONTROL.sub("\ufffd", _LONE_AMPERSAND.sub("&amp;", text))
        if mended == text:
            raise
        try:
            return ET.fromstring(mended)
        except ET.ParseError:
            raise error from None


def _walk(root: ET.Element, name: str) -> None:
    """Drop name spaces, and refuse what is larger or deeper than roads are."""
    level, count, depth = [root], 0, 0
    while level:
        count, depth = count + len(level), depth + 1
        if count > MOST_ELEMENTS or depth > DEEPEST:
            what = f"more than {MOST_ELEMENTS} elements" if count > MOST_ELEMENTS else f"elements {DEEPEST} deep"
            raise LiquidlaneError(f"{name} holds {what}, which no road network needs; cut a part out")
        for element in level:
            if isinstance(element.tag, str) and element.tag.startswith("{"):
                element.tag = element.tag.partition("}")[2]
        level = [child for element in level for child in element]
