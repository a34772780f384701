"""A mistake as a fact, with its wording beside its data and without a place.

Whoever finds a mistake raises or returns a `Problem`; whoever knows where the text stands turns it into a `Diagnostic`.
Problems are named after the bad fact (`KernelExceedsInput`). The message stands alone; only `help` suggests.
"""

from __future__ import annotations

from typing import ClassVar


class Problem(Exception):
    """Base of all mistakes. Subclasses are dataclasses (`eq=False`, since exceptions compare by identity)."""

    code: ClassVar[str]
    severity: ClassVar[str] = "error"

    @property
    def message(self) -> str:
        """Returns one sentence, lower case, no full stop, code words in backquotes."""
        raise TypeError(f"{type(self).__name__} has no message")

    @property
    def label(self) -> str:
        """Returns the words at the marked text; may be empty."""
        return ""

    @property
    def notes(self) -> tuple[str, ...]:
        """Returns further facts."""
        return ()

    @property
    def help(self) -> str | None:
        """Returns what to write instead, or None."""
        return None

    @property
    def replacement(self) -> str | None:
        """Returns the text that would put the marked text right, or None where no single text would."""
        return None

    def __str__(self) -> str:
        return self.message


class UsageError(Exception):
    """What was asked for from outside does not fit (an option, a file that cannot be read): no mistake in a spec."""
