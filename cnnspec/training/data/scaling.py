"""From stored inputs to what the network sees: to 0..1, then by mean and deviation where the recipe asks for it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import NamedTuple

import torch

from cnnspec.training.data.dataset import Dataset, Part
from cnnspec.training.problems import TrainingError, WrongNormalize

SAME = 1e-12  # deviations below this share of the numbers are rounding
WHITE = 255.0
_CHUNK = 4096  # samples at a time: sums in float64 without a float64 copy of the data


@dataclass(frozen=True)
class Scaling:
    """`(x / levels - mean) / std`, mean and std being float64 and broadcastable to one sample.

    `white` is the byte that means 1.0 in samples that come later: 255, or 1 where the training data was numbers as bytes are.
    """

    levels: float
    mean: torch.Tensor
    std: torch.Tensor
    white: float = WHITE

    def of(self, kind: torch.dtype) -> Scaling:
        """Returns the same for samples that come later: bytes, or other numbers, which are what the network was trained on."""
        return replace(self, levels=self.white if kind == torch.uint8 else 1.0)

    def of_data(self, dataset: Dataset) -> Scaling:
        """Returns the same for other data."""
        return self.of(torch.uint8) if dataset.levels == WHITE else replace(self, levels=dataset.levels)

    def on(self, device: torch.device, dtype: torch.dtype) -> OnDevice:
        """Returns the same as one multiplication and one addition, on a device."""
        return OnDevice((1 / (self.levels * self.std)).to(device, dtype), (-self.mean / self.std).to(device, dtype))

    def apply(self, inputs: torch.Tensor, dtype: torch.dtype = torch.float32) -> torch.Tensor:
        """Returns inputs [N, *sample] as the network sees them, where they are."""
        return self.on(inputs.device, dtype).apply(inputs)


class OnDevice(NamedTuple):
    """`x * scale + shift`."""

    scale: torch.Tensor
    shift: torch.Tensor

    def apply(self, inputs: torch.Tensor) -> torch.Tensor:
        """Returns inputs [N, *sample] as the network sees them."""
        return inputs.to(self.scale.dtype) * self.scale + self.shift


def white_beside(inputs: torch.Tensor) -> float:
    """Returns which byte means 1.0 beside inputs for training: 255, or 1 where these are numbers as bytes are, none below 0.

    They reach 2 then: what was interpolated between 0 and 1 may go beyond 1 a little.
    """
    if inputs.dtype == torch.uint8 or inputs.numel() == 0:
        return WHITE
    low, high = inputs.aminmax()
    return 1.0 if low >= 0 and high >= 2 else WHITE


def scaling(dataset: Dataset, normalize: bool | tuple[object, object]) -> Scaling:
    """Returns the scaling that a recipe asks for; raises TrainingError where constants are not as many as the channels."""
    channels = dataset.sample[0]
    broadcast = (channels, *[1] * (len(dataset.sample) - 1))
    if normalize is True:
        mean, std = _measured(dataset, channels)
    elif normalize is False:
        mean, std = torch.zeros(channels, dtype=torch.float64), torch.ones(channels, dtype=torch.float64)
    else:
        mean, std = (_constants(value, channels) for value in normalize)
    return Scaling(dataset.levels, mean.reshape(broadcast), std.reshape(broadcast), _white(dataset))


def _white(dataset: Dataset) -> float:
    """Returns which byte means 1.0 for a network that is trained on this data."""
    train = dataset.train
    return white_beside(train.inputs) if isinstance(train, Part) and dataset.levels == 1 else WHITE


def _measured(dataset: Dataset, channels: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Returns mean and deviation of each channel of the training part, on the scale of 0..1; 1 for a constant channel.

    Sums are taken around the first sample: where numbers are far from 0, those of their squares leave no digits for the rest.
    """
    total = torch.zeros(channels, dtype=torch.float64)
    squares = torch.zeros(channels, dtype=torch.float64)
    origin: torch.Tensor | None = None
    for chunk in dataset.train.chunks(_CHUNK):
        values = chunk.to(torch.float64).transpose(0, 1).reshape(channels, -1)
        origin = values[:, :1].clone() if origin is None else origin
        values = (values - origin) / dataset.levels
        total += values.sum(1)
        squares += (values * values).sum(1)
    assert origin is not None
    count = len(dataset.train) * math.prod(dataset.sample) / channels
    away = total / count
    std = (squares / count - away * away).clamp(min=0).sqrt()
    mean = origin[:, 0] / dataset.levels + away
    return mean, torch.where(std > SAME * (1 + mean.abs()), std, 1.0)


def _constants(value: object, channels: int) -> torch.Tensor:
    numbers = torch.tensor(value, dtype=torch.float64).reshape(-1)
    if len(numbers) not in (1, channels):
        has = "1 channel" if channels == 1 else f"{channels} channels"
        raise TrainingError(WrongNormalize(f"`normalize` has {len(numbers)} numbers, but the data has {has}"))
    return numbers.expand(channels)
