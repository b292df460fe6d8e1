"""Grass and fields beside the road, and the gravel verge between."""

from simulator.embedded.render.appearance import Appearance
from simulator.embedded.render.coverage import clamp
from simulator.embedded.render.jit import inner
from simulator.embedded.render.noise import FloatImage, choose_level, fetch

# texels of noise per metre
_BLADES, _TUFTS, _PATCHES = 23.0, 4.3, 0.83


@inner
def grass(look: Appearance, noise: FloatImage, x: float, y: float, footprint: float) -> tuple[float, float, float]:
    """Give the colour of grass at a point of the world [m]; footprint: squared size of the pixel there [m²]."""
    x += look.shift
    blades, _, _, _ = fetch(noise, choose_level(footprint * _BLADES * _BLADES), x * _BLADES, y * _BLADES)
    _, tufts, clumps, _ = fetch(noise, choose_level(footprint * _TUFTS * _TUFTS), x * _TUFTS, y * _TUFTS)
    _, field, patch, _ = fetch(noise, choose_level(footprint * _PATCHES * _PATCHES), x * _PATCHES, y * _PATCHES)
    dry = clamp(0.45 + 1.5 * (tufts - 0.5) + 1.6 * look.fields * (field - 0.5), 0.0, 1.0)
    value = (0.6 + 0.8 * blades) * (0.8 + 0.4 * clumps) * (1.0 + 0.5 * look.fields * (patch - 0.5))
    low = look.grass_low
    high = look.grass_high
    return (
        (low[0] + (high[0] - low[0]) * dry) * value,
        (low[1] + (high[1] - low[1]) * dry) * value,
        (low[2] + (high[2] - low[2]) * dry) * value,
    )
