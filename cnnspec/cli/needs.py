"""Which packages a command needs beyond the base install."""

from __future__ import annotations

import warnings

from cnnspec.diagnostics.problem import UsageError


def require_torch(command: str) -> None:
    """Raises UsageError where a package of the `train` extra is not installed."""
    from cnnspec.training.packages import INSTALL, missing

    packages = missing()
    if packages:
        raise UsageError(f"`cnnspec {command}` needs {', '.join(packages)}: {INSTALL}")
    warnings.filterwarnings("ignore", "Image size")  # pillow warns of large images, which nobody who has them can help
