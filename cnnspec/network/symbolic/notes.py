"""What a walk assumes of symbolic sizes; the modules behind are loaded with the first assumption, which few files need."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnnspec.values.assumptions import Assumptions
    from cnnspec.values.conditions import Condition


class Notes:
    """Assumptions that begin to exist when there are some; `script` says how sizes are to meet (see `Assumptions`)."""

    def __init__(self, script: tuple[int, ...] = ()) -> None:
        self.script = script

    @cached_property
    def assumptions(self) -> Assumptions:
        from cnnspec.values.assumptions import Assumptions

        return Assumptions(script=self.script)

    def assume(self, condition: Condition) -> bool:
        return self.assumptions.assume(condition)

    def allows(self, condition: Condition) -> bool:
        return self.assumptions.allows(condition)

    def choose(self, alternatives: Sequence[Condition]) -> int:
        return self.assumptions.choose(alternatives)

    @property
    def other_scripts(self) -> list[tuple[int, ...]]:
        """Returns the scripts of walks in which symbolic sizes meet in other ways."""
        return self.assumptions.untried if "assumptions" in self.__dict__ else []
