"""What the season and the weather lay over the ground: leaves, snow with tracks, water."""

from numpy import float32

from simulator.embedded.render.air import Air
from simulator.embedded.render.appearance import Appearance
from simulator.embedded.render.jit import step
from simulator.embedded.render.packet import (
    ASPHALT,
    BLADES,
    BLUE,
    CHIPS,
    CLEARED,
    CONCRETE,
    FIELD,
    FINE,
    GREEN,
    MIRROR,
    OUTSIDE,
    RED,
    SIZE,
    STAINS,
    TRACKS,
    TUFTS,
    Packet,
)


@step
def lay_leaves(packet: Packet, look: Appearance) -> None:
    """Scatter leaves over verge and land, and fewer over the road, most of them along its edges."""
    real = packet.real
    zero, half, one = float32(0.0), float32(0.5), float32(1.0)
    leaf_red, leaf_green, leaf_blue = look.leaf
    for i in range(SIZE):
        paved = min(real[ASPHALT + i] + real[CONCRETE + i], one)
        heaps = min(max(float32(3.0) * (real[TUFTS + i] - float32(0.42)), zero), one) * (one - paved)
        edge = min(max(one + float32(0.8) * real[OUTSIDE + i], zero), one)
        blown = paved * (float32(0.06) + float32(0.7) * edge * real[STAINS + i])
        single = min(max(float32(7.0) * (real[CHIPS + i] - float32(0.55)) + half * real[BLADES + i], zero), one)
        share = look.leaves * min(heaps * (half + half * real[BLADES + i]) + blown * (float32(0.2) + single), one)
        value = share * (float32(0.5) + real[BLADES + i])
        yellow = one + float32(1.4) * (real[FIELD + i] - half) + float32(1.2) * (real[CHIPS + i] - half)
        real[RED + i] += value * leaf_red - share * real[RED + i]
        real[GREEN + i] += value * leaf_green * yellow - share * real[GREEN + i]
        real[BLUE + i] += value * leaf_blue - share * real[BLUE + i]


@step
def lay_snow(packet: Packet, look: Appearance) -> None:
    """Lay snow over everything; tyres have made tracks in it."""
    real = packet.real
    zero, half, one = float32(0.0), float32(0.5), float32(1.0)
    for i in range(SIZE):
        paved = min(real[ASPHALT + i] + real[CONCRETE + i], one)
        uneven = real[STAINS + i] + half * real[FINE + i] - float32(0.75)
        cleared = real[CLEARED + i] * paved
        # snow that ploughs and tyres have thrown aside lies along the edge
        bank = min(max(one - abs(real[OUTSIDE + i] + float32(0.1)) * float32(1.6), zero), one) * look.road_snow
        road = float32(1.8) * look.road_snow - float32(0.35) + float32(1.3) * uneven + bank
        road -= cleared * (float32(0.9) + float32(0.9) * real[CHIPS + i])
        land = float32(2.4) * look.snow - float32(1.0) + float32(1.5) * (real[TUFTS + i] - half)
        land += float32(0.8) * (real[FIELD + i] - half) + float32(0.6) * (real[BLADES + i] - half)
        share = min(max(road, zero), one) * paved + min(max(land, zero), one) * (one - paved)
        # driven snow is grey; the rest is even but for its grain
        white = float32(0.80) + float32(0.10) * (real[TUFTS + i] - half) + float32(0.08) * (real[BLADES + i] - half)
        white *= one - paved * (float32(0.12) + float32(0.25) * real[CLEARED + i] + float32(0.2) * abs(uneven))
        white = white * share
        real[RED + i] += white * float32(0.97) - share * real[RED + i]
        real[GREEN + i] += white * float32(0.99) - share * real[GREEN + i]
        real[BLUE + i] += white * float32(1.03) - share * real[BLUE + i]
        real[MIRROR + i] *= one - share


@step
def wet_ground(packet: Packet, air: Air) -> None:
    """Darken what is wet, and find how much of each pixel water makes a mirror of."""
    real = packet.real
    zero, half, one = float32(0.0), float32(0.5), float32(1.0)
    film, puddles = air.film, air.puddles
    for i in range(SIZE):
        paved = min(real[ASPHALT + i] + real[CONCRETE + i], one)
        # water stands in hollows and in the tracks that wheels have worn
        hollow = float32(0.65) * real[STAINS + i] + float32(0.35) * real[FINE + i]
        hollow += float32(0.2) * abs(real[TRACKS + i] - one)
        puddle = min(max((hollow - float32(0.74) + float32(0.4) * puddles) * float32(9.0), zero), one)
        puddle = puddle if puddles > float32(0.02) else zero
        mirror = paved * max(half * film, puddle)
        darker = one - (float32(0.22) + float32(0.26) * paved) * film - float32(0.12) * puddle * paved
        real[MIRROR + i] = mirror
        real[RED + i] *= darker
        real[GREEN + i] *= darker
        real[BLUE + i] *= darker
