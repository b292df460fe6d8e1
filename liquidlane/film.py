"""What `liquidlane drive` does: one episode on one road, or one recorded drive with what was predicted, filmed."""

import sys
from pathlib import Path

from evaluation.benchmark import PolicySpec, Unit
from liquidlane.display import Display
from pipeline.work.executor import run_units
from simulator.errors import LiquidlaneError
from simulator.world_config import WorldConfig


def film(
    driver: str, recording: Path | None, road: str, video: Path, seconds: float, condition: str, seed: int, server: str
) -> None:
    """Film a recorded drive if one is named, else a road; see the functions for each."""
    if recording is not None:
        film_recorded_drive(driver, recording, video, seconds)
    else:
        film_one_road(driver, road, video, seconds, condition, seed, server)


def film_one_road(driver: str, road: str, video: Path, seconds: float, condition: str, seed: int, server: str) -> None:
    """Drive a road in a worker and write the film.

    Args:
        driver: folder of a checkpoint, or name of a driver that needs no training.
        road: its name, see `simulator.roads`.
        video: the mp4 to write.
        seconds: at most.
        condition: of evaluation/conditions.
        seed: of the world's look.
        server: "embedded" or host:port.
    """
    _check_name(video)
    checkpoint = driver if Path(driver).is_dir() else None
    unit = Unit(PolicySpec(Path(driver).name, checkpoint), (road,), condition, seed, WorldConfig(server=server))
    with Display().stage("film", 1, "films") as bar:
        (made,) = run_units(_film, [(unit, seconds)], workers=1, progress=bar)
    _keep(made, video)


def film_recorded_drive(checkpoint: str, recording: Path, video: Path, seconds: float) -> None:
    """Show a recorded drive to a trained driver and write the film of what it would have steered.

    Args:
        checkpoint: its folder.
        recording: folder of the drive.
        video: the mp4 to write.
        seconds: at most.
    """
    from evaluation.recorded_film import film_recording
    from pipeline.driver.checkpoint import describe, load
    from pipeline.driver.view import StatedCamera, camera_of
    from pipeline.drives.drive import Drive

    _check_name(video)
    if not Path(checkpoint).is_dir():
        raise LiquidlaneError(f"{checkpoint} is no checkpoint's folder; only a trained driver can look at a recording")
    drive = Drive.open(recording)
    stated = {source: StatedCamera(**values) for source, values in describe(Path(checkpoint)).cameras.items()}
    drive.camera = camera_of(drive, stated)
    with Display().stage("film", 1, "films") as bar:
        made = film_recording(load(Path(checkpoint)), drive, seconds)
        bar.advance(1)
    _keep(made, video)


def _check_name(video: Path) -> None:
    if video.suffix.lower() != ".mp4":
        raise LiquidlaneError(f"{video}: the film is an MP4; give a name that ends in .mp4")


def _keep(made: bytes, video: Path) -> None:
    """Write the film and say where it is."""
    try:
        video.write_bytes(made)
    except OSError as error:
        raise LiquidlaneError(f"{video}: can't be written ({error.strerror}); give another place") from error
    sys.stdout.write(f"{video}\n")


def _film(task: tuple[Unit, float]) -> bytes:
    """Film, in a worker."""
    from evaluation.benchmark import seed_world, wrap_policy
    from evaluation.video import film
    from pipeline.work.executor import report_progress
    from pipeline.work.worlds import keep_world
    from simulator.world import Group

    unit, seconds = task
    world = keep_world(unit.setup())
    made = film(wrap_policy(unit), world, Group(unit.roads), seed_world(unit.seed), seconds)
    report_progress(1)
    return made
