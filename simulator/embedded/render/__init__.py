"""What the embedded world's cameras see: a ray-caster per pixel."""

from simulator.embedded.render.bodies import Body
from simulator.embedded.render.renderer import Renderer

__all__ = ["Body", "Renderer"]
