"""What the report says in words: the headline, the findings, names and numbers."""

from collections.abc import Sequence

from evaluation import drivers
from evaluation.compare import Comparison
from evaluation.condition import make_condition
from evaluation.episode import Episode
from evaluation.metric import make_metric
from evaluation.open_loop import RESET_SUFFIX, TRIVIAL
from evaluation.open_loop_error import CONDITION
from evaluation.registry import list_names
from evaluation.report.input import ReportInput

RANKED = ("interventions_per_km", "mean_offset")
DRIVER_WORDS = {"straight": "never steers (lower bound)", "expert": "privileged: sees the lane centre (upper bound)"}


def is_trained(model: str) -> bool:
    """Tell a trained model from the drivers that bound the scale."""
    return model not in list_names(drivers)


def order_models(models: Sequence[str]) -> list[str]:
    """Give trained models as they came, then the drivers that bound the scale."""
    distinct = list(dict.fromkeys(models))
    return [name for name in distinct if is_trained(name)] + [name for name in distinct if not is_trained(name)]


def condition_words(condition: str) -> str:
    """Say a condition in words: "in clear weather"."""
    return make_condition(condition).words


def write_number(value: float | None, decimals: int, *, signed: bool = False) -> str:
    """Write a number with a real minus sign; a dash where there is none."""
    if value is None:
        return "–"
    text = f"{value:+,.{decimals}f}" if signed else f"{value:,.{decimals}f}"
    if float(text.replace(",", "")) == 0:
        text = text.lstrip("+-")
    return text.replace("-", "−")


def write_interval(low: float | None, high: float | None, decimals: int, *, signed: bool = False) -> str:
    """Write an interval in brackets; nothing where there is none, or no width."""
    if low is None or high is None or low == high:
        return ""
    return f"[{write_number(low, decimals, signed=signed)}, {write_number(high, decimals, signed=signed)}]"


def join(parts: Sequence[str]) -> str:
    """Join with commas and a final 'and'."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}" if parts else ""


def write_headline(given: ReportInput, comparison: Comparison) -> str:
    """Say in one sentence what was found."""
    if not given.episodes:
        return _open_loop_headline(comparison) if given.predictions else "Nothing was measured."
    first, trained, bounds = _drivers_of_first(given)
    roads = {episode.road for episode in given.episodes}
    place = f"On {len(roads)} unseen road{'s' * (len(roads) != 1)} {condition_words(first)}"
    lead, *others = trained or bounds
    rest = "".join(f", {name} {_share(given.episodes, name, first)}" for name in others)
    share = _share(given.episodes, lead, first)
    return f"{place}, {lead}{_size_words(given, lead)} completed {share} drives without an intervention{rest}."


def write_lede(given: ReportInput, comparison: Comparison) -> str:
    """Say what stands below the headline: how exactly the lane is kept, and the bounds of the scale."""
    if not given.episodes:
        return _open_loop_lede(comparison)
    first, trained, bounds = _drivers_of_first(given)
    parts = []
    offsets = [(name, comparison.find(name, first, "mean_offset")) for name in trained or bounds]
    kept = [
        f"{name} {write_number(row.mean, 2)}\u00a0m {write_interval(row.low, row.high, 2)}".rstrip()
        for name, row in offsets
        if row is not None
    ]
    if kept:
        parts.append(f"Mean distance from the lane centre: {join(kept)}.")
    if trained and bounds:
        parts.append(
            f"For scale: {join([f'{name} {_share(given.episodes, name, first)}' for name in bounds])} completed."
        )
    if not trained:
        parts.append("No trained driver took part yet.")
    return " ".join(parts)


def _drivers_of_first(given: ReportInput) -> tuple[str, list[str], list[str]]:
    """Give the first condition and who drove in it: trained drivers and bounds of the scale."""
    first = given.episodes[0].condition
    models = order_models([episode.model for episode in given.episodes if episode.condition == first])
    return first, [name for name in models if is_trained(name)], [name for name in models if not is_trained(name)]


def _share(episodes: Sequence[Episode], model: str, condition: str) -> str:
    """Give "9 of 10": completed drives of all drives."""
    drives = [each for each in episodes if each.model == model and each.condition == condition]
    completed = make_metric("completed")
    return f"{sum((completed.score(each) or 0) > 0 for each in drives)} of {len(drives)}"


def _size_words(given: ReportInput, model: str) -> str:
    """Give " (19 neurons)" if a checkpoint says so."""
    for trained in given.checkpoints:
        counts = trained.about.get("counts", {})
        if trained.name.partition("@")[0] == model and counts.get("neurons"):
            return f" ({counts['neurons']} neurons)"
    return ""


def _open_loop_headline(comparison: Comparison) -> str:
    """Say how far off the predicted curvature is on recordings."""
    trained, _ = _balanced_errors(comparison)
    if not trained:
        return "No trained driver was measured."
    return f"On recordings, the predicted curvature is off by {join(trained)}, straights and bends weighing the same."


def _open_loop_lede(comparison: Comparison) -> str:
    """Say what the trivial predictors reach, and what that is worth."""
    _, trivial = _balanced_errors(comparison)
    return f"For scale: {join(trivial)}. This is not driving: nothing here steered a car." if trivial else ""


def _balanced_errors(comparison: Comparison) -> tuple[list[str], list[str]]:
    """Give "3.9 /km [3.8, 4.1] (ncp)" of the trained and the trivial predictors, smallest error first."""
    trained, trivial = [], []
    on_all = [row for row in comparison.rows if row.condition == CONDITION]
    rows = [row for row in on_all if row.metric == "balanced_absolute_error" and row.mean is not None]
    for row in sorted(rows, key=lambda row: row.mean or 0.0):
        error = f"{write_number(row.mean, 1)}\u00a0/km {write_interval(row.low, row.high, 1)}".rstrip()
        if row.model in TRIVIAL:
            trivial.append(f"{error} ({row.model.replace('_', ' ')})")
        elif not row.model.endswith(RESET_SUFFIX):
            trained.append(f"{error} ({row.model})")
    return trained, trivial


def write_findings(given: ReportInput, comparison: Comparison) -> list[str]:
    """Give the sentences under the headline: every condition, and what differs beyond its interval."""
    conditions = list(dict.fromkeys(episode.condition for episode in given.episodes))
    findings = []
    for condition in conditions:
        models = [each.model for each in given.episodes if each.condition == condition]
        trained = [name for name in order_models(models) if is_trained(name)]
        if condition != conditions[0] and trained:
            shares = [f"{name} {_share(given.episodes, name, condition)}" for name in trained]
            findings.append(f"Completed {condition_words(condition)}: {join(shares)}.")
        if len(trained) > 1:
            findings += [_ranking(comparison, trained, condition, name) for name in RANKED]
    return findings


def _ranking(comparison: Comparison, models: Sequence[str], condition: str, name: str) -> str:
    """Give the means of trained drivers, best first, and which of them can't be told apart."""
    metric = make_metric(name)
    rows = [row for model in models if (row := comparison.find(model, condition, name)) is not None]
    rows.sort(key=lambda row: row.mean or 0.0, reverse=metric.better == "higher")
    means = join([f"{row.model} {write_number(row.mean, metric.decimals)}" for row in rows])
    pairs = [
        each
        for each in comparison.differences
        if (each.metric, each.condition, each.other_condition) == (name, condition, condition)
        and {each.model, each.other_model} <= set(models)
    ]
    start = f"{metric.title} {condition_words(condition)}: {means}\u00a0{metric.unit}; "
    alike = [f"{each.model} and {each.other_model}" for each in pairs if not each.clear]
    if not alike:
        return start + ("they differ beyond the interval." if len(pairs) == 1 else "all pairs differ beyond intervals.")
    if len(alike) == len(pairs):
        return start + "no two can be told apart."
    return start + f"{join(alike)} can't be told apart."
