"""What a model looks at: the window of a frame, resized to the model's size.

The cache of training frames and the driver at the wheel both come here, so that they see the same pixels.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from simulator.camera import Crop
from simulator.errors import LiquidlaneError


def crop_image(image: NDArray[np.uint8], crop: Crop) -> NDArray[np.uint8]:
    """Cut a window out of a frame and resize it by averaging areas.

    Args:
        image: (H, W, 3) uint8; one frame.
        crop: from `simulator.camera.find_crop`, for a frame of this size.

    Returns:
        (crop.height, crop.width, 3) uint8, contiguous; a new array unless nothing needs to be changed.

    Raises:
        LiquidlaneError: if the window reaches outside the frame.
    """
    bottom, right = crop.top + crop.source_height, crop.left + crop.source_width
    if crop.top < 0 or crop.left < 0 or bottom > image.shape[0] or right > image.shape[1]:
        raise LiquidlaneError(
            f"a window of {crop.source_width} x {crop.source_height} px at ({crop.left}, {crop.top}) does not fit a "
            f"frame of {image.shape[1]} x {image.shape[0]} px; all frames of a drive must have their camera's size"
        )
    window = image[crop.top : bottom, crop.left : right]
    if (crop.height, crop.width) == window.shape[:2]:
        return np.ascontiguousarray(window)
    resized = cv2.resize(window, (crop.width, crop.height), interpolation=cv2.INTER_AREA)
    return np.asarray(resized, np.uint8)
