"""The road's own surface: chippings, stains, cracks, repairs and wheel tracks."""

from simulator.embedded.render.appearance import Appearance
from simulator.embedded.render.coverage import overlap
from simulator.embedded.render.jit import inner
from simulator.embedded.render.noise import SIZE, FloatImage

# one repair at most in each stretch of this length [m]
_STRETCH = 11.0


@inner
def repairs(look: Appearance, noise: FloatImage, s: float, t: float, along: float, across: float) -> float:
    """Give the factor by which a repaired patch changes the asphalt at (s, t); along, across: the pixel's size [m]."""
    stretch = int(s / _STRETCH + 4096.0)
    dice = noise[(stretch * 7919 + int(look.shift) * 31) % (SIZE * SIZE)]
    # grain is spread about 0.5 with deviation 0.2
    if dice[0] > 0.3 + 0.4 * look.patched or look.patched < 0.05:
        return 1.0
    start = (stretch - 4096.0) * _STRETCH
    length = 2.0 + 7.0 * dice[1]
    middle = (dice[2] - 0.5) * 12.0
    share = overlap(s, along, start, start + length) * overlap(t, across, middle - 0.8, middle + 0.8)
    return 1.0 - share * (0.32 if dice[1] > 0.45 else -0.18)


@inner
def wheel_tracks(look: Appearance, from_middle: float, across: float) -> float:
    """Give the brightness of the wheel tracks, 0.75 m beside the lane's middle and fading over 0.5 m."""
    distance = abs(abs(from_middle - look.track_offset) - 0.75)
    bump = max(1.0 - 4.0 * distance * distance, 0.0)
    return 1.0 + look.track * bump * bump / (1.0 + across * across)
