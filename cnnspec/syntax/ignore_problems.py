"""What is wrong with comments that silence findings (code W0607)."""

from __future__ import annotations

from typing import ClassVar

from cnnspec.diagnostics.problem import Problem


class NothingToIgnore(Problem):
    """A comment that silences nothing; `codes` are those of its codes that it has in vain, none if it names none."""

    codes: tuple[str, ...]
    code: ClassVar[str] = "W0607"
    severity: ClassVar[str] = "warning"

    @property
    def message(self) -> str:
        what = " or ".join(f"`{code}`" for code in self.codes) or "warning"
        return f"no {what} begins on this line to be ignored"

    @property
    def notes(self) -> tuple[str, ...]:
        return ("errors cannot be ignored",) if any(code.startswith("E") for code in self.codes) else ()

    @property
    def help(self) -> str:
        return "remove the comment, or what it names in vain; the finding that is meant begins on another line, or is gone"
