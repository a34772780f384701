"""`cnnspec check --fix` and `--diff`: fixes that work, written into the files or shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cnnspec.cli.output import print_document
from cnnspec.cli.rewrite import Original, rewrite, unified_diff
from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.diagnostics.fixes import fix_all
from cnnspec.source import Source


@dataclass
class Fixing:
    """What is asked for, and how many fixes that were so far."""

    unsafe: bool
    shows_diff: bool
    count: int = 0

    def fix(self, original: Original, check: Callable[[Source], tuple[Diagnostic, ...]]) -> Source:
        """Fixes a file, or shows how it would be fixed; returns its text then. What is no text stays as it is."""
        source = original.source
        assert isinstance(source, Source)
        fixed, count, _ = fix_all(source, check, unsafe=self.unsafe)
        self.count += count
        if self.shows_diff:
            if count:
                print_document(unified_diff(source, fixed.text))
        elif count or original.path is None:
            rewrite(original, fixed.text)
        return fixed

    def verdict(self) -> str:
        """Returns the line that says how many mistakes are gone."""
        return f"Fixed {self.count} mistake{'' if self.count == 1 else 's'}."
