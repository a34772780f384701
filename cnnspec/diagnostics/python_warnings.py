"""Diagnostics as warnings of Python, for programs that train."""

from __future__ import annotations

import sys
import warnings

from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.diagnostics.render_text import render_text


class SpecWarning(UserWarning):
    """Something suspicious in a spec or in its data; the text is what `cnnspec check` prints."""


def warn(diagnostic: Diagnostic) -> None:
    """Warns of a finding as Python libraries do, so that `warnings` decides whether it is shown, left out, or an error.

    The warning is at the line of the program that called cnnspec.
    """
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] == "cnnspec":
        level, frame = level + 1, frame.f_back
    warnings.warn(f"\n{render_text(diagnostic)}\n", SpecWarning, stacklevel=level)
