"""`cnnspec check --require`: budgets from outside, and what is wrong with one that cannot be read."""

from __future__ import annotations

from collections.abc import Sequence

from cnnspec.cli.output import print_text
from cnnspec.network.required import BadBudget, read_budgets
from cnnspec.source import Source, Span
from cnnspec.syntax.tree import Expression


def required_budgets(texts: Sequence[str], defaults: Sequence[Span], color: str) -> tuple[Expression, ...]:
    """Returns the budgets that `--require` gives, and where it gives none, those of pyproject.toml.

    One that cannot be read is shown with its place, and ends the command with 2: it is no mistake of a spec.
    """
    spans = [Span(Source("--require", text), 0, len(text)) for text in texts] or defaults
    try:
        return tuple(budget for span in spans for budget in read_budgets(span))
    except BadBudget as error:
        print_text([error.diagnostic], color, to_stderr=True)
        raise SystemExit(2) from None
