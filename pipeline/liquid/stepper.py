"""One car, one frame at a time, with next to nothing around the C kernel: a step takes a few microseconds."""

import ctypes
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray

from pipeline.liquid import cfc_kernel, ltc_kernel
from pipeline.liquid.backend import choose_backend
from pipeline.liquid.cfc import CfC
from pipeline.liquid.ltc import LTC


class Stepper:
    """Steps a cell in float32 with weights that stay as they were when it was made.

    Fill in `features` (F,) and `dt` (1,) [s], call `run()`, read `motor` (M,) and `state` (U,); or call `step`. All are
    arrays that stay the same; write zeros into `state` to reset it.

    cell: is copied. Unlike the cell, `run` looks at nothing that it is given: dt must be >= 0.

    Raises:
        RuntimeError: if there is no C kernel here, which alone makes this worth while.
    """

    run: Callable[[], int]

    def __init__(self, cell: LTC | CfC) -> None:
        wiring = cell.wiring
        copies = [
            None if weight is None else weight.detach().float().cpu().contiguous().clone() for weight in cell.weights()
        ]
        kernel = choose_backend("c", copies).kernel
        assert kernel is not None
        features, dt = torch.zeros(wiring.features), torch.ones(1)
        motor, state = torch.zeros(wiring.motor), torch.zeros(wiring.units)
        weights = type(cell.weights())(*copies)  # type: ignore[arg-type]
        call: ctypes.Structure
        if isinstance(cell, LTC):
            scale = 1.0 / (cell.time_unit * cell.unfolds)
            tables = (cell.sensory, cell.recurrent)
            ltc_call = ltc_kernel.make_call(*tables, weights, (1, 1, wiring.motor), cell.unfolds, scale)  # type: ignore[arg-type]
            packed, function, call = ltc_kernel.pack(kernel, ltc_call, features), kernel.ltc_forward, ltc_call
        else:
            sizes = (1, 1, wiring.features, wiring.motor)
            curves = (cell.curve_table, cell.gate_table)
            cfc_call = cfc_kernel.make_call(curves, cell.mode, weights, None, sizes, 1.0 / cell.time_unit)  # type: ignore[arg-type]
            packed, function, call = cfc_kernel.pack(kernel, cfc_call, features), kernel.cfc_forward, cfc_call
        call.x, call.time, call.start = features.data_ptr(), dt.data_ptr(), state.data_ptr()
        call.motor, call.states = motor.data_ptr(), state.data_ptr()
        self._alive = (cell, packed, weights, call)  # what the call refers to
        self.features: NDArray[np.float32] = features.numpy()
        self.dt: NDArray[np.float32] = dt.numpy()
        self.motor: NDArray[np.float32] = motor.numpy()
        self.state: NDArray[np.float32] = state.numpy()
        where = ctypes.c_void_p(ctypes.addressof(call))
        self.run = lambda: function(where)

    def step(self, features: NDArray[np.float32], dt: float) -> NDArray[np.float32]:
        """Take in the (F,) features of a frame, dt seconds after the one before, and give the (M,) motor neurons.

        Raises:
            ValueError: if dt is negative or not a finite number.
        """
        if not 0 <= dt < np.inf:
            raise ValueError(f"a dt of {dt} s is negative, infinite or not a number; time must rise")
        self.features[:] = features
        self.dt[0] = dt
        if self.run():
            raise MemoryError("no memory for the state of the liquid cell")
        return self.motor
