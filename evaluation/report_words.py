"""What the report says in words: the headline, the findings, names and numbers."""

from collections.abc import Sequence

from evaluation import drivers
from evaluation.compare import Comparison, Difference
from evaluation.condition import make_condition
from evaluation.episode import Episode
from evaluation.metric import make_metric
from evaluation.registry import list_names
from evaluation.report_input import ReportInput

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
    """Write an interval in brackets; nothing where there is none."""
    if low is None or high is None:
        return ""
    return f"[{write_number(low, decimals, signed=signed)}, {write_number(high, decimals, signed=signed)}]"


def join(parts: Sequence[str]) -> str:
    """Join with commas and a final 'and'."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}" if parts else ""


def write_headline(given: ReportInput, comparison: Comparison) -> str:
    """Say in one or two sentences what was found."""
    if not given.episodes:
        return _open_loop_headline(comparison)
    first = given.episodes[0].condition
    models = order_models([episode.model for episode in given.episodes if episode.condition == first])
    trained, bounds = [name for name in models if is_trained(name)], [name for name in models if not is_trained(name)]
    roads = {episode.road for episode in given.episodes}
    place = f"on {len(roads)} unseen road{'s' * (len(roads) != 1)} {condition_words(first)}"
    counted = [f"{name} {_share(given.episodes, name, first)}" for name in trained]
    bounded = [f"{name} {_share(given.episodes, name, first)}" for name in bounds]
    if not trained:
        return f"Drives completed without an intervention {place}: {join(bounded)}. No trained driver took part yet."
    lead = trained[0]
    size = _size_words(given, lead)
    offset = comparison.find(lead, first, "mean_offset")
    text = f"Drives completed without an intervention {place}: {join(counted)}"
    text += f"; for scale, {join(bounded)}." if bounded else "."
    if offset is not None:
        interval = write_interval(offset.low, offset.high, 2)
        text += f" {lead}{size} keeps {write_number(offset.mean, 2)} m {interval} from the lane centre on average."
    return text


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
    """Say which predictor errs least on recordings, and what that is worth."""
    rows = [row for row in comparison.rows if row.metric == "balanced_absolute_error" and row.mean is not None]
    if not rows:
        return "Nothing was measured."
    parts = [
        f"{row.model} {write_number(row.mean, 1)} {write_interval(row.low, row.high, 1)}".strip()
        for row in sorted(rows, key=lambda row: row.mean or 0)
    ]
    return (
        f"Error of the predicted curvature on recordings, balanced over bends [1/km], smallest first: {join(parts)}. "
        "This is not driving: nothing here steered a car."
    )


def write_findings(given: ReportInput, comparison: Comparison) -> list[str]:
    """Give the sentences under the headline: every condition, and what differs beyond its interval."""
    conditions = list(dict.fromkeys(episode.condition for episode in given.episodes))
    findings = []
    for condition in conditions[1:]:
        models = order_models([each.model for each in given.episodes if each.condition == condition])
        shares = [f"{name} {_share(given.episodes, name, condition)}" for name in models]
        findings.append(f"Completed {condition_words(condition)}: {join(shares)}.")
    for condition in conditions:
        for metric in ("interventions_per_km", "mean_offset", "whiteness"):
            sentence = _compare_words(comparison, condition, metric)
            if sentence:
                findings.append(sentence)
    return findings


def _compare_words(comparison: Comparison, condition: str, name: str) -> str:
    """Say which differences between trained models stand beyond their intervals; "" if there is no pair."""
    pairs = [
        each
        for each in comparison.differences
        if each.metric == name
        and each.condition == each.other_condition == condition
        and is_trained(each.model)
        and is_trained(each.other_model)
        and each.mean is not None
    ]
    if not pairs:
        return ""
    title = make_metric(name).title
    found = [_difference_words(each) for each in pairs if each.clear]
    start = f"{title}, {condition_words(condition)}: "
    if not found:
        return start + "no difference between the trained drivers beyond its interval."
    others = len(pairs) - len(found)
    rest = f" The other pair{'s' * (others > 1)} can't be told apart." if others else ""
    return start + join(found) + "." + rest


def _difference_words(difference: Difference) -> str:
    """Give "ncp 0.02 m [0.01, 0.03] lower than lstm"."""
    metric = make_metric(difference.metric)
    mean, low, high = difference.mean or 0.0, difference.low or 0.0, difference.high or 0.0
    one, other = difference.model, difference.other_model
    if mean < 0:
        mean, low, high = -mean, -high, -low
        word = "lower"
    else:
        word = "higher"
    interval = write_interval(low, high, metric.decimals)
    return f"{one} {write_number(mean, metric.decimals)} {metric.unit} {interval} {word} than {other}"
