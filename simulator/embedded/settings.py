"""How the world's clock runs."""

import math
from dataclasses import dataclass

LONGEST_SUBSTEP = 0.01


@dataclass(frozen=True, slots=True)
class EpisodeSettings:
    """CARLA's world settings, in the order of its wire; those below `max_substeps` have no effect here.

    synchronous_mode: the clock moves only when a client ticks. no_rendering_mode: cameras give no images.
    fixed_delta: simulated seconds per tick, None for as long as it really took. substepping, max_substep_delta [s],
    max_substeps: how a tick is cut for the physics.
    """

    synchronous_mode: bool = False
    no_rendering_mode: bool = False
    fixed_delta: float | None = None
    substepping: bool = True
    max_substep_delta: float = 0.01
    max_substeps: int = 10
    max_culling_distance: float = 0.0
    deterministic_ragdolls: bool = True
    tile_stream_distance: float = 3000.0
    actor_active_distance: float = 2000.0
    spectator_as_ego: bool = True

    def substeps(self, delta: float) -> int:
        """Tell into how many equal parts the physics cuts a tick of `delta` seconds, none longer than 10 ms.

        `max_substeps` can't make a part longer than that: here the physics never gets coarser than it is valid.
        """
        longest = LONGEST_SUBSTEP
        if self.substepping:
            longest = min(longest, max(self.max_substep_delta, 1e-4))
        return max(1, math.ceil(delta / longest - 1e-9))
