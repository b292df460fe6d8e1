"""Pictures of trees and bushes in four seasons, painted dab by dab; light falls from above, as from a bright sky."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from simulator.embedded.render.species import SPECIES, Species

Image = NDArray[np.float32]
# painted so much larger than kept, so that edges are smooth
_OVER = 2


_SNOW = np.array([0.74, 0.77, 0.84])


def _codes(colours: NDArray[np.float64]) -> list[list[float]]:
    """Turn linear colours (N, 3) into the painting's bytes: square roots, opaque."""
    opaque = np.full((len(colours), 1), 255.0)
    codes: list[list[float]] = np.concatenate([255.0 * np.sqrt(np.clip(colours, 0.0, 1.0)), opaque], axis=1).tolist()
    return codes


def _code(colour: NDArray[np.float64]) -> list[float]:
    return _codes(colour[None])[0]


class _Painter:
    """Paints one tree on a canvas of (height, width, 4) bytes."""

    def __init__(self, species: Species, season: str, generator: np.random.Generator) -> None:
        self.species, self.season, self.random = species, season, generator
        self.height, self.width = species.size[0] * _OVER, species.size[1] * _OVER
        self.canvas = np.zeros((self.height, self.width, 4), np.uint8)
        self.slender = species.crown[2] * self.width < 0.27 * self.height
        self.bark = np.array(species.bark) * generator.uniform(0.85, 1.15)

    def stroke(self, x: float, y: float, angle: float, length: float, half_width: float) -> tuple[float, float]:
        """Draw a piece of wood upwards from (x, y) [px]; gives its end. Winter lays snow on what is not upright."""
        end_x, end_y = x + length * math.cos(angle), y - length * math.sin(angle)
        points = (round(x * 8), round(y * 8)), (round(end_x * 8), round(end_y * 8))
        thick = max(1, round(2 * half_width))
        cv2.line(self.canvas, *points, _code(self.bark * self.random.uniform(0.7, 1.1)), thick, cv2.LINE_8, 3)
        if thick > 3:
            lit = [(px + round(half_width * -3), py) for px, py in points]
            cv2.line(self.canvas, lit[0], lit[1], _code(self.bark * 1.35), max(1, thick // 3), cv2.LINE_8, 3)
        if self.season == "winter" and abs(math.cos(angle)) > 0.35:
            above = [(px, py - round(8 * half_width)) for px, py in points]
            snow = _SNOW if thick > 2 else 0.35 * _SNOW + 0.65 * self.bark
            cv2.line(self.canvas, above[0], above[1], _code(snow), max(1, thick // 2), cv2.LINE_8, 3)
        return end_x, end_y

    def branch(self, x: float, y: float, angle: float, length: float, half_width: float, depth: int) -> None:
        """Draw a branch and those that grow from it."""
        x, y = self.stroke(x, y, angle, length, half_width)
        if depth == 0:
            return
        for _ in range(3 if self.random.random() < 0.55 else 2):
            turn = self.random.uniform(-0.75, 0.75) * (
                0.55 if self.species.crown[2] * self.width < 0.2 * self.height else 1
            )
            bent = angle + turn - 0.15 * self.species.droop * math.copysign(depth < 3, math.pi / 2 - angle)
            self.branch(x, y, bent, length * self.random.uniform(0.62, 0.86), half_width * 0.62, depth - 1)

    def wood(self, depth: int) -> None:
        """Draw trunk and branches of a broadleaf tree, or the stems of a bush."""
        low, high, _ = self.species.crown
        foot = self.height - 1.0
        half = self.species.trunk * self.height
        if low < 0.01:
            for angle in self.random.uniform(0.6, math.pi - 0.6, 7):
                self.branch(self.width / 2, foot, float(angle), 0.28 * self.height, half, depth - 1)
            return
        y = foot
        for step in range(5):
            _, y = self.stroke(
                self.width / 2, y, math.pi / 2, 0.2 * (low + 0.08) * self.height, half * (1 - 0.1 * step)
            )
        reach = (high - low) * self.height
        for _ in range(4):
            angle = math.pi / 2 + self.random.uniform(-0.3, 0.3) * (0.8 if self.slender else 2.2)
            self.branch(
                self.width / 2,
                y,
                angle,
                (0.27 if depth > 4 else 0.24) * reach * (0.8 if self.slender else 1),
                half * 0.6,
                depth,
            )

    def trunk(self, top: float) -> None:
        """Draw the straight trunk of a conifer up to a height (share)."""
        half = self.species.trunk * self.height
        for step in range(10):
            y = self.height * (1 - top * step / 10)
            self.stroke(self.width / 2, y, math.pi / 2, self.height * top / 10 + 1, half * (1 - 0.07 * step))

    def crown(self) -> None:
        """Dab leaves, those behind and inside first: clumps in an egg-shaped crown, lighter above and outside."""
        low, high, half = self.species.crown
        colours = np.array(self.species.leaves[self.season])
        count = int(self.species.dabs * (0.75 if self.season == "autumn" else 1.0))
        clumps = max(12, count // 70)
        height, angle = self.random.beta(1.25, 1.15, clumps), self.random.uniform(0, 2 * np.pi, clumps)
        outline = np.sqrt(np.clip(1 - (2 * height - 1) ** 2, 0.02, 1)) * (
            1 - height * (1 - min(self.species.pointed, 1))
        )
        reach = outline * np.sqrt(self.random.uniform(0.1, 1, clumps)) * 0.78
        clump = self.random.integers(0, clumps, count)
        offset = self.random.normal(0, 1, (3, count)) * 0.42
        size = self.random.uniform(0.3, 0.42, clumps)[clump] * (0.6 + 0.4 * outline[clump])
        across = np.clip(reach[clump] * np.cos(angle[clump]) + offset[0] * size, -0.98, 0.98)
        toward = reach[clump] * np.sin(angle[clump]) + offset[1] * size
        up = height[clump] * 0.94 + 0.02 + 0.45 * offset[2] * size
        rise = np.clip(offset[2], -1, 1)
        shade = 0.72 + 0.34 * rise + 0.24 * (up - 0.5) + 0.16 * np.clip(toward, -1, 1) - 0.1 * offset[0]
        shade = np.clip(shade + self.random.normal(0, 0.12, count), 0.28, 1.5)
        tone = colours[self.random.integers(0, len(colours), clumps)][clump]
        mixed = colours[self.random.integers(0, len(colours), count)]
        colour = (0.6 * tone + 0.4 * mixed) * shade[:, None]
        snowy = (self.season == "winter") & (rise > -0.1)
        colour[snowy] = _SNOW * np.clip(shade[snowy] + 0.1, 0.55, 1.0)[:, None]
        x = self.width * (0.5 + half * across)
        y = self.height * (1 - low - (high - low) * up)
        radius = self.species.dab * self.height * self.random.uniform(0.6, 1.35, count)
        margin = radius + 1
        x, y = np.clip(x, margin, self.width - margin), np.clip(y, margin, self.height - 1)
        order = np.argsort(toward)
        centers = (np.stack([x, y], axis=1)[order] * 8).astype(int).tolist()
        sizes = (radius[order] * 8).astype(int).tolist()
        for center, size_, paint in zip(centers, sizes, _codes(colour[order]), strict=True):
            cv2.circle(self.canvas, center, size_, paint, -1, cv2.LINE_8, 3)

    def boughs(self) -> None:
        """Draw a spruce's boughs, from the top down, each a fringe that hangs from its spine."""
        low, high, half = self.species.crown
        colours = np.array(self.species.leaves[self.season])
        count = self.species.dabs
        share = np.sort(self.random.uniform(0, 1, count) ** 0.62)
        layers = 0.72 + 0.28 * np.abs(np.sin(share * 34 + self.random.uniform(0, 3)))
        spread = half * self.width * (share + 0.03) * layers
        across = self.random.uniform(-1, 1, count)
        x = self.width / 2 + across * spread
        y = self.height * (1 - high + (high - low) * 0.96 * share) + self.species.droop * np.abs(across) * spread * 0.4
        shade = (0.5 + 0.75 * self.random.uniform(0, 1, count)) * (1.15 - 0.3 * np.abs(across)) * (1 - 0.2 * across)
        colour = colours[self.random.integers(0, len(colours), count)] * shade[:, None]
        snowy = (self.season == "winter") & (self.random.uniform(0, 1, count) < 0.5)
        colour[snowy] = _SNOW * np.clip(0.45 + 0.5 * shade[snowy], 0.5, 1.0)[:, None]
        long = self.height * (0.012 + 0.02 * share)
        starts = np.stack([x, y], axis=1).astype(int).tolist()
        ends = np.stack([x + across * long * 0.9, np.minimum(y + long, self.height - 1)], axis=1).astype(int).tolist()
        for start, end, paint in zip(starts, ends, _codes(colour), strict=True):
            cv2.line(self.canvas, start, end, paint, 4)


def paint_plant(name: str, season: str, generator: np.random.Generator) -> Image:
    """Paint a plant of SPECIES, (height, width, 4) float32: linear red, green, blue, times alpha, and alpha."""
    species = SPECIES[name]
    painter = _Painter(species, season, generator)
    if species.needles:
        painter.trunk(0.9)
        if name == "spruce":
            painter.boughs()
        else:
            painter.crown()
    elif species.leaves[season]:
        painter.wood(3)
        painter.crown()
    else:
        painter.wood(6)
    return reduce(painter.canvas, _OVER)


def reduce(canvas: NDArray[np.uint8], factor: int) -> Image:
    """Turn painted bytes (square roots) into light, `factor` times smaller."""
    painted = canvas.astype(np.float32) / np.float32(255)
    alpha = painted[..., 3:]
    light = np.concatenate([painted[..., :3] ** 2 * alpha, alpha], axis=2)
    height, width = canvas.shape[0] // factor, canvas.shape[1] // factor
    mean: Image = light.reshape(height, factor, width, factor, 4).mean(axis=(1, 3), dtype=np.float32)
    return mean
