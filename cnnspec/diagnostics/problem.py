"""A mistake as a fact, with its wording beside its data and without a place.

Whoever finds a mistake raises or returns a `Problem`; whoever knows where the text stands turns it into a `Diagnostic`.
Problems are named after the bad fact (`KernelExceedsInput`). The message stands alone; only `help` suggests.
"""

from __future__ import annotations

from functools import cache
from typing import Any, ClassVar, dataclass_transform


@dataclass_transform(eq_default=False)
class Problem(Exception):
    """Base of all mistakes. Subclasses declare their data as dataclasses do; like all exceptions they compare by identity.

    They are no real dataclasses, whose methods are compiled when the class is made: there are a hundred kinds of mistake, and a
    start that finds none should not pay for them.
    """

    code: ClassVar[str]
    severity: ClassVar[str] = "error"

    def __init__(self, *values: Any, **named: Any) -> None:
        fields = self._fields()
        given = {**dict(zip(fields, values, strict=False)), **named}
        missing = [name for name in fields if name not in given and not hasattr(type(self), name)]
        if missing or len(values) > len(fields) or not given.keys() <= set(fields):
            raise TypeError(f"{type(self).__name__} takes {', '.join(fields)}")
        super().__init__(*values)
        self.__dict__.update(given)

    @classmethod
    @cache
    def _fields(cls) -> list[str]:
        """Returns the names of the fields, those of base classes first."""
        found: dict[str, None] = {}
        for base in reversed(cls.__mro__):
            for name, annotation in vars(base).get("__annotations__", {}).items():
                if str(annotation).startswith(("ClassVar", "typing.ClassVar")):
                    found.pop(name, None)
                else:
                    found[name] = None
        return list(found)

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

    @property
    def is_certain(self) -> bool:
        """Returns whether nothing but the replacement can be meant."""
        return False

    def __str__(self) -> str:
        return self.message


class StatedProblem(Problem):
    """Base of mistakes that arise in so many ways that whoever finds one says what is wrong, and what to do about it."""

    text: str
    advice: str | None = None

    @property
    def message(self) -> str:
        return self.text

    @property
    def help(self) -> str | None:
        return self.advice


class UsageError(Exception):
    """What was asked for from outside does not fit (an option, a file that cannot be read): no mistake in a spec."""
