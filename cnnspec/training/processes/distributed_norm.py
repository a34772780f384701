"""Normalisation of the shares of all processes, as one process would normalise the whole batch."""

from __future__ import annotations

from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm, _NormBase
from torch.nn.modules.instancenorm import _InstanceNorm

Norm = TypeVar("Norm", bound=_NormBase)


def synchronized(model: nn.Module, device: torch.device) -> nn.Module:
    """Returns the model with its batch normalisation synchronised; parameters and names stay.

    torch's SyncBatchNorm computes on GPUs only, ours on CPUs.
    """
    if device.type == "cuda":
        converted: nn.Module = nn.SyncBatchNorm.convert_sync_batchnorm(model)  # type: ignore[no-untyped-call]
        return converted
    return _replaced(model, _BatchNorm, SynchronizedBatchNorm)


def shared_by_samples(model: nn.Module) -> nn.Module:
    """Returns the model with instance normalisation that takes the share of a process; parameters and names stay."""
    return _replaced(model, _InstanceNorm, SharedInstanceNorm)


def _replaced(model: nn.Module, kind: type[_NormBase], other: type[_NormBase]) -> nn.Module:
    for module in list(model.modules()):
        for name, child in module.named_children():
            if isinstance(child, kind):
                setattr(module, name, _as(other, child))
    return model


def _as(kind: type[Norm], plain: _NormBase) -> Norm:
    """Returns a norm of another kind that has the very parameters and statistics of a plain one."""
    made = kind(plain.num_features, plain.eps, plain.momentum, plain.affine, plain.track_running_stats)
    made.training = plain.training
    made._parameters, made._buffers = plain._parameters, plain._buffers
    return made


class SynchronizedBatchNorm(_BatchNorm):
    """Batch normalisation whose mean and variance are those over all processes (Ioffe and Szegedy 2015, algorithm 1)."""

    def _check_input_dim(self, input: torch.Tensor) -> None:
        """Any number of spatial axes will do."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        if not self.training:
            return super().forward(input)
        values = input.to(torch.promote_types(input.dtype, torch.float32))
        axes = [axis for axis in range(values.dim()) if axis != 1]
        shape = [-1 if axis == 1 else 1 for axis in range(values.dim())]
        count = values.new_tensor([values.numel() // self.num_features])
        sums = _total(torch.cat((values.sum(axes), count)))
        total, number = sums[:-1], sums[-1].detach()
        mean = total / number
        centred = values - mean.view(shape)
        variance = _total(centred.square().sum(axes)) / number
        self._follow(mean.detach(), variance.detach() * number / (number - 1))
        result = centred * (variance + self.eps).rsqrt().view(shape)
        if self.weight is not None:
            result = result * self.weight.view(shape)
        if self.bias is not None:
            result = result + self.bias.view(shape)
        return result.to(input.dtype)

    @torch.no_grad()
    def _follow(self, mean: torch.Tensor, variance: torch.Tensor) -> None:
        """Moves the running statistics towards those of a batch; without a momentum they are the mean over all batches."""
        if self.running_mean is None or self.running_var is None or self.num_batches_tracked is None:
            return
        self.num_batches_tracked.add_(1)
        share = 1.0 / float(self.num_batches_tracked) if self.momentum is None else self.momentum
        self.running_mean.lerp_(mean.to(self.running_mean.dtype), share)
        self.running_var.lerp_(variance.to(self.running_var.dtype), share)


class SharedInstanceNorm(_InstanceNorm):
    """Instance normalisation of a share, which may be empty, with the running statistics of the whole batch.

    torch refuses a batch without samples. Each sample is normalised by itself; the statistics of a batch are means over its
    samples, so those of all shares are means as well, weighted by their samples.
    """

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        result: torch.Tensor = self._apply_instance_norm(input) if len(input) else self._scaled(input)  # type: ignore[no-untyped-call]
        if self.training and self.running_mean is not None and self.running_var is not None:
            self._share(self.running_mean, self.running_var, len(input))
        return result

    def _scaled(self, input: torch.Tensor) -> torch.Tensor:
        """Returns no samples [0, C, ...], from which weight and bias get gradients of 0."""
        shape = [-1 if axis == 1 else 1 for axis in range(input.dim())]
        factor = input if self.weight is None else input * self.weight.view(shape)
        return (factor if self.bias is None else factor + self.bias.view(shape)).to(input.dtype)

    @torch.no_grad()
    def _share(self, mean: torch.Tensor, variance: torch.Tensor, samples: int) -> None:
        """Gives the running statistics the mean over the processes, which all had the same ones before the step."""
        sums = torch.cat((mean, variance, mean.new_ones(1))) * samples
        dist.all_reduce(sums)
        means, variances = (sums[:-1] / sums[-1]).chunk(2)
        mean.copy_(means)
        variance.copy_(variances)


class _Total(torch.autograd.Function):
    """The sum over all processes; each gets the sum of the gradients in turn."""

    @staticmethod
    def forward(context: Any, values: torch.Tensor) -> torch.Tensor:
        values = values.clone()
        dist.all_reduce(values)
        return values

    @staticmethod
    def backward(context: Any, *gradients: torch.Tensor) -> torch.Tensor:
        gradient = gradients[0].contiguous().clone()
        dist.all_reduce(gradient)
        return gradient


def _total(values: torch.Tensor) -> torch.Tensor:
    result: torch.Tensor = _Total.apply(values)  # type: ignore[no-untyped-call]
    return result
