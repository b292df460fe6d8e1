"""One self-contained page and results.json: what was found, how sure that is, and everything needed to judge it."""

import base64
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from evaluation.compare import Comparison, compare
from evaluation.condition import make_condition
from evaluation.open_loop import RESET_SUFFIX, TRIVIAL
from evaluation.open_loop_error import compare_predictions
from evaluation.replay_job import CONDITION as REPLAYED
from evaluation.report.figures import draw_glance, draw_offsets, draw_plans
from evaluation.report.input import ReportInput, Trained
from evaluation.report.learning import draw_predictions, draw_training
from evaluation.report.tables import (
    difference_rows,
    driver_rows,
    metric_columns,
    open_loop_columns,
    open_loop_rows,
    open_loop_sources,
    result_rows,
)
from evaluation.report.words import is_trained, order_models, write_findings, write_headline, write_lede
from pipeline.work.whole_file import explain_write_error, write_text

__all__ = ["ReportInput", "Trained", "write_report"]

VERSION = 1
PAGE, RESULTS = "report.html", "results.json"
COLOURS = 6


def write_report(given: ReportInput, folder: Path) -> Path:
    """Write report.html and results.json.

    Args:
        given: what the report is made from.
        folder: is made if it does not exist.

    Returns:
        The page.

    Raises:
        LiquidlaneError: if the folder can't be written, or predictions don't fit together.
    """
    comparison = compare_all(given)
    page = render_page(given, comparison)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise explain_write_error(folder, error) from error
    comparison.write(folder / RESULTS)
    write_text(folder / PAGE, page)
    return folder / PAGE


def compare_all(given: ReportInput) -> Comparison:
    """Compare closed loop, open loop, and closed loop on recordings, each for itself."""
    comparison = compare(given.episodes, samples=given.bootstrap, seed=given.seed)
    comparison += compare(given.replays, samples=given.bootstrap, seed=given.seed)
    if given.predictions:
        comparison += compare_predictions(given.predictions, given.open_loop, seed=given.seed)
    return comparison


def render_page(given: ReportInput, comparison: Comparison) -> str:
    """Give the page's HTML."""
    conditions = list(dict.fromkeys(episode.condition for episode in given.episodes))
    driven = order_models([episode.model for episode in given.episodes])
    predicting = list(dict.fromkeys(each.model for each in given.predictions))
    replayed = order_models([episode.model for episode in given.replays])
    trained = [each.name.partition("@")[0] for each in given.checkpoints]
    models = order_models([*driven, *trained, *predicting, *replayed])
    styles = choose_styles(models)
    first = [each for each in given.episodes if conditions and each.condition == conditions[0]]
    roads = list(dict.fromkeys(each.road for each in first))
    planned = [name for name in driven if is_trained(name)] or driven
    page: str = _template().render(
        given=given,
        headline=write_headline(given, comparison),
        lede=write_lede(given, comparison),
        findings=write_findings(given, comparison),
        facts=_facts(given, conditions, roads),
        styles=styles,
        columns=metric_columns(),
        results=[(name, make_condition(name).words, result_rows(comparison, driven, name)) for name in conditions],
        glance=draw_glance(comparison, driven, conditions, styles) if conditions else [],
        conditions=conditions,
        differences=difference_rows(comparison),
        videos=[
            (_caption(name), styles.get(re.split("[@,]", name)[0], "se"), base64.b64encode(film).decode())
            for name, film in given.videos.items()
        ],
        offsets=draw_offsets(given.episodes, driven, conditions, styles),
        plans=draw_plans(first, planned, styles),
        roads=len(roads),
        planned=planned,
        drivers=driver_rows(given, [name for name in models if name in driven or _has_checkpoint(given, name)]),
        training=draw_training(given.checkpoints, styles),
        open_loop_columns=open_loop_columns(),
        open_loop=open_loop_rows(comparison),
        open_loop_sources=open_loop_sources(comparison),
        predictions=draw_predictions(given.predictions, styles),
        replayed=result_rows(comparison, replayed, REPLAYED),
        replays=len({episode.road for episode in given.replays}),
        config=yaml.safe_dump(_plain(given.config), sort_keys=False, allow_unicode=True, width=100),
        longest_stage=max((seconds for _, seconds in given.stages), default=1.0),
    )
    return page


def choose_styles(models: Sequence[str]) -> dict[str, str]:
    """Give each driver its colour's class: trained ones by their place, the bounds of the scale in greys."""
    styles, trained = {}, 0
    for name in models:
        if name in TRIVIAL or not is_trained(name):
            styles[name] = "ss" if name in ("straight", "zero") else "se"
        elif name.removesuffix(RESET_SUFFIX) in styles:
            styles[name] = styles[name.removesuffix(RESET_SUFFIX)]
        else:
            styles[name] = f"s{trained % COLOURS}"
            trained += 1
    return styles


def _facts(given: ReportInput, conditions: Sequence[str], roads: Sequence[str]) -> list[tuple[str, str]]:
    """Give the few numbers at the top of the page."""
    facts = []
    if given.episodes:
        kilometres = sum(episode.driven for episode in given.episodes) / 1000
        seeds = {episode.seed for episode in given.episodes}
        trainings = {episode.training_seed for episode in given.episodes if is_trained(episode.model)}
        facts += [
            ("drives", str(len(given.episodes))),
            ("kilometres driven", f"{kilometres:,.1f}"),
            ("unseen roads", str(len(roads))),
            ("conditions", str(len(conditions))),
            ("evaluation seeds", str(len(seeds))),
        ]
        facts += [("training seeds", str(len(trainings)))] if trainings else []
    if given.predictions:
        drives = {each.drive: each for each in given.predictions}
        facts.append(("recorded drives", str(len(drives))))
        facts.append(("recorded frames", f"{sum(len(each.label) for each in drives.values()):,}"))
    if given.stages:
        facts.append(("minutes of computing", f"{sum(seconds for _, seconds in given.stages) / 60:.1f}"))
    return facts


def _caption(name: str) -> str:
    """Say in words who drives: "ncp@1, noise" is ncp, training seed 1, noise."""
    return re.sub(r"@([^,]*)", r", training seed \1", name)


def _has_checkpoint(given: ReportInput, model: str) -> bool:
    return any(each.name.partition("@")[0] == model for each in given.checkpoints)


def _plain(value: Any) -> Any:
    """Turn tuples and mappings into what YAML writes plainly."""
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


@cache
def _template() -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html")
