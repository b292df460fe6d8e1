"""What the embedded world's cameras see: a ray-caster per pixel."""

from simulator.embedded.render.bodies import Body
from simulator.embedded.render.headlights import Beam
from simulator.embedded.render.renderer import Renderer
from simulator.embedded.render.shot import Shot

__all__ = ["Beam", "Body", "Renderer", "Shot"]
