"""What `liquidlane drive` does: one episode on one road, filmed."""

import sys
from pathlib import Path

from evaluation.benchmark import PolicySpec, Unit
from liquidlane.display import Display
from pipeline.executor import run_units
from simulator.errors import LiquidlaneError
from simulator.world_config import WorldConfig


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
    if video.suffix.lower() != ".mp4":
        raise LiquidlaneError(f"{video}: the film is an MP4; give a name that ends in .mp4")
    checkpoint = driver if Path(driver).is_dir() else None
    unit = Unit(PolicySpec(Path(driver).name, checkpoint), (road,), condition, seed, WorldConfig(server=server))
    with Display().stage("film", 1, "films") as bar:
        (film,) = run_units(_film, [(unit, seconds)], workers=1, progress=bar)
    try:
        video.write_bytes(film)
    except OSError as error:
        raise LiquidlaneError(f"{video}: can't be written ({error.strerror}); give another place") from error
    sys.stdout.write(f"{video}\n")


def _film(task: tuple[Unit, float]) -> bytes:
    """Film, in a worker."""
    from evaluation.benchmark import seed_world, wrap_policy
    from evaluation.video import film
    from pipeline.executor import report_progress
    from pipeline.worlds import keep_world
    from simulator.world import Group

    unit, seconds = task
    world = keep_world(unit.setup())
    made = film(wrap_policy(unit), world, Group(unit.roads), seed_world(unit.seed), seconds)
    report_progress(1)
    return made
