"""Which packages training needs beyond the base install. No torch."""

from __future__ import annotations

from importlib.util import find_spec

_MODULES = {"torch": "torch", "numpy": "numpy", "safetensors": "safetensors", "rich": "rich", "pillow": "PIL", "pooch": "pooch"}
INSTALL = "pip install 'cnnspec[train]'"


def missing() -> list[str]:
    """Returns the packages of the `train` extra that are not installed."""
    return [package for package, module in _MODULES.items() if find_spec(module) is None]


def has_tensorboard() -> bool:
    """Returns whether what `--tensorboard` writes with is there."""
    return find_spec("tensorboard") is not None


def has_triton() -> bool:
    """Returns whether what torch.compile makes kernels for GPUs with is there."""
    return find_spec("triton") is not None
