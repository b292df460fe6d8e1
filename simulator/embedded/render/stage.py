"""Draws what stands in the world over the ground, the nearest first."""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.embedded.jit import inner
from simulator.embedded.parcel import Parcel, door
from simulator.embedded.render.air import Air
from simulator.embedded.render.atlas import Atlas, make_atlas
from simulator.embedded.render.bodies import Body
from simulator.embedded.render.boxes import cast_shadow
from simulator.embedded.render.canvas import Canvas
from simulator.embedded.render.cards import FARTHEST, HEIGHT, REACH, WIDTH, X, Y, Z, make_cards
from simulator.embedded.render.cars import MOST_PARTS, Builds, make_builds, make_cars, pack_bodies
from simulator.embedded.render.daylight import Light
from simulator.embedded.render.draw_cards import draw_card
from simulator.embedded.render.draw_solids import Line, draw_solid, make_line
from simulator.embedded.render.draw_solids import line_up as line_up_solids
from simulator.embedded.render.headlights import Lights
from simulator.embedded.render.layer import Front, Layer, make_layer
from simulator.embedded.render.outlines import Paper, make_paper
from simulator.embedded.render.shade import Shade
from simulator.embedded.render.shadow import Shadow, no_shadow
from simulator.embedded.render.shapes import Shapes, make_shapes
from simulator.embedded.render.solids import COLUMNS, MIDDLE, make_solids
from simulator.embedded.render.standing import NEAREST
from simulator.embedded.render.sun_shadows import throw_shadows, throws
from simulator.embedded.render.view import View
from simulator.embedded.scenery import Scenery
from simulator.embedded.scenery.things import make_things

# things are gathered anew when a camera comes to another square of this size [m]; so many squares are remembered, and
# so many of the scenery's tiles
_SQUARE, _REMEMBERED, _TILES = 32.0, 64, 256
# depth is cut into slices this thick [m], within which the order is found by comparing
_SLICE = 0.5
_SLICES = int(REACH / _SLICE) + 1
_NOTHING = -1
Place = tuple[int, int]
_NO_SHADOW = Parcel(no_shadow())


class Queue(NamedTuple):
    """Who is drawn when: per slice of depth a chain, the nearest first.

    first: (slices,) int32, the first of each chain, -1 for none. following: (N,) int32. depth: (N,) float32 [m].
    """

    first: NDArray[np.int32]
    following: NDArray[np.int32]
    depth: NDArray[np.float32]


class Set(NamedTuple):
    """All that can be seen from one square of the world. solids, cards: see there."""

    solids: NDArray[np.float64]
    cards: NDArray[np.float64]


@inner
def line_up(cards: NDArray[np.float64], queue: Queue, view: View, width: int) -> None:
    """Put all cards that are before the camera into the queue."""
    queue.first[:] = _NOTHING
    for i in range(cards.shape[0]):
        dx, dy, dz = cards[i, X] - view.x, cards[i, Y] - view.y, cards[i, Z] - view.z
        depth = dx * view.forward[0] + dy * view.forward[1] + dz * view.forward[2]
        if depth < NEAREST or depth >= cards[i, FARTHEST]:
            continue
        column = view.cx * depth + view.fx * view.fx * (dx * view.right[0] + dy * view.right[1] + dz * view.right[2])
        # a card in a rolled picture leans aside
        margin = (0.6 * cards[i, WIDTH] + abs(view.right[2]) * view.fx * cards[i, HEIGHT]) * view.fx + 2.0 * depth
        if column < -margin or column > width * depth + margin:
            continue
        slot = int(depth / _SLICE)
        queue.depth[i] = depth
        before, here = _NOTHING, int(queue.first[slot])
        while here != _NOTHING and queue.depth[here] < queue.depth[i]:
            before, here = here, int(queue.following[here])
        queue.following[i] = here
        if before == _NOTHING:
            queue.first[slot] = i
        else:
            queue.following[before] = i


class Props(NamedTuple):
    """What things are made of. atlas: pictures. shapes: of solids. builds: of cars."""

    atlas: Atlas
    shapes: Shapes
    builds: Builds


class Work(NamedTuple):
    """Memory to work in. paper: for one solid. parts, whole: see `cars.make_cars`. line, queue: who is drawn when."""

    paper: Paper
    parts: NDArray[np.float64]
    whole: NDArray[np.float64]
    line: Line
    queue: Queue


def make_work(solids: int, bodies: int, cards: int) -> Work:
    """Make the memory for pictures of no more than so many solids, bodies and cards."""
    parts = np.zeros((bodies * MOST_PARTS, COLUMNS))
    queue = Queue(np.empty(_SLICES, np.int32), np.empty(cards, np.int32), np.empty(cards, np.float32))
    return Work(make_paper(), parts, np.zeros((bodies, COLUMNS)), make_line(solids + len(parts)), queue)


@inner
def draw_solids(
    solids: NDArray[np.float64],
    bodies: NDArray[np.float64],
    props: Props,
    work: Work,
    view: View,
    light: Light,
    air: Air,
    shadow: Shadow,
    canvas: Canvas,
) -> int:
    """Draw the soft shadows below cars, and all solids over them; gives how many parts bodies have."""
    made, cars = make_cars(bodies, props.builds, (view.x, view.y, view.z), work.parts, work.whole)
    for i in range(cars):
        cast_shadow(work.whole[i], view, canvas.light, canvas.depth, canvas.tag)
    still, size = solids.shape[0], (canvas.tag.shape[0], canvas.tag.shape[1])
    count = line_up_solids(solids, 0, view, size, work.line, 0)
    count = line_up_solids(work.parts[:made], still, view, size, work.line, count)
    for k in range(count):
        i = work.line.number[k]
        solid = solids[i] if i < still else work.parts[i - still]
        draw_solid(solid, props.shapes, view, light, air, work.paper, shadow, i >= still, canvas)
    return made


@door
def draw_standing(
    front: Front,
    solids: NDArray[np.float64],
    bodies: NDArray[np.float64],
    props: Props,
    work: Work,
    view: View,
    light: Light,
    air: Air,
    lights: Lights,
    shadow: Shadow,
    canvas: Canvas,
) -> int:
    """Draw solids on the canvas, and all cards that are before the camera on the layer, from the nearest on.

    Gives how many of `work.parts` are bodies' now.
    """
    made = draw_solids(solids, bodies, props, work, view, light, air, shadow, canvas)
    queue = work.queue
    line_up(front.cards, queue, view, canvas.tag.shape[1])
    for slot in range(_SLICES):
        i = int(queue.first[slot])
        while i != _NOTHING:
            draw_card(i, front.cards, view, light, air, lights, props.atlas, canvas.depth, front.layer)
            i = int(queue.following[i])
    return made


class _Own(threading.local):
    """What a thread draws with."""

    def __init__(self) -> None:
        self._layers: dict[tuple[int, ...], Layer] = {}
        self._fronts: OrderedDict[tuple[tuple[int, ...], Place], Parcel[Front]] = OrderedDict()
        self._room = 0, 0, 0
        self._work = Parcel(make_work(*self._room))
        self.shade: Shade | None = None

    def front(self, size: tuple[int, ...], square: Place, cards: NDArray[np.float64]) -> Parcel[Front]:
        """Give the layer of a picture's size (height, width), on which nothing is drawn, and the cards of a square."""
        front = self._fronts.get((size, square))
        if front is None or front.value.cards is not cards:
            if size not in self._layers:
                self._layers[size] = make_layer(*size)
            front = self._fronts[size, square] = Parcel(Front(self._layers[size], cards))
            if len(self._fronts) > _REMEMBERED:
                self._fronts.popitem(last=False)
        return front

    def work(self, solids: int, bodies: int, cards: int) -> Parcel[Work]:
        """Give memory for so many of each, or more."""
        most = self._room
        if solids > most[0] or bodies > most[1] or cards > most[2]:
            self._room = max(solids, most[0]), max(bodies, most[1]), max(cards, most[2])
            self._work = Parcel(make_work(*self._room), self._work)
        return self._work


class Stage:
    """Keeps, for each camera's surroundings, what can be seen from there, and draws it; in several threads at once.

    scenery: all that stands, None for nothing. season: of the plants and roofs.
    """

    def __init__(self, scenery: Scenery | None, season: str) -> None:
        self._scenery, self._winter = scenery, season == "winter"
        self.props = Parcel(Props(make_atlas(season), make_shapes(), make_builds()))
        self._sets: OrderedDict[Place, Set] = OrderedDict()
        self._tiles: OrderedDict[Place, Set] = OrderedDict()
        self._nothing = Set(make_solids(make_things(0), self._winter), make_cards(make_things(0)))
        self._own = _Own()
        self._lock = threading.Lock()

    def draw(
        self,
        view: Parcel[View],
        light: Parcel[Light],
        air: Parcel[Air],
        lights: Parcel[Lights],
        shadow: Parcel[Shadow],
        canvas: Parcel[Canvas],
        bodies: Sequence[Body],
    ) -> Parcel[Front]:
        """Draw solid things and bodies on the canvas, and plants and poles on a layer.

        The layer is to be laid over the canvas (`layer.lay_over`) when that has its air. shadow: see there.
        """
        square = _square(view.value.x, view.value.y)
        around = self._around(square)
        work = self._own.work(len(around.solids), len(bodies), len(around.cards))
        front = self._own.front(canvas.value.tag.shape, square, around.cards)
        made = draw_standing(
            front, around.solids, pack_bodies(bodies), self.props, work, view, light, air, lights, shadow, canvas
        )
        if made > 0 and throws(light.value):
            parts, shapes = work.value.parts[:made], self.props.value.shapes
            throw_shadows(parts, view.value, light.value, shadow.value, shapes, canvas.value)
        return front

    def shadow(self, x: float, y: float, light: Light) -> Parcel[Shadow]:
        """Give the shadows of what stands around a place [m]; of a thread, the same or none."""
        if self._scenery is None:
            return _NO_SHADOW
        if self._own.shade is None:
            self._own.shade = Shade(self._scenery.bounds(), self.props.value.atlas, self.props.value.shapes)
        return self._own.shade.around(x, y, light, self.around)

    def around(self, x: float, y: float) -> Set:
        """Give what can be seen from a place [m]."""
        return self._around(_square(x, y))

    def _around(self, square: Place) -> Set:
        """Give what can be seen from a square."""
        with self._lock:
            if square in self._sets:
                self._sets.move_to_end(square)
                return self._sets[square]
            self._sets[square] = self._gather((square[0] + 0.5) * _SQUARE, (square[1] + 0.5) * _SQUARE)
            if len(self._sets) > _REMEMBERED:
                self._sets.popitem(last=False)
            return self._sets[square]

    def lamps_near(self, x: float, y: float, radius: float) -> NDArray[np.float64]:
        """Give x, y, z [m] of the heads of street lamps, and their strength, (N, 4)."""
        if self._scenery is None:
            return np.zeros((0, 4))
        places = self._scenery.lamps_near(x, y, radius)
        return np.column_stack([places, np.ones(len(places))])

    def _gather(self, x: float, y: float) -> Set:
        """Put together what can be seen from a square around a place [m], tile by tile."""
        reach = REACH + 0.75 * _SQUARE
        keys = [] if self._scenery is None else self._scenery.tiles_around(x, y, reach)
        tiles = [self._nothing, *(self._tile(key) for key in keys)]
        solids, cards = np.concatenate([each.solids for each in tiles]), np.concatenate([each.cards for each in tiles])
        solids = solids[np.hypot(solids[:, MIDDLE] - x, solids[:, MIDDLE + 1] - y) <= reach]
        return Set(solids, cards[np.hypot(cards[:, X] - x, cards[:, Y] - y) <= reach])

    def _tile(self, key: Place) -> Set:
        """Give all that stands on a tile of the scenery."""
        if key in self._tiles:
            self._tiles.move_to_end(key)
            return self._tiles[key]
        things = self._scenery.tile(*key) if self._scenery is not None else make_things(0)
        self._tiles[key] = Set(make_solids(things, self._winter), make_cards(things))
        if len(self._tiles) > _TILES:
            self._tiles.popitem(last=False)
        return self._tiles[key]


def _square(x: float, y: float) -> Place:
    """Give the square that a place [m] lies in."""
    return int(x // _SQUARE), int(y // _SQUARE)
