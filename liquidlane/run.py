"""The stages in order: each finds its finished work or makes it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from evaluation.benchmark import PolicySpec, Unit, plan_units
from evaluation.closed_loop import episode_jobs, film_jobs
from evaluation.kept_aside import KeptAside
from evaluation.open_loop_job import open_loop_jobs
from evaluation.replay_job import replay_jobs, state_smoothing
from liquidlane.display import Display
from liquidlane.experiment import Experiment, split_model
from pipeline.collection.collect import collect_jobs, drives_in, plan_dagger_units, plan_expert_units
from pipeline.ingestion.job import ingest_job
from pipeline.training.config import TrainConfig
from pipeline.training.job import TrainUnit, train_jobs
from pipeline.work.artifact import Artifact, warn_of_other_sources
from pipeline.work.job import Job, finish_jobs


@dataclass(frozen=True, slots=True)
class Trained:
    """One trained driver: the label of its model, its seed, and its checkpoint."""

    label: str
    seed: int
    checkpoint: Artifact

    @property
    def name(self) -> str:
        """The policy's name in episodes and reports."""
        return f"{self.label}@{self.seed}"


@dataclass
class Results:
    """What a run found or made, for the report."""

    groups: list[Artifact] = field(default_factory=list)
    trained: list[Trained] = field(default_factory=list)
    units: list[Unit] = field(default_factory=list)
    episodes: list[Artifact] = field(default_factory=list)
    film_units: list[Unit] = field(default_factory=list)
    films: list[Artifact] = field(default_factory=list)
    predictions: list[Artifact] = field(default_factory=list)
    replays: list[Job] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)


def run(experiment: Experiment, display: Display, *, until: str = "report") -> Path | None:
    """Go through the stages up to `until`; give the report's page, or None if it ended before.

    Raises:
        LiquidlaneError: for anything that the user can repair. Finished work is kept.
    """
    stages = Stages(experiment, display)
    stages.gather()
    if until == "collect":
        return None
    stages.train()
    if until == "train":
        return None
    stages.benchmark()
    stages.open_loop()
    stages.replay()
    if until == "benchmark":
        return None
    from liquidlane.report import write_page

    page = write_page(experiment, stages.results, display)
    display.say(f"report: {page}")
    return page


def needed_folders(experiment: Experiment) -> set[Path]:
    """List the artifacts that an experiment's results need and that are on disk now."""
    stages = Stages(experiment, Display(), only_look=True)
    stages.gather()
    stages.train()
    stages.benchmark()
    stages.open_loop()
    stages.replay()
    return stages.seen


class Stages:
    """An experiment under way.

    experiment: what to do. display: where to show it. only_look: make nothing, only note in `seen` which artifacts
    belong to the experiment; stages whose inputs are not there yet are passed over.
    """

    def __init__(self, experiment: Experiment, display: Display, *, only_look: bool = False) -> None:
        self.experiment, self.display, self.only_look = experiment, display, only_look
        self.data = experiment.folder / "data"
        self.checkpoints = experiment.folder / "checkpoints"
        self.results = Results()
        self.seen: set[Path] = set()
        self._checked = False

    def gather(self) -> None:
        """Collect the expert's drives and ingest the recordings."""
        experiment, root = self.experiment, self.data / "drives"
        if experiment.collect is not None:
            units = plan_expert_units(experiment.collect, experiment.world, experiment.seed)
            self.results.groups += self._finish("collect drives", "frames", collect_jobs(units, root))
        if experiment.recordings:
            jobs = [ingest_job(recording, root) for recording in experiment.recordings]
            self.results.groups += self._finish("ingest recordings", "frames", jobs)

    def train(self) -> None:
        """Train all models with all seeds, then the DAgger rounds with all of them."""
        experiment = self.experiment
        rounds = experiment.dagger.rounds if experiment.dagger else 0
        if not experiment.models or not self.results.groups:
            return
        trained = self._train("train", 0, experiment.train, {})
        for number in range(rounds):
            if experiment.dagger is None or experiment.collect is None or not trained:
                break
            units = plan_dagger_units(
                experiment.dagger,
                experiment.collect,
                experiment.world,
                experiment.seed,
                number,
                [(one.name, one.checkpoint) for one in trained],
            )
            title = "models drive, expert labels"
            self.results.groups += self._finish(title, "frames", collect_jobs(units, self.data / "drives"))
            start = {one.name: one.checkpoint for one in trained}
            trained = self._train(f"train, round {number + 1}", number + 1, experiment.dagger_train, start)
        self.results.trained = trained

    def _train(self, title: str, number: int, config: TrainConfig, start: dict[str, Artifact]) -> list[Trained]:
        """Train every model with every seed on all drives there are so far; give none if only looking and not all."""
        experiment, groups = self.experiment, self.results.groups
        drives = tuple(drive for group in groups for drive in drives_in(group))
        if not drives:
            return []
        below = str(experiment.folder / experiment.tracking.folder)
        tracking = experiment.tracking.model_copy(update={"folder": below})
        names, units = [], []
        for seed in experiment.seeds:
            for label, settings in experiment.models.items():
                model, overrides = split_model(label, settings)
                names.append((label, seed))
                units.append(
                    TrainUnit(
                        label=f"{label}-seed{seed}-round{number}",
                        model=model,
                        overrides=TrainUnit.pack(overrides),
                        seed=seed,
                        config=config,
                        dataset=experiment.dataset,
                        split_seed=experiment.seed,
                        augment=experiment.augment,
                        drives=drives,
                        inputs=tuple(group.fingerprint for group in groups),
                        cache=self.data / "cache",
                        tracking=tracking,
                        start=start.get(f"{label}@{seed}"),
                    )
                )
        for sentence in [] if self.only_look else experiment.dataset.statements():
            self.display.say(f"  training: {sentence}")
        made = self._finish(title, "frames", train_jobs(units, self.checkpoints))
        if len(made) < len(units):
            return []
        return [Trained(label, seed, checkpoint) for (label, seed), checkpoint in zip(names, made, strict=True)]

    def benchmark(self) -> None:
        """Drive the test roads with every model and with the drivers that bound the scale, then film each model."""
        experiment, config = self.experiment, self.experiment.benchmark
        if config is None:
            return
        world = experiment.world
        policies = [PolicySpec(one.name, str(one.checkpoint.path)) for one in self.results.trained]
        prints = {one.name: one.checkpoint.fingerprint for one in self.results.trained}
        self.results.units = plan_units(config, world, policies, world.roads.names("test", config.roads))
        jobs = episode_jobs(self.results.units, prints, self.data / "episodes")
        self.results.episodes = self._finish("drive test roads", "% of way", jobs)
        if config.video_seconds > 0:
            seen = {unit.policy.name: unit for unit in reversed(self.results.units) if unit.condition == "clear"}
            self.results.film_units = list(reversed(seen.values()))
            films = film_jobs(self.results.film_units, prints, self.data / "films", config.video_seconds)
            self.results.films = self._finish("film", "films", films)

    def open_loop(self) -> None:
        """Let every model predict the test part of the recordings."""
        if self.experiment.open_loop is None or not self.results.trained:
            return
        trained = [(one.name, one.checkpoint) for one in self.results.trained]
        jobs = open_loop_jobs(trained, self._kept_aside(), self.data / "predictions")
        self.results.predictions = self._finish("predict recordings", "frames", jobs)

    def replay(self) -> None:
        """Let every model drive the test part of the recordings again."""
        if self.experiment.replay is None or not self.results.groups:
            return
        trained = [(one.name, one.checkpoint) for one in self.results.trained]
        jobs = replay_jobs(self.experiment.replay, trained, self._kept_aside(), self.data / "episodes")
        self._finish("drive recordings", "% of way", jobs)
        self.results.replays = jobs
        told = None if self.only_look or not jobs else state_smoothing(jobs[0])
        if told:
            self.display.warn(told)

    def _kept_aside(self) -> KeptAside:
        """Give the part of the drives that training leaves to tests on recordings."""
        groups = tuple(self.results.groups)
        drives = tuple(drive for group in groups for drive in drives_in(group))
        return KeptAside(groups, drives, self.experiment.dataset, self.experiment.seed)

    def _finish(self, title: str, unit: str, jobs: Sequence[Job]) -> list[Artifact]:
        """Do the jobs that are left, under a bar, and give all artifacts; only those that are there if only looking."""
        left = [job for job in jobs if not job.done]
        reused = [job for job in jobs if job not in left]
        if self.only_look:
            self.seen |= {job.artifact.path for job in reused}
            return [job.artifact for job in reused]
        for job in reused:
            warning = warn_of_other_sources(job.artifact, job.recipe.stage)
            if warning:
                self.display.warn(warning)
        if left:
            self._check_models()
            started = time.monotonic()
            with self.display.stage(title, sum(job.amount for job in left), unit) as bar:
                finish_jobs(left, workers=self.experiment.workers, progress=bar)
            self.results.seconds[title] = time.monotonic() - started
        if reused:
            self.display.reused(title, f"{len(reused)} of {len(jobs)}")
        return [job.artifact for job in jobs]

    def _check_models(self) -> None:
        """Find a mistake in the models' settings before any work is done rather than after."""
        if not self._checked and self.experiment.models:
            self.experiment.check_models()
        self._checked = True
