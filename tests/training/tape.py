"""What a CUDA graph does, on a CPU: operations are recorded without being done, and then done again on the same memory.

Python runs once, while the recording is made. So a number that Python read, or a tensor that it put in the place of another,
is what it was then, in every repetition: that is what the tests of recorded steps are about.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

Operation = tuple[Any, tuple[Any, ...], dict[str, Any], Any]


class Tape(TorchDispatchMode):
    """Records what is done to tensors of the device. Those in `host` stand for memory of the CPU: they are used at once."""

    def __init__(self, host: Sequence[torch.Tensor] = ()) -> None:
        super().__init__()
        self.operations: list[Operation] = []
        self._host = list(host)

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        given = tensors(args) + tensors(kwargs)
        result = func(*args, **kwargs)
        if given and all(any(one is other for other in self._host) for one in given):
            self._host += tensors(result)
            return result
        if func is torch.ops.aten._local_scalar_dense.default:
            raise RuntimeError("operation not permitted when stream is capturing")
        self.operations.append((func, args, kwargs, result))
        return result

    def play(self) -> None:
        """Does everything again, and puts the results where they were."""
        with torch.no_grad():
            for func, args, kwargs, before in self.operations:
                again = func(*args, **kwargs)
                for returned, old, new in zip(func._schema.returns, _all(before), _all(again), strict=True):
                    if returned.alias_info is None:
                        for place, value in zip(tensors(old), tensors(new), strict=True):
                            place.copy_(value)


def tensors(values: Any) -> list[torch.Tensor]:
    """Returns all tensors in lists, tuples and dictionaries."""
    return [leaf for leaf in tree_leaves(values) if isinstance(leaf, torch.Tensor)]


def _all(result: Any) -> tuple[Any, ...]:
    """Returns what an operation returns, one for each result of its schema."""
    if result is None:
        return ()
    return result if isinstance(result, tuple) else (result,)


def recorder(device: Callable[[], list[torch.Tensor]], host: Sequence[torch.Tensor] = ()) -> Callable[[Any], Any]:
    """Returns what `CapturedSteps` records with; `device` gives the tensors that a recording must leave as they are."""

    def record(work: Callable[[], None]) -> Callable[[], None]:
        kept = [(tensor, tensor.detach().clone()) for tensor in device()]
        random = torch.random.get_rng_state()
        tape = Tape(host)
        try:
            with tape:
                work()
        finally:
            torch.random.set_rng_state(random)
            with torch.no_grad():
                for tensor, value in kept:
                    tensor.copy_(value)
        return tape.play

    return record
