"""What each species of tree looks like in each season."""

from typing import NamedTuple

Colours = tuple[tuple[float, float, float], ...]
SEASONS = ("summer", "autumn", "winter", "spring")


class Species(NamedTuple):
    """What a tree looks like.

    size: height and width of its picture [px]. crown: lowest and highest height and half width of its crown as shares
    of the picture, and how pointed it is above (1 round, below a spindle). dabs: number of leaf dabs; dab: their radius
    as a share of the height. trunk: half width at the foot, share of the height. bark: its colour. leaves: colours by
    season, empty where it stands bare. needles: whether it is a conifer. droop: how far branches hang.
    """

    size: tuple[int, int]
    crown: tuple[float, float, float]
    pointed: float
    dabs: int
    dab: float
    trunk: float
    bark: tuple[float, float, float]
    leaves: dict[str, Colours]
    needles: bool = False
    droop: float = 0.0


_SUMMER: Colours = ((0.065, 0.13, 0.025), (0.085, 0.16, 0.035), (0.05, 0.105, 0.02))
_BARE: Colours = ()

SPECIES: dict[str, Species] = {
    "birch": Species(
        (256, 144),
        (0.22, 0.99, 0.46),
        0.75,
        1900,
        0.0085,
        0.014,
        (0.5, 0.48, 0.44),
        {
            "summer": ((0.11, 0.19, 0.04), (0.14, 0.22, 0.05), (0.085, 0.155, 0.035)),
            "autumn": ((0.55, 0.36, 0.04), (0.62, 0.44, 0.06), (0.45, 0.26, 0.03), (0.24, 0.22, 0.05)),
            "spring": ((0.20, 0.32, 0.07), (0.24, 0.36, 0.09), (0.16, 0.27, 0.06)),
            "winter": _BARE,
        },
        droop=0.5,
    ),
    "oak": Species(
        (256, 224),
        (0.20, 0.99, 0.485),
        1.1,
        3000,
        0.0125,
        0.028,
        (0.085, 0.068, 0.05),
        {
            "summer": _SUMMER,
            "autumn": ((0.30, 0.13, 0.03), (0.38, 0.19, 0.035), (0.22, 0.09, 0.025), (0.16, 0.14, 0.035)),
            "spring": ((0.15, 0.22, 0.05), (0.18, 0.25, 0.06), (0.12, 0.18, 0.04)),
            "winter": _BARE,
        },
    ),
    "lime": Species(
        (256, 192),
        (0.17, 0.99, 0.48),
        0.85,
        2800,
        0.012,
        0.022,
        (0.10, 0.085, 0.07),
        {
            "summer": ((0.085, 0.165, 0.03), (0.105, 0.19, 0.04), (0.065, 0.13, 0.025)),
            "autumn": ((0.50, 0.24, 0.03), (0.56, 0.34, 0.05), (0.40, 0.10, 0.03), (0.30, 0.24, 0.05)),
            # in blossom
            "spring": ((0.62, 0.58, 0.55), (0.55, 0.45, 0.46), (0.20, 0.29, 0.08), (0.16, 0.25, 0.06)),
            "winter": _BARE,
        },
    ),
    "poplar": Species(
        (256, 80),
        (0.05, 0.995, 0.46),
        0.7,
        1900,
        0.009,
        0.012,
        (0.11, 0.095, 0.08),
        {
            "summer": ((0.075, 0.14, 0.035), (0.095, 0.17, 0.045), (0.055, 0.11, 0.03)),
            "autumn": ((0.52, 0.40, 0.06), (0.44, 0.32, 0.05), (0.30, 0.26, 0.06)),
            "spring": ((0.17, 0.26, 0.06), (0.21, 0.29, 0.08)),
            "winter": _BARE,
        },
    ),
    "spruce": Species(
        (256, 120),
        (0.03, 0.99, 0.47),
        0.0,
        2000,
        0.012,
        0.014,
        (0.085, 0.06, 0.045),
        dict.fromkeys(SEASONS, ((0.028, 0.062, 0.026), (0.038, 0.078, 0.034), (0.02, 0.05, 0.022))),
        needles=True,
        droop=0.35,
    ),
    "pine": Species(
        (256, 128),
        (0.48, 0.99, 0.45),
        0.9,
        1700,
        0.0105,
        0.014,
        (0.22, 0.11, 0.055),
        dict.fromkeys(SEASONS, ((0.045, 0.085, 0.04), (0.06, 0.1, 0.05), (0.035, 0.068, 0.034))),
        needles=True,
    ),
    "bush": Species(
        (112, 144),
        (0.0, 0.98, 0.48),
        1.3,
        1200,
        0.022,
        0.012,
        (0.10, 0.08, 0.06),
        {
            "summer": ((0.07, 0.13, 0.03), (0.10, 0.16, 0.045), (0.055, 0.10, 0.025)),
            "autumn": ((0.34, 0.14, 0.035), (0.42, 0.24, 0.05), (0.15, 0.14, 0.04), (0.30, 0.07, 0.04)),
            "spring": ((0.16, 0.25, 0.06), (0.19, 0.28, 0.07), (0.55, 0.5, 0.45)),
            "winter": _BARE,
        },
    ),
}
