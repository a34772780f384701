"""A recipe with the places of its parts. Apart from what reads it, for files without `train { }` have no use for that."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cnnspec.source import Span

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
