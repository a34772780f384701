"""What was found in a text, with those fixes that work."""

from __future__ import annotations

from cnnspec.compiler import Options, Result, check_source
from cnnspec.diagnostics.fixes import with_verified_fixes
from cnnspec.source import Source


def with_working_fixes(result: Result, source: Source, options: Options) -> Result:
    """Returns what `check_source` found in a text, with those of the fixes that are known to work."""
    found = with_verified_fixes(source, result.diagnostics, lambda changed: check_source(changed, options).diagnostics)
    return Result(result.networks, found)
