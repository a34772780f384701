"""A recipe with the places of its parts, and what replaces them from outside.

Apart from what reads it, for files without `train { }` have no use for that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from cnnspec.network.expressions import show
from cnnspec.source import Source, Span

if TYPE_CHECKING:
    from cnnspec.recipe.recipe import Recipe


@dataclass
class RecipeLines:
    """A recipe (None where nothing says how to train, or a line is wrong), and where its parts were written.

    `spans` has the line of each setting under its name, and each argument under `setting.argument`. Of a setting that may have
    several lines, the name stands for the first, `setting.0`, `setting.1`, ... for each, `setting.0.argument` for an argument.
    """

    recipe: Recipe | None = None
    spans: dict[str, Span] = field(default_factory=dict)


class Override(NamedTuple):
    """What is set from outside: a value, and where it stands in the text that was typed."""

    value: Any
    span: Span


# By their paths below `train`: `("optimizer", "lr")`.
Overrides: TypeAlias = Mapping[tuple[str, ...], Override]


def in_python(name: str, value: Any) -> Override:
    """Returns what Python sets, as if it had been typed: `train.freeze=[stem]`."""
    return Override(value, typed_value(f"{name}={_typed(value)}"))


def typed_value(text: str) -> Span:
    """Returns the part behind `=` of `train.epochs=3`, as it stands in the option."""
    _, _, value = text.partition("=")
    end = len(text.rstrip())
    return Span(Source("--set", text), end - len(value.strip()), end)


def _typed(value: Any) -> str:
    if isinstance(value, str):
        return value
    return f"[{', '.join(map(_typed, value))}]" if isinstance(value, tuple) else show(value).strip("`")
