"""The convolutional heads: from camera images to the features that a controller sees.

Shape suffixes: N images, C channels, H rows, W columns, F features.
"""

from contextlib import nullcontext
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor, nn

EyesName = Literal["light", "paper"]
CHUNK = 64
"""Images that pass a head at once: larger pieces fault pages under glibc's malloc, smaller ones waste calls."""


def standardise(images_NCHW: Tensor) -> Tensor:
    """Give each image mean 0 and deviation near 1, so that brightness and contrast tell nothing.

    Args:
        images_NCHW: uint8. The 8 grey levels added to the deviation keep noise in an empty image small.

    Returns:
        float32, in channels-last memory.
    """
    pixels_NHWC = images_NCHW.permute(0, 2, 3, 1).to(torch.float32, copy=True, memory_format=torch.contiguous_format)
    # a mean and a norm over one flat axis are 8 times as fast as torch.std_mean over three
    flat = pixels_NHWC.flatten(1)
    flat -= flat.mean(1, keepdim=True)
    deviation = torch.linalg.vector_norm(flat, dim=1, keepdim=True) / flat.shape[1] ** 0.5
    flat /= deviation + 8.0
    return flat.view_as(pixels_NHWC).permute(0, 3, 1, 2)


class Eyes(nn.Module):
    """Base of the heads: standardises, works in chunks, and in bfloat16 if `half_precision` is set.

    `half_precision` is a way of computing, not a part of the model: training sets it, a checkpoint does not store it.
    """

    input_size: tuple[int, int]
    features: int

    def __init__(self) -> None:
        super().__init__()
        self.half_precision = False

    def forward(self, images_NCHW: Tensor) -> Tensor:
        """Give (N, F) float32 features of uint8 images."""
        half = torch.autocast(images_NCHW.device.type, torch.bfloat16) if self.half_precision else nullcontext()
        with half:
            pieces = [self.look(standardise(piece)) for piece in torch.split(images_NCHW, CHUNK)]
        return torch.cat(pieces).float()

    def look(self, pixels_NCHW: Tensor) -> Tensor:
        """Give (N, F) features of standardised images."""
        raise NotImplementedError


class LightEyes(Eyes):
    """The small head for a laptop: 32 x 100 pixels, 2.5 million multiplications, 32 normalised features."""

    input_size = (32, 100)
    features = 32

    def __init__(self) -> None:
        super().__init__()
        self.layers = _stack(
            *_convolution(3, 16, 5, 2, 2),
            *_convolution(16, 24, 3, 2, 1),
            *_convolution(24, 32, 3, 2, 1),
            *_convolution(32, 32, 3, 2, 1),
            nn.Flatten(),
            nn.Linear(32 * 2 * 7, self.features),
        )
        self.normalise = nn.LayerNorm(self.features)

    def look(self, pixels_NCHW: Tensor) -> Tensor:
        """Give (N, 32) features."""
        features: Tensor = self.normalise(self.layers(pixels_NCHW))
        return features


class PaperEyes(Eyes):
    """The head of Lechner et al. 2020: 78 x 200 pixels, 79,420 weights; 8 maps, each read by 4 neurons of its own.

    Padding keeps ceil(size / stride) like TensorFlow's SAME, with the extra row or column on both sides.
    """

    input_size = (78, 200)
    features = 32
    maps, neurons, map_size = 8, 4, 10 * 25

    def __init__(self) -> None:
        super().__init__()
        self.layers = _stack(
            *_convolution(3, 24, 5, 2, 2),
            *_convolution(24, 36, 5, 2, 2),
            *_convolution(36, 48, 3, 2, 1),
            *_convolution(48, 64, 3, 1, 1),
            *_convolution(64, self.maps, 3, 1, 1),
        )
        _keep_variance(self.layers)
        spread = (2 / self.map_size) ** 0.5
        self.map_weight = nn.Parameter(spread * torch.randn(self.maps, self.map_size, self.neurons))
        self.map_bias = nn.Parameter(torch.zeros(self.maps, self.neurons))

    def look(self, pixels_NCHW: Tensor) -> Tensor:
        """Give (N, 32) features, map by map."""
        maps = self.layers(pixels_NCHW).flatten(2)
        read = torch.einsum("nmp,mpk->nmk", maps, self.map_weight) + self.map_bias
        return torch.relu(read).flatten(1)


class PilotEyes(Eyes):
    """The convolutions of PilotNet (Bojarski et al. 2016) without padding, for any input size.

    input_size: (height, width) [px]. kernels: sizes of the five layers; the first three stride 2.
    """

    def __init__(self, input_size: tuple[int, int], kernels: tuple[int, int, int, int, int]) -> None:
        super().__init__()
        self.input_size = input_size
        channels = (3, 24, 36, 48, 64, 64)
        layers: list[nn.Module] = []
        for index, kernel in enumerate(kernels):
            layers += _convolution(channels[index], channels[index + 1], kernel, 2 if index < 3 else 1, 0)
        self.layers = _stack(*layers, nn.Flatten())
        _keep_variance(self.layers)
        with torch.no_grad():
            self.features = int(self.layers(torch.zeros(1, 3, *input_size)).shape[1])

    def look(self, pixels_NCHW: Tensor) -> Tensor:
        """Give (N, F) features."""
        features: Tensor = self.layers(pixels_NCHW)
        return features


def multiplies_bfloat16() -> bool:
    """Tell whether this machine multiplies bfloat16 natively; others emulate it, 10 times as slowly as float32."""
    if torch.cuda.is_available():
        return True
    try:
        return "avx512_bf16" in Path("/proc/cpuinfo").read_text()
    except OSError:
        return False


def make_eyes(name: EyesName) -> Eyes:
    """Make the head of a recurrent model."""
    return LightEyes() if name == "light" else PaperEyes()


def _stack(*layers: nn.Module) -> nn.Sequential:
    stack: nn.Sequential = nn.Sequential(*layers).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return stack


def _keep_variance(layers: nn.Module) -> None:
    """Draw start values after He et al. 2015: without a normalising layer, torch's own let signals fade to 1 %."""
    for layer in layers.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)  # type: ignore[arg-type]


def _convolution(inputs: int, outputs: int, kernel: int, stride: int, padding: int) -> list[nn.Module]:
    return [nn.Conv2d(inputs, outputs, kernel, stride, padding), nn.ReLU()]
