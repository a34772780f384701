"""The `Diagnostic`: one mistake, where it is, why, and what to do. A plain value; renderers turn it into text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from cnnspec.diagnostics.problem import Problem
from cnnspec.source import Span


@dataclass(frozen=True)
class Label:
    """A second place that explains the first."""

    span: Span
    text: str


@dataclass(frozen=True)
class Edit:
    """Replace the text of `span` by `content`."""

    span: Span
    content: str


@dataclass(frozen=True)
class Fix:
    """A change that removes the mistake; `applicability` is `safe` (meaning unchanged) or `unsafe`."""

    title: str
    applicability: str
    edits: tuple[Edit, ...]


@dataclass(frozen=True)
class Diagnostic:
    """One finding. `span` is the smallest text that shows it; `label` are the words written beside it.

    `inputs` are those from outside with which it arises, where any were given.
    """

    code: str
    severity: str
    message: str
    span: Span
    label: str = ""
    labels: tuple[Label, ...] = ()
    notes: tuple[str, ...] = ()
    help: str | None = None
    fixes: tuple[Fix, ...] = field(default=())
    inputs: tuple[str, ...] = ()

    @property
    def is_error(self) -> bool:
        return self.severity == "error"


def diagnose(
    problem: Problem,
    span: Span,
    *,
    labels: Iterable[Label] = (),
    notes: Iterable[str] = (),
    fixes: Iterable[Fix] = (),
) -> Diagnostic:
    """Returns the diagnostic for a problem found at `span`; `notes` come before the problem's own."""
    found = tuple(fixes)
    if problem.replacement is not None:
        title = f"write `{problem.replacement}`"
        applicability = "safe" if problem.is_certain else "unsafe"
        found += (Fix(title, applicability, (Edit(span, problem.replacement),)),)
    return Diagnostic(
        code=problem.code,
        severity=problem.severity,
        message=problem.message,
        span=span,
        label=problem.label,
        labels=tuple(labels),
        notes=tuple(notes) + problem.notes,
        help=problem.help,
        fixes=found,
    )
