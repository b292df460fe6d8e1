"""Numbers from XML attributes, with messages that say where and what."""

import math
import xml.etree.ElementTree as ET

from simulator.errors import LiquidlaneError


def find_all(element: ET.Element, *path: str) -> list[ET.Element]:
    """Give all descendants by the tags that lead to them, faster than `findall` reads a path."""
    level = [element]
    for tag in path:
        level = [child for parent in level for child in parent.findall(tag)]
    return level


class Reader:
    """Reads attributes of one road; `place` begins every message. complaints: takes what is wrong but can be read."""

    def __init__(self, place: str, complaints: list[str] | None = None) -> None:
        self.place = place
        self._complaints = [] if complaints is None else complaints

    def complain(self, what: str, result: str) -> None:
        """Note "<place> <what>; <result>"."""
        self._complaints.append(f"{self.place} {what}; {result}")

    def error(self, what: str, remedy: str) -> LiquidlaneError:
        """Make the error "<place> <what>; <remedy>"."""
        return LiquidlaneError(f"{self.place} {what}; {remedy}")

    def number(
        self,
        element: ET.Element,
        key: str,
        default: float | None = None,
        *,
        least: float = -1e9,
        most: float = 1e9,
        above: float | None = None,
    ) -> float:
        """Read a finite number within limits.

        Raises:
            LiquidlaneError: if it is missing (and there is no default), not a number or out of the limits.
        """
        text = element.get(key)
        if text is not None and above is None:
            # nearly all of them
            try:
                value = float(text)
            except ValueError:
                value = math.nan
            if least <= value <= most:
                return value
        if text is None:
            if default is not None:
                return default
            raise self.error(f"has a <{element.tag}> without {key}", f"give it {key}")
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise self.error(f"has a <{element.tag}> whose {key} is {text!r}", "give a finite number")
        if not least <= value <= most or (above is not None and value <= above):
            limits = f"above {above:g}" if above is not None and value <= above else f"between {least:g} and {most:g}"
            raise self.error(f"has a <{element.tag}> whose {key} is {text}", f"give a value {limits}")
        return value

    def integer(self, element: ET.Element, key: str) -> int:
        """Read a whole number.

        Raises:
            LiquidlaneError: if it isn't one.
        """
        value = self.number(element, key, least=-1e6, most=1e6)
        if value != int(value):
            raise self.error(f"has a <{element.tag}> whose {key} is {element.get(key)}", "give a whole number")
        return int(value)
