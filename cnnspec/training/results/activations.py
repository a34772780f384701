"""What the modules of a network give while it runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

from cnnspec.diagnostics.nearest import nearest
from cnnspec.diagnostics.problem import UsageError
from cnnspec.network.network import MergeNode, Network

_LISTED = 30  # names in a message


def verify_modules(network: Network, model: nn.Module, names: Sequence[str]) -> None:
    """Raises UsageError for a name that is no module path; merges have none."""
    known = [name for name, _ in model.named_modules() if name]
    merges = {node.name for node in network.nodes if isinstance(node, MergeNode)}
    for name in names:
        if name in known:
            continue
        if name in merges:
            level = name.rpartition(".")[0]
            inside = f"; `--layer {level}` is what the part around it gives" if level in known else ""
            raise UsageError(f"--layer {name}: a merge is no module{inside}")
        guess = nearest(name, known)
        some = ", ".join(known[:_LISTED]) + (", ... (`cnnspec summary` shows all)" if len(known) > _LISTED else "")
        raise UsageError(f"--layer {name}: no such layer; {f'did you mean `{guess}`?' if guess else f'there are {some}'}")


@contextmanager
def recorded(model: nn.Module, names: Sequence[str]) -> Iterator[dict[str, torch.Tensor]]:
    """Gives a dictionary that fills while the model runs: outputs by module path, with their batch axis.

    A module that is used again has `path@2` for its second output, and one of several outputs `path.0`, `path.1`.
    """
    found: dict[str, torch.Tensor] = {}
    calls = dict.fromkeys(names, 0)

    def record(name: str, output: Any) -> None:
        calls[name] += 1
        title = name if calls[name] == 1 else f"{name}@{calls[name]}"
        outputs = (
            {f"{title}.{place}": value for place, value in enumerate(output)} if isinstance(output, tuple) else {title: output}
        )
        # Copies: the next layer may work in place.
        found.update({key: value.clone() for key, value in outputs.items()})

    hooks = [
        model.get_submodule(name).register_forward_hook(lambda module, inputs, output, name=name: record(name, output))
        for name in calls
    ]
    try:
        yield found
    finally:
        for hook in hooks:
            hook.remove()
