"""cnnspec: a compiler for convolutional networks.

    net = cnnspec.load("lenet.cnn")
    model = net.build()

The public names are loaded when they are first used: importing the package costs nothing, and no torch.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cnnspec.api.load import Result, SpecError, check, load, loads
    from cnnspec.api.network import Network
    from cnnspec.api.run import Run
    from cnnspec.api.training import resume, train
    from cnnspec.diagnostics.diagnostic import Diagnostic
    from cnnspec.diagnostics.problem import UsageError
    from cnnspec.diagnostics.python_warnings import SpecWarning

__version__ = "0.1.0"

_PLACES = {
    **dict.fromkeys(("Result", "SpecError", "check", "load", "loads"), "cnnspec.api.load"),
    "Network": "cnnspec.api.network",
    "Run": "cnnspec.api.run",
    **dict.fromkeys(("resume", "train"), "cnnspec.api.training"),
    "Diagnostic": "cnnspec.diagnostics.diagnostic",
    "SpecWarning": "cnnspec.diagnostics.python_warnings",
    "UsageError": "cnnspec.diagnostics.problem",
}

__all__ = [
    "Diagnostic",
    "Network",
    "Result",
    "Run",
    "SpecError",
    "SpecWarning",
    "UsageError",
    "__version__",
    "check",
    "load",
    "loads",
    "resume",
    "train",
]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module 'cnnspec' has no attribute {name!r}")
    value = getattr(importlib.import_module(_PLACES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
