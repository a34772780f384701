"""Can the layers compute in short numbers? PyTorch lacks some of them on some devices, which only an attempt tells."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import torch
from torch import nn

from cnnspec.network.network import Network
from cnnspec.training.attempt import copied, forward
from cnnspec.training.device import Precision
from cnnspec.training.problems import PrecisionMissing, TrainingError
from cnnspec.training.session import Session

_SHORT = ("bf16", "fp16")
_TRIED = ("bf16", "fp32")  # in the place of one that is missing: as fast, or as every layer has it
_MISSING = "not implemented for"  # torch's words: '"rrelu_with_noise_out_cpu" not implemented for 'Half''


def verify_short_numbers(session: Session) -> None:
    """Raises TrainingError where a layer cannot compute in the precision of a run, forward or backward.

    One pass tells, of a copy of the network; neither weights nor random numbers are others behind it.
    """
    precision, network = session.precision, session.network
    if precision.name not in _SHORT or _is_computed(session.model, network, precision):
        return
    works = tuple(name for name in _TRIED if _is_computed(session.model, network, Precision(name, precision.device)))
    layer = _first_missing(session.model, network, precision)
    keyword = next((node.keyword for node in network.layers if node.name == layer), None)
    raise TrainingError(PrecisionMissing(precision.name, precision.device.type, works, layer, keyword))


def _is_computed(model: nn.Module, network: Network, precision: Precision) -> bool:
    """Returns whether PyTorch has all that a forward and a backward pass need; what else goes wrong is told by the run."""
    with copied(model) as copy, torch.enable_grad():
        try:
            forward(copy, network, precision).sum().backward()  # type: ignore[no-untyped-call]
        except RuntimeError as error:  # NotImplementedError is one
            return _MISSING not in str(error)
    return True


def _first_missing(model: nn.Module, network: Network, precision: Precision) -> str | None:
    """Returns the module path of the layer whose forward pass is missing; None where it is a backward pass."""
    with copied(model) as copy, torch.no_grad(), _entered(copy, network) as names:
        try:
            forward(copy, network, precision)
        except RuntimeError:
            return names[-1] if names else None
    return None


@contextmanager
def _entered(model: nn.Module, network: Network) -> Iterator[list[str]]:
    """Gives a list that grows by the module path of each layer that is about to compute."""
    names: list[str] = []
    hooks = []
    for node in network.layers:
        with suppress(AttributeError):  # a layer without a module of its own
            module = model.get_submodule(node.name)
            hooks.append(module.register_forward_pre_hook(lambda module, inputs, name=node.name: names.append(name)))
    try:
        yield names
    finally:
        for hook in hooks:
            hook.remove()
