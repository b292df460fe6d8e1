"""The seasons of a world."""

from typing import Final, Literal, get_args

Season = Literal["summer", "autumn", "winter", "spring"]
SEASONS: Final[tuple[Season, ...]] = get_args(Season)
