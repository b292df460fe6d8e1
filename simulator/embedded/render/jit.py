"""How this folder's loops are compiled: as all of the embedded world's (see `simulator.embedded.jit`)."""

from simulator.embedded.jit import Number, entry, inner, step

__all__ = ["Number", "entry", "inner", "step"]
