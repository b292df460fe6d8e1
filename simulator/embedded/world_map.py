"""The roads of an episode: the document as the client sent it, its geometry, and the pictures drawn of it."""

import binascii
import json
import logging
from functools import cached_property
from typing import TYPE_CHECKING, cast

from simulator.embedded.axes import Pose
from simulator.embedded.seasons import SEASONS, Season
from simulator.opendrive import RoadNetwork
from simulator.roads_correct import load_document

if TYPE_CHECKING:
    from simulator.embedded.render import Renderer
    from simulator.embedded.scenery import Scenery
    from simulator.embedded.terrain import Terrain
    from simulator.embedded.walkers.detour import Polygons

SPAWN_HEIGHT = 0.3
OPENDRIVE_MAP = "OpenDriveMap"
BUILT_IN_MAP = "Ring"
MAPS_FOLDER = "Carla/Maps/"
USER_DATA_CODE = "liquidlane"

log = logging.getLogger(__name__)


class WorldMap:
    """A map: name, OpenDRIVE document (corrected, where a client would die of it) and what follows from it.

    has_walkers: whether clients are told where pedestrians may go.

    Raises:
        LiquidlaneError: if the document has nothing that can be driven.
    """

    def __init__(self, name: str, document: str, has_walkers: bool = True) -> None:
        self.name = name
        self._has_walkers = has_walkers
        self.network: RoadNetwork
        self.document, self.network = load_document(document, "the OpenDRIVE document")

    @cached_property
    def spawn_points(self) -> list[Pose]:
        """Places to put a car, along the traffic, a little above the ground."""
        return [
            Pose(point.x, point.y, point.z + SPAWN_HEIGHT, point.roll, point.pitch, point.heading)
            for point in self.network.spawn_points()
        ]

    @cached_property
    def appearance_seed(self) -> int:
        """Seed of the looks: from the header's `<userData code="liquidlane">`, else from the document itself."""
        text = self.network.user_data.get(USER_DATA_CODE)
        if text is not None:
            try:
                return int(json.loads(text)["appearance_seed"])
            except (ValueError, KeyError, TypeError):
                log.warning("userData %r has no appearance_seed; the look comes from the document", text[:80])
        return binascii.crc32(self.document.encode("utf-8", "surrogateescape"))

    @cached_property
    def season(self) -> Season:
        """From the header's `<userData code="liquidlane">`, else summer."""
        try:
            named = json.loads(self.network.user_data.get(USER_DATA_CODE, "{}")).get("season", "summer")
        except (ValueError, AttributeError):
            named = "summer"
        if named not in SEASONS:
            log.warning("userData names no season %r; it is summer", named)
            return "summer"
        return cast(Season, named)

    @cached_property
    def terrain(self) -> "Terrain":
        """The ground's height anywhere; made when it is first asked for."""
        from simulator.embedded.render.beside import compile_beside
        from simulator.embedded.terrain import Terrain

        compile_beside()
        return Terrain(self.network, self.appearance_seed)

    @cached_property
    def scenery(self) -> "Scenery":
        """What stands beside the roads; made when it is first asked for."""
        from simulator.embedded.scenery import Scenery

        return Scenery(self.network, self.appearance_seed, self.terrain.height, self.terrain.samples)

    @cached_property
    def renderer(self) -> "Renderer":
        """Draws this map; made when the first camera is spawned, since that takes a while."""
        from simulator.embedded.render import Renderer

        return Renderer(self.network, self.appearance_seed, self.terrain, self.scenery, self.season)

    @cached_property
    def ways(self) -> "Polygons | None":
        """Where pedestrians may go; None if clients are told of nothing."""
        if not self._has_walkers:
            return None
        from simulator.embedded.walkers.ways import find_ways

        found = find_ways(self.network)
        if found is None:
            log.warning("%s is too large for a mesh for walkers' controllers", self.name)
        return found

    @cached_property
    def ways_file(self) -> tuple[str, bytes] | None:
        """Name and contents of the file in which clients read where pedestrians may go; None if there is none.

        Clients keep such files: its name tells what is in it.
        """
        if self.ways is None:
            return None
        from simulator.embedded.walkers.detour import pack_mesh

        mesh = pack_mesh(self.ways)
        return f"{MAPS_FOLDER}Nav/{self.name.rsplit('/', 1)[-1]}-{binascii.crc32(mesh):08x}.bin", mesh

    def compile_renderer(self) -> None:
        """Draw a small picture, so that the code that draws is compiled, or read from disk, before a client waits."""
        self.renderer.compile()


def built_in_map() -> WorldMap:
    """Give the world that is there before anybody sends one."""
    from simulator.embedded.ring import ring_document

    return WorldMap(MAPS_FOLDER + BUILT_IN_MAP, ring_document())
