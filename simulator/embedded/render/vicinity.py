"""What lies around a camera, made when it first comes there, or a piece at a time before it does."""

import math
import threading
from collections import OrderedDict

from simulator.embedded.decks import Decks, find_decks
from simulator.embedded.render.cards import REACH
from simulator.embedded.render.ground import Ground
from simulator.embedded.render.paving import Paving
from simulator.embedded.render.span import FARTHEST
from simulator.embedded.scenery import Scenery
from simulator.embedded.terrain import Relief, Terrain

# things are looked for anew when a camera comes to another square of this size [m]; so many squares are remembered
_SQUARE, _REMEMBERED = 128.0, 64
# roads that are laid in one piece of what is made ahead
_ROADS = 4
Place = tuple[int, int]


class Vicinity:
    """Gives pictures the ground and the decks that they may show; several threads may ask at once.

    It is the same whatever was asked for before. terrain, paving: of one document. scenery: None for nothing.
    """

    def __init__(self, terrain: Terrain, paving: Paving, scenery: Scenery | None) -> None:
        self._terrain, self._paving, self._scenery = terrain, paving, scenery
        self._decks: OrderedDict[Place, Decks] = OrderedDict()
        self._ready: OrderedDict[tuple[Place, int], None] = OrderedDict()
        self._lock = threading.Lock()

    def around(self, x: float, y: float, reach: float) -> tuple[Relief, Ground, Decks]:
        """Give what lies within reach of a place [m]: the ground, its roads and the decks above them."""
        relief, roads = self._terrain.around(x, y, reach)
        with self._lock:
            return relief, self._paving.lay(roads), self._decks_around(_place(x, y))

    def key(self, x: float, y: float, reach: float) -> tuple[int, ...]:
        """Tell places apart that have another ground, or other decks, around them."""
        return *self._terrain.window_key(x, y, reach), *_place(x, y)

    def _decks_around(self, place: Place) -> Decks:
        """Give the decks that can be seen from a square."""
        if place not in self._decks:
            self._decks[place] = find_decks(self._terrain, *_middle(place), FARTHEST + 0.75 * _SQUARE)
            if len(self._decks) > _REMEMBERED:
                self._decks.popitem(last=False)
        return self._decks[place]

    def prepare_ahead(self, x: float, y: float, reach: float) -> bool:
        """Make a piece, some milliseconds' work, of what a camera at a place will see; tells whether there was any."""
        place = _place(x, y)
        key = place, math.ceil(reach / _SQUARE)
        if key in self._ready:
            return False
        if self._terrain.prepare_ahead(x, y, reach):
            return True
        _, roads = self._terrain.around(x, y, reach)
        with self._lock:
            if self._paving.lay_ahead(roads, _ROADS):
                return True
        if self._scenery is not None and self._scenery.prepare_ahead(*_middle(place), REACH + _SQUARE):
            return True
        with self._lock:
            self._decks_around(place)
        self._ready[key] = None
        if len(self._ready) > _REMEMBERED:
            self._ready.popitem(last=False)
        return True


def _place(x: float, y: float) -> Place:
    """Give the square that a place [m] lies in."""
    return int(x // _SQUARE), int(y // _SQUARE)


def _middle(place: Place) -> tuple[float, float]:
    """Give the middle of a square [m]."""
    return (place[0] + 0.5) * _SQUARE, (place[1] + 0.5) * _SQUARE
