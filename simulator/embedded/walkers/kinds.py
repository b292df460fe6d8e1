"""The pedestrians that can be had: CARLA 0.9.16's names, each with a size and clothes of its own here.

Which are children or policemen, and of which generation, CARLA's catalogue of pedestrians tells; genders are made up.
"""

from typing import NamedTuple

Colour = tuple[int, int, int]
_CHILDREN = frozenset((9, 10, 11, 12, 13, 14, 48, 49))
_POLICE = frozenset((30, 32))
_NEW_SINCE, _COUNT = 15, 49
_SHIRTS: tuple[Colour, ...] = (
    *((176, 52, 44), (52, 84, 140), (226, 222, 210), (62, 92, 60), (200, 152, 62), (86, 62, 96), (40, 42, 48)),
    *((128, 132, 136), (152, 92, 58)),
)
_TROUSERS: tuple[Colour, ...] = ((44, 54, 82), (36, 36, 40), (98, 86, 68), (70, 72, 78), (120, 108, 88))
_SKINS: tuple[Colour, ...] = ((224, 180, 150), (198, 146, 112), (142, 96, 66), (92, 62, 44))
_HAIRS: tuple[Colour, ...] = ((40, 30, 24), (92, 62, 36), (168, 130, 74), (24, 22, 22), (140, 136, 132))
_UNIFORM: Colour = (28, 34, 58)


class WalkerKind(NamedTuple):
    """A pedestrian. half_size: half its length, width and height [m]. mass [kg]; colours red, green, blue."""

    half_size: tuple[float, float, float]
    mass: float
    age: str
    gender: str
    generation: int
    shirt: Colour
    trousers: Colour
    skin: Colour
    hair: Colour


def _make(number: int) -> WalkerKind:
    child, police = number in _CHILDREN, number in _POLICE
    return WalkerKind(
        half_size=(0.1877, 0.1877, 0.55 if child else 0.93),
        mass=30.0 if child else 75.0,
        age="child" if child else "adult",
        gender="female" if number % 2 == 0 else "male",
        generation=2 if number >= _NEW_SINCE else 1,
        shirt=_UNIFORM if police else _SHIRTS[number * 5 % len(_SHIRTS)],
        trousers=_UNIFORM if police else _TROUSERS[number * 3 % len(_TROUSERS)],
        skin=_SKINS[number * 7 % len(_SKINS)],
        hair=_HAIRS[number * 11 % len(_HAIRS)],
    )


WALKERS: dict[str, WalkerKind] = {f"walker.pedestrian.{number:04d}": _make(number) for number in range(1, _COUNT + 1)}
