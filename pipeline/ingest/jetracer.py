"""JetRacer's road following: single shots `x_y_uuid.jpg`, whose name holds the pixel to drive to.

The shots have no order and no time, so no sequence can be made of them: their drive says so (fact "single_shots"), and
only clips of one frame, for the feed-forward model, come out of it. The target becomes the curvature that JetRacer's
controller commands: it steers in proportion to the target's distance from the middle of the picture.
"""

import re
import uuid
from collections.abc import Iterator
from pathlib import Path

from pydantic import Field

from pipeline.drives.picture import BadPictureError, claimed_size
from pipeline.files.recording_files import Files, PictureFile
from pipeline.ingestion.reader import Recognition, Recording, Shot, Track, read_shots
from pipeline.signals.assumed import Assumed
from pipeline.signals.curvature import from_steer
from simulator.config import Config
from simulator.errors import LiquidlaneError

NAME = re.compile(r"(?:xy_)?(\d{1,4})_(\d{1,4})_[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\.jpe?g")
PERIOD = 0.05  # [s] between shots on a drive's clock, which must rise; it means nothing


class Options(Config):
    """What single shots do not say."""

    gain: float = Field(0.75, gt=0, description="Assumed steering at a target on the picture's edge (JetRacer's gain).")
    maximum_angle: float = Field(20.0, gt=0, lt=90, description="Assumed angle of the wheels at steering 1 [degrees].")
    wheelbase: float = Field(0.17, gt=0, description="Assumed distance of the car's axles [m].")
    scale: float = Field(16.0, gt=0, description="Lengths and speeds are multiplied by it; 1 keeps the model car's.")
    speed: float = Field(0.6, gt=0, description="Assumed speed of the car [m/s].")


def recognise(files: Files) -> Recognition:
    """Look for names with a pixel and a UUID."""
    fitting = sum(NAME.fullmatch(name.rpartition("/")[2].lower()) is not None for name in files.names)
    if fitting:
        return Recognition(0.95, f"{fitting} pictures named x_y_uuid.jpg, single shots")
    return Recognition(0.0, "no pictures named x_y_uuid.jpg")


def find_recordings(folder: Path, options: Options) -> list[Recording]:
    """Give each folder of shots as a recording.

    Raises:
        LiquidlaneError: if there is none.
    """
    files = Files(folder)
    shots = [path for path in files.matching(r".*\.jpe?g") if NAME.fullmatch(path.name.lower())]
    if not shots:
        raise LiquidlaneError(f"{folder} holds no pictures named x_y_uuid.jpg; give a folder of JetRacer's shots")
    places = sorted({path.parent for path in shots})
    return [_read_folder(place, [path for path in shots if path.parent == place], files, options) for place in places]


def _taken(path: Path) -> tuple[int, str]:
    """Give what to sort by: the moment of a shot, which a UUID of version 1 holds, and its name."""
    made = uuid.UUID(path.stem.rpartition("_")[2])
    return (made.time if made.version == 1 else 0), path.name


def _read_folder(place: Path, paths: list[Path], files: Files, options: Options) -> Recording:
    assumed = Assumed(options)
    gain = assumed.take("gain", "", "a name holds the pixel to drive to, not the steering")
    angle = assumed.take("maximum_angle", "degrees", "it is not known which car it was")
    wheelbase = assumed.take("wheelbase", "m", "it is not known which car it was")
    scale = assumed.take("scale", "", "it is a model car; its lengths and speeds are given as a full-size car's")
    speed = assumed.take("speed", "m/s", "single shots have none")

    def entries() -> Iterator[tuple[str, Path]]:
        yield from ((path.name, path) for path in sorted(paths, key=_taken))

    def read(path: Path, index: int, name: str) -> Shot:
        found = NAME.fullmatch(name.lower())
        assert found is not None
        picture = PictureFile(path, files.root)
        try:
            height, width = claimed_size(picture())
        except (BadPictureError, OSError):
            height, width = 1, 1  # the picture is set aside for its own reason
            steer = 0.0
        else:
            if int(found[1]) > width or int(found[2]) > height:
                raise ValueError(f"target {found[1]}, {found[2]} outside of {width} x {height} px")
            steer = (int(found[1]) - width / 2) / (width / 2) * gain
        curvature = float(from_steer(-steer, angle, wheelbase * scale))  # a pixel right of the middle is positive
        return Shot(name, index * PERIOD, speed * scale, curvature, float("nan"), name, picture)

    shots, flaws = read_shots(entries(), read)
    facts = {"camera": "camera", "assumed": assumed.facts, "single_shots": True}
    findings = ["single shots without order or time: only a feed-forward model can learn from them, frame by frame"]
    return Recording(place.name, place, [Track("camera", None, facts, shots, flaws)], assumed.sentences, findings)
