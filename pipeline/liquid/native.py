"""The kernel as Python sees it: its calls' fields, one by one as in kernel.c, and the library of each precision."""

import ctypes
import functools
import warnings
from pathlib import Path

import numpy as np
import torch

from pipeline.liquid.build import BuildError, build

DTYPES = {torch.float32: "float32", torch.float64: "float64"}


def _fields(names: str) -> list[tuple[str, type[ctypes.c_int64]]]:
    """Give fields of 64 bits: a number or an address."""
    return [(name, ctypes.c_int64) for name in names.split()]


class LtcCall(ctypes.Structure):
    """Mirrors LtcCall of kernel.c."""

    _fields_ = (
        *_fields("batch steps features units motors unfolds sensory_count recurrent_count"),
        ("time_scale", ctypes.c_double),
        *_fields("sensory_source sensory_target sensory_place recurrent_source recurrent_target recurrent_place"),
        *_fields("gleak vleak cm w sigma mu erev sensory_w sensory_sigma sensory_mu sensory_erev"),
        *_fields("input_w input_b output_w output_b packed x time start motor states motor_grad states_grad"),
        *_fields("x_grad time_grad start_grad gleak_grad vleak_grad cm_grad w_grad sigma_grad mu_grad erev_grad"),
        *_fields("sensory_w_grad sensory_sigma_grad sensory_mu_grad sensory_erev_grad"),
        *_fields("input_w_grad input_b_grad output_w_grad output_b_grad"),
    )


class CfcTable(ctypes.Structure):
    """Mirrors CfcTable of kernel.c."""

    _fields_ = (
        *_fields("curves width_sensory width_recurrent width_self start source place"),
        *_fields("weight_sensory weight_recurrent weight_self grad_sensory grad_recurrent grad_self"),
    )


class CfcCall(ctypes.Structure):
    """Mirrors CfcCall of kernel.c."""

    _fields_ = (
        *_fields("batch steps features units motors mode"),
        ("time_scale", ctypes.c_double),
        *_fields("order"),
        ("curve_table", CfcTable),
        ("gate_table", CfcTable),
        *_fields("bias w_tau amplitude output_w output_b packed x time start motor states motor_grad states_grad"),
        *_fields("x_grad time_grad start_grad bias_grad w_tau_grad amplitude_grad output_w_grad output_b_grad"),
    )


class Kernel:
    """The loaded library of one precision. Its functions release Python's lock while they run."""

    def __init__(self, path: Path) -> None:
        library = ctypes.CDLL(str(path))
        self.ltc_forward, self.ltc_backward = library.ltc_forward, library.ltc_backward
        self.cfc_forward, self.cfc_backward = library.cfc_forward, library.cfc_backward
        self.ltc_pack, self.cfc_pack = library.ltc_pack, library.cfc_pack
        self.ltc_packed_size, self.cfc_packed_size = library.ltc_packed_size, library.cfc_packed_size
        for function in (self.ltc_pack, self.cfc_pack, self.ltc_packed_size, self.cfc_packed_size):
            function.restype = ctypes.c_int64
        self.sigmoids, self.vector_bytes = library.sigmoids, int(library.vector_bytes())
        self.sigmoids.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64)
        self.sizes = (int(library.ltc_call_size()), int(library.cfc_call_size()))


def check_library(path: Path, precision: str) -> None:
    """See that a freshly built library reads our structs and computes sigmoids.

    Raises:
        BuildError: if not.
    """
    try:
        kernel = Kernel(path)
    except (OSError, AttributeError) as error:
        raise BuildError(f"the library it built can't be loaded ({error})") from error
    if kernel.sizes != (ctypes.sizeof(LtcCall), ctypes.sizeof(CfcCall)):
        raise BuildError("the library it built has structs of another size than Python's")
    given = np.linspace(-30, 30, 64).astype(precision)
    given[:2] = 1.0, 0.0  # the scale and the shift that are applied to all
    found = np.empty_like(given)
    kernel.sigmoids(given.ctypes.data, found.ctypes.data, len(given) * given.itemsize // kernel.vector_bytes, 1)
    worst = np.abs(found - 1 / (1 + 2.0 ** given.astype(np.float64))).max()
    if not worst < (1e-6 if precision == "float32" else 1e-13):
        raise BuildError(f"the library it built computes sigmoids that are wrong by {worst:.1e}")


@functools.cache
def load_kernel(precision: str) -> Kernel | BuildError:
    """Load the kernel of a precision, or say why there is none, with one warning per process."""
    try:
        path = build(precision, lambda made: check_library(made, precision))
        try:
            return Kernel(path)
        except OSError:  # damaged on disk
            path.unlink(missing_ok=True)
            return Kernel(build(precision, lambda made: check_library(made, precision)))
    except (BuildError, OSError) as error:
        problem = error if isinstance(error, BuildError) else BuildError(str(error))
        warnings.warn(
            f"the liquid cells run in torch, ten to thirty times as slowly as in C, because {problem}", stacklevel=2
        )
        return problem


def address(tensor: torch.Tensor | None) -> int:
    """Give where a tensor's numbers are, 0 for none."""
    return 0 if tensor is None else tensor.data_ptr()


def refuse_second_derivative() -> None:
    """Stop a backward pass that is to be differentiated again: the kernel's gradients would pass for constants.

    Raises:
        RuntimeError: if so.
    """
    if torch.is_grad_enabled():
        raise RuntimeError("the C kernel has no second derivatives (create_graph=True); set cell.backend = 'torch'")
