"""What torch allocates for the values of a network, measured: alive at once in inference, and kept by autograd in training."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import nn
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import TorchDispatchMode


class Allocations(TorchDispatchMode):
    """Follows which storages are alive after each operation; `peak` is the most bytes that were at once.

    The storages that are there before, such as parameters, are not counted, but for those of the inputs.
    """

    def __init__(self, model: nn.Module, inputs: Iterable[torch.Tensor]) -> None:
        super().__init__()
        self.known = {identity(tensor) for tensor in (*model.parameters(), *model.buffers())}
        self.alive: dict[int, tuple[StorageWeakRef, int]] = {}
        self.peak = 0
        for tensor in inputs:
            self.see(tensor)
        self.look()

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = function(*args, **(kwargs or {}))
        for tensor in result if isinstance(result, (tuple, list)) else (result,):
            if isinstance(tensor, torch.Tensor):
                self.see(tensor)
        self.look()
        return result

    def see(self, tensor: torch.Tensor) -> None:
        storage = tensor.untyped_storage()
        if identity(tensor) not in self.known:
            self.alive[identity(tensor)] = (StorageWeakRef(storage), storage.nbytes())

    def look(self) -> None:
        self.alive = {key: pair for key, pair in self.alive.items() if not pair[0].expired()}
        self.peak = max(self.peak, sum(size for _, size in self.alive.values()))


def identity(tensor: torch.Tensor) -> int:
    """Returns what tensors share that lie in one storage, on the meta device too."""
    return int(tensor.untyped_storage()._cdata)


def inference_peak(model: nn.Module, inputs: list[torch.Tensor]) -> int:
    """Returns the most bytes that are alive at once in a forward pass in evaluation, without gradients."""
    model.eval()
    with torch.no_grad(), Allocations(model, inputs) as allocations:
        model(*inputs)
    return allocations.peak


def backward_peak(model: nn.Module, inputs: list[torch.Tensor]) -> int:
    """Returns the most bytes that are alive at once in the backward pass of one step: values, their gradients, the weights'."""
    model.train()
    with Allocations(model, inputs) as allocations:
        results = model(*inputs)
        outputs = [results] if isinstance(results, torch.Tensor) else list(results)
        del results
        allocations.peak = 0
        torch.autograd.backward(outputs, [torch.ones_like(output) for output in outputs])
    return allocations.peak


def kept_for_backward(model: nn.Module, inputs: list[torch.Tensor]) -> int:
    """Returns the bytes of inputs, outputs and of what autograd keeps after a forward pass in training, each storage once."""
    model.train()
    own = {identity(tensor) for tensor in (*model.parameters(), *model.buffers())}
    kept = {identity(tensor): tensor for tensor in inputs}

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        if identity(tensor) not in own:
            kept[identity(tensor)] = tensor.detach()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        results = model(*inputs)
        for result in [results] if isinstance(results, torch.Tensor) else results:
            kept[identity(result)] = result
    return sum(tensor.untyped_storage().nbytes() for tensor in kept.values())
