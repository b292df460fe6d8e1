"""The order of clips in an epoch: by lot, or so that every minibatch holds its share of every bend."""

from collections.abc import Iterator, Sized

import numpy as np
from numpy.typing import NDArray
from torch.utils.data import Sampler

from simulator.randomness import make_generator

BEND_EDGES = (-0.03, -0.01, -0.002, 0.002, 0.01, 0.03)
"""Between tight, clear, gentle bends to the right, straights, and bends to the left [1/m]."""
MOST_OFTEN = 6.0
"""A clip is not drawn more often than this in an epoch, however rare its bend."""

GOLDEN = (5**0.5 - 1) / 2
"""Multiples of it, without their whole part, are spread most evenly."""


class EpochOrder(Sampler[int]):
    """The order of clips in an epoch; depends on (seed, epoch) only.

    clips: to order. seed: of the draws. batch: clips in a minibatch. bends: (clips,) mean curvature of each [1/m], if
    minibatches are to be balanced by it; None if not.
    """

    def __init__(self, clips: Sized, seed: int, batch: int = 1, bends: NDArray[np.float64] | None = None) -> None:
        self.clips, self.seed, self.batch, self.epoch = clips, seed, batch, 0
        self._bends = None if bends is None else bin_bends(bends)

    def __iter__(self) -> Iterator[int]:
        random = make_generator(self.seed, "order", self.epoch)
        order = random.permutation(len(self.clips))
        if self._bends is not None and len(order) >= self.batch:
            order = balance(order, self._bends, self.batch)
        yield from order.tolist()

    def __len__(self) -> int:
        return len(self.clips)


def bin_bends(curvature: NDArray[np.float64]) -> NDArray[np.int64]:
    """Number the kind of bend of each clip by its mean curvature [1/m]."""
    return np.asarray(np.digitize(curvature, BEND_EDGES), np.int64)


def share_out(amounts: NDArray[np.int64], batch: int, batches: int) -> NDArray[np.float64]:
    """Give how many clips of each kind a minibatch holds: all alike, but no clip more than `MOST_OFTEN` an epoch.

    Args:
        amounts: (kinds,) how many clips there are, each at least 1.
        batch: clips in a minibatch.
        batches: in an epoch.

    Returns:
        (kinds,) with fractions, which the order spreads over the minibatches; the sum is `batch`.
    """
    most = amounts * MOST_OFTEN / batches
    share = np.zeros(len(amounts))
    for place, kind in enumerate(np.argsort(most)):  # what the rarest can't fill, the others share
        share[kind] = min(most[kind], (batch - share.sum()) / (len(amounts) - place))
    share[np.argmax(most)] += batch - share.sum()
    return share


def balance(order: NDArray[np.int64], kinds: NDArray[np.int64], batch: int) -> NDArray[np.int64]:
    """Put clips in an order in which each minibatch holds its share of each kind, rounded up or down.

    Rare clips come several times, and of common ones some wait for another epoch, which draws others. The
    number of clips stays the same.

    Args:
        order: (N,) all clips, by lot.
        kinds: (N,) the kind of each clip.
        batch: clips in a minibatch, at most N.
    """
    names, amounts = np.unique(kinds, return_counts=True)
    whole = len(order) // batch
    share = share_out(amounts, batch, whole)
    decks = [order[kinds[order] == name] for name in names]
    edges = np.concatenate([[0.0], np.cumsum(share)])
    edges[-1] = batch
    drawn = np.zeros(len(names), np.int64)
    result: list[int] = []
    for number in range(whole):
        # systematic sampling: an even comb laid over the shares, each time a little farther, so that rests even out
        counts = np.diff(np.floor(edges + number * GOLDEN % 1)).astype(np.int64)
        for kind, count in enumerate(counts):
            deck = decks[kind]
            result += [int(deck[(drawn[kind] + place) % len(deck)]) for place in range(count)]
        drawn += counts
    return np.array([*result, *order[: len(order) - len(result)]], np.int64)
