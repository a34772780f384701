"""A learned factor for each channel."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn


class LayerScale(nn.Module):
    """LayerScale (Touvron et al., 2021): multiply each channel by a learned factor.

    The factors begin at `init`. They are stored in `state_dict` under the module's own
    name, without `.weight`, as published weights have it. `load_state_dict` hands a
    module only the keys below its name, so the module that holds this one needs
    `LayerScale.adopt`.
    """

    def __init__(self, size: tuple[int, ...], init: float = 1e-6) -> None:
        super().__init__()
        self.init = init
        self.weight = nn.Parameter(torch.empty(size))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        nn.init.constant_(self.weight, self.init)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * self.weight

    def extra_repr(self) -> str:
        return f"{tuple(self.weight.shape)}, init={self.init}"

    def _save_to_state_dict(
        self, destination: dict[str, Any], prefix: str, keep_vars: bool
    ) -> None:
        destination[prefix[:-1]] = self.weight if keep_vars else self.weight.detach()

    @staticmethod
    def adopt(parent: nn.Module) -> None:
        """Makes `parent.load_state_dict` find the factors under its children's names.

        Call it once for each parent.
        """
        parent.register_load_state_dict_pre_hook(LayerScale._rename)  # type: ignore[no-untyped-call]

    @staticmethod
    def _rename(
        parent: nn.Module, state_dict: dict[str, Any], prefix: str, *_: Any
    ) -> None:
        for name, child in parent.named_children():
            if isinstance(child, LayerScale) and prefix + name in state_dict:
                state_dict[f"{prefix}{name}.weight"] = state_dict.pop(prefix + name)
