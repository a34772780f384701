"""Which packages a command needs beyond the base install."""

from __future__ import annotations

from importlib.util import find_spec

from cnnspec.diagnostics.problem import UsageError

_TRAIN = {"torch": "torch", "numpy": "numpy", "safetensors": "safetensors", "rich": "rich", "pillow": "PIL", "pooch": "pooch"}


def require_torch(command: str) -> None:
    """Raises UsageError where a package of the `train` extra is not installed."""
    missing = [name for name, module in _TRAIN.items() if find_spec(module) is None]
    if missing:
        raise UsageError(f"`cnnspec {command}` needs {', '.join(missing)}: pip install 'cnnspec[train]'")
