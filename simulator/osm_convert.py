"""The converter from OpenStreetMap to OpenDRIVE, run as a process of its own: `carla.Osm2Odr` can crash.

Reads an extract's XML from its input, writes OpenDRIVE to the file that it is given (its output holds the converter's
remarks).
"""

import resource
import sys
from pathlib import Path

MEMORY = 8 * 1024**3


def main() -> None:
    """Convert the standard input into the file that the first argument names."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    # no file for a crash that is reported in words
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    import carla

    settings = carla.Osm2OdrSettings()
    # coordinates about the extract's middle: single precision is CARLA's
    settings.center_map = True
    text = carla.Osm2Odr.convert(sys.stdin.buffer.read().decode("utf-8"), settings)
    Path(sys.argv[1]).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
