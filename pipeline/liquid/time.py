"""Time spans as the cells want them: per sample and per step, checked, in the cell's unit."""

from torch import Tensor


def scale_time(features_BTF: Tensor, dt_BT: Tensor, features: int, time_unit: float) -> Tensor:
    """Check features against dt and give dt in time units, (B, T).

    Raises:
        ValueError: if shapes do not fit, or a dt is negative or not a number.
    """
    if features_BTF.ndim != 3 or features_BTF.shape[-1] != features or features_BTF.shape[1] == 0:
        raise ValueError(f"features must be (batch, steps, {features}), not {tuple(features_BTF.shape)}")
    if dt_BT.shape != features_BTF.shape[:2]:
        raise ValueError(f"dt must be (batch, steps) = {tuple(features_BTF.shape[:2])}, not {tuple(dt_BT.shape)}")
    if not bool((dt_BT >= 0).all()):
        raise ValueError("a dt is negative or not a number; time must rise")
    return dt_BT.to(features_BTF.dtype) / time_unit
