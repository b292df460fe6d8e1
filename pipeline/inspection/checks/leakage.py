"""Pictures that train and test at once: near-duplicates between splits, or between recordings that splits may part."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.inspection.check import Check, Finding, find_runs
from pipeline.inspection.look import Look, Stretch
from pipeline.inspection.picture_hash import find_nearest, hash_pictures

NEAR = 34
"""Pictures are near-duplicates if no more of their 256 bits differ. Of the recordings at hand, a picture that was made
smaller, brighter or compressed anew differs in up to 33 bits, the nearest of another road in 53 or more."""
FEWEST = 2  # near-duplicates of two drives from which they are told
MOST = 20_000
"""Pictures on each side that are compared; of more, so many spread evenly."""
MOST_PAIRS = 20


class _Side(NamedTuple):
    """Pictures to compare. hashes: (N, 4). group, look, frame: (N,): what must differ, whose, which."""

    hashes: NDArray[np.uint64]
    group: NDArray[np.int64]
    look: NDArray[np.int64]
    frame: NDArray[np.int64]

    def thin(self) -> "_Side":
        """Keep at most as many as are compared."""
        if len(self.group) <= MOST:
            return self
        kept = np.linspace(0, len(self.group) - 1, MOST).round().astype(int)
        return _Side(*(column[kept] for column in self))


class Leakage(Check):
    """Near-duplicates by perceptual hash."""

    def measure(self, stretch: Stretch) -> NDArray[np.uint64]:
        """Give the hash of each picture: (K, 4)."""
        return hash_pictures(stretch.grey)

    def judge(self, looks: Sequence[Look]) -> list[Finding]:
        """Name pairs of drives that show the same pictures."""
        if any(look.parts for look in looks):
            training, held_out = _gather(looks, ("training",)), _gather(looks, ("validation", "test"))
            return _report(looks, held_out.thin(), training.thin(), between_splits=True)
        recordings = {name: number for number, name in enumerate(sorted({look.recording for look in looks}))}
        if len(recordings) < 2:
            return [_nothing_to_compare(look) for look in looks[:1]]
        everything = _gather(looks, None, recordings).thin()
        return _report(looks, everything, everything, between_splits=False)


def _nothing_to_compare(look: Look) -> Finding:
    return Finding(
        "leakage",
        "note",
        look.recording,
        None,
        "",
        "all drives come from one recording, so there is nothing to compare",
        "give --config, and what trains is compared with what is held out",
    )


def _gather(looks: Sequence[Look], splits: tuple[str, ...] | None, recordings: dict[str, int] | None = None) -> _Side:
    """Take the pictures of some splits (group 0 trains, 1 is held out), or all (a group is a recording)."""
    columns: list[tuple[NDArray[np.uint64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]] = []
    for number, look in enumerate(looks):
        chosen = np.ones(len(look.frames), bool)
        group = 0 if recordings is None else recordings[look.recording]
        if splits is not None:
            within = [(look.frames >= a) & (look.frames < b) for split, a, b in look.parts if split in splits]
            chosen = np.any(within, axis=0) if within else np.zeros(len(look.frames), bool)
            group = 0 if splits == ("training",) else 1
        amount = int(chosen.sum())
        columns.append(
            (
                look.measured["leakage"][chosen],
                np.full(amount, group),
                np.full(amount, number),
                look.frames[chosen].astype(np.int64),
            )
        )
    return _Side(*(np.concatenate(column) for column in zip(*columns, strict=True)))


def _report(looks: Sequence[Look], asked: _Side, others: _Side, *, between_splits: bool) -> list[Finding]:
    """Find the nearest of each picture and tell the pairs of drives with most near-duplicates."""
    place, bits = find_nearest(asked.hashes, asked.group, others.hashes, others.group)
    near = bits <= NEAR
    pairs = Counter(zip(asked.look[near].tolist(), others.look[place[near]].tolist(), strict=True))
    findings = []
    for (one, other), amount in pairs.most_common(MOST_PAIRS):
        told_already = not between_splits and one > other and pairs[other, one] >= FEWEST
        if amount < FEWEST or told_already:
            continue
        its = near & (asked.look == one) & (others.look[np.maximum(place, 0)] == other)
        share = amount / max(1, int((asked.look == one).sum()))
        where = np.zeros(len(looks[one]), bool)
        where[asked.frame[its]] = True
        theirs = others.frame[place[its]]
        first, second = int(asked.frame[its][0]), int(theirs[0])
        pair = f"{looks[one].name} frame {first} and {looks[other].name} frame {second}"
        what = "that train" if between_splits else f"of another recording, {looks[other].name}"
        findings.append(
            Finding(
                "leakage",
                "error" if between_splits else "warning",
                looks[one].name,
                100 * share,
                "% of pictures",
                f"{amount} pictures ({100 * share:.0f} %) are nearly the same as pictures {what} (frames "
                f"{theirs.min()} to {theirs.max()}); such as {pair}",
                "give both drives the same recording, or leave one out: as it is, the test measures memory"
                if not between_splits or one != other
                else "record another road to test on, or raise dataset.separation: as it is, the test measures memory",
                tuple(find_runs(where)[:100]),
            )
        )
    return findings
