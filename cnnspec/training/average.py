"""The moving average of a network's weights."""

from __future__ import annotations

import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn


class Average(AveragedModel):
    """The exponential moving average of weights and running statistics: `decay` of what it was, the rest of what they are.

    PyTorch's own copies the count of its updates to the device at each of them, for which a GPU would have to finish first, and
    which no recording takes. The exponential average has no use for the count but for the first update, which copies.
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        super().__init__(model, multi_avg_fn=get_ema_multi_avg_fn(decay), use_buffers=True)  # type: ignore[no-untyped-call]

    def update_parameters(self, model: nn.Module) -> None:
        """Goes a step towards the weights of a model."""
        if self.n_averaged == 0:
            super().update_parameters(model)
            return
        assert self.multi_avg_fn is not None
        pairs = list(zip(_tensors(self.module), _tensors(model), strict=True))
        for is_float in (True, False):  # running statistics have counts
            alike = [pair for pair in pairs if pair[0].is_floating_point() is is_float]
            if alike:
                averaged, current = (list(tensors) for tensors in zip(*alike, strict=True))
                self.multi_avg_fn(averaged, current, self.n_averaged)
        self.n_averaged += 1


def _tensors(model: nn.Module) -> list[torch.Tensor]:
    return [tensor.detach() for tensor in (*model.parameters(), *model.buffers())]
