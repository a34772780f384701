"""A learned factor for each channel."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn


class LayerScale(nn.Module):
    """LayerScale (Touvron et al., 2021): multiply each channel by a learned factor.

    The factors begin at `init`. They are stored in `state_dict` under the module's own
    name, without `.weight`, and before what the modules beside it hold, as published
    weights have it: there they are a parameter of the module that holds this one, which
    needs `LayerScale.adopt`.
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
        """Makes `parent` save and load the factors as if they were its own parameters.

        Call it once for each parent.
        """
        parent.register_state_dict_post_hook(LayerScale._put_first)  # type: ignore[no-untyped-call]
        parent.register_load_state_dict_pre_hook(LayerScale._rename)  # type: ignore[no-untyped-call]

    @staticmethod
    def _put_first(
        parent: nn.Module, state_dict: dict[str, Any], prefix: str, _: Any
    ) -> None:
        scales = {
            prefix + name
            for name, child in parent.named_children()
            if isinstance(child, LayerScale)
        }
        inside = [key for key in state_dict if key.startswith(prefix)]
        for key in sorted(inside, key=lambda key: key not in scales):
            state_dict[key] = state_dict.pop(key)

    @staticmethod
    def _rename(
        parent: nn.Module, state_dict: dict[str, Any], prefix: str, *_: Any
    ) -> None:
        for name, child in parent.named_children():
            if isinstance(child, LayerScale) and prefix + name in state_dict:
                state_dict[f"{prefix}{name}.weight"] = state_dict.pop(prefix + name)
