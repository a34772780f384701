"""The stack of the LALR parser: what recovery asks of it, and does to it. Reading itself is the loop in `parse.py`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from cnnspec.syntax.actions import Braces
from cnnspec.syntax.lexer import Token
from cnnspec.syntax.node import Node
from cnnspec.syntax.tables import Reduction, State, tables


class Unreadable(Exception):
    """There is nothing to go on with."""


class Stack:
    """States, and between each two of them the value that led from one to the other."""

    def __init__(self, rule: str) -> None:
        self.rule = rule
        self.table, start, self.end = tables(rule)
        self.states: list[int] = [start]
        self.values: list[Any] = []

    def put(self, token: Token) -> None:
        """Reads a token that the grammar takes here."""
        while True:
            step = self.table[self.states[-1]][token.type]
            if isinstance(step, int):
                self.states.append(step)
                self.values.append(token)
                return
            self.reduce(step)

    def reduce(self, step: Reduction) -> None:
        """Replaces the last values by what they are together."""
        start = len(self.values) - step.size
        children = self.values[start:]
        del self.values[start:], self.states[start + 1 :]
        self.values.append(step.build(children) if step.build is not None else children[0])
        self.states.append(self.table[self.states[-1]][step.origin])  # type: ignore[arg-type]

    def settle(self, kind: str) -> None:
        """Does the reductions that a token of this type, which the grammar takes here, leads to."""
        while isinstance(step := self.table[self.states[-1]][kind], Reduction):
            self.reduce(step)

    def begin_lines(self, newline: Token) -> None:
        """Lets the body of one statement, on one line and not closed there, go on with further lines."""
        self.settle("RBRACE")
        statement = self.values.pop()
        self.states.pop()
        self.put(newline)
        self.complete()
        self.values[-1].append(statement)

    def complete(self) -> bool:
        """Does the reduction that is due behind a newline or body whatever follows, so that a mistake costs nothing earlier."""
        if self.values and not (self.ends_with("NEWLINE") or self.ends_with("RBRACE")):
            return False
        row = self.table[self.states[-1]]
        step = next((step for step in row.values() if isinstance(step, Reduction)), None)
        if step is None:
            return False
        self.reduce(step)
        return True

    def ends_with(self, kind: str) -> bool:
        """Returns whether the last value is a token of this type."""
        return bool(self.values) and isinstance(self.values[-1], Token) and self.values[-1].type == kind

    def acceptable(self) -> set[str]:
        """Returns the token types that the grammar takes here (a table row alone also names some it does not)."""
        return set(_acceptable(self.rule, tuple(self.states)))

    def takes(self, kind: str) -> bool:
        """Returns whether the grammar takes a token of this type here."""
        return _takes(self.table, self.end, self.states, kind)

    def unfinished(self) -> list[Any]:
        """Returns the parts of the statement that is being read, the innermost one that stands on lines of its own."""
        return self.values[self.finished() :]

    def drop_unfinished(self) -> None:
        kept = self.finished()
        del self.states[kept + 1 :], self.values[kept:]

    def finished(self) -> int:
        """Returns how many values, from the bottom on, are no parts of the statement that is being read."""
        kept = len(self.values)
        while kept > 1 and not self.is_between_statements(kept):
            kept -= 1
        return kept

    def is_between_statements(self, size: int) -> bool:
        """Returns whether the parser, with so many values on its stack, could read a further statement."""
        return isinstance(self.values[size - 1], list) and "LOST" in self.table[self.states[size]]

    def is_recovering(self) -> bool:
        """Returns whether the statement that is being read already had a mistake, before the body that was just read."""
        unfinished = self.unfinished()
        return bool(unfinished) and isinstance(unfinished[0], Token) and unfinished[0].type == "LOST"

    def is_statement_complete(self) -> bool:
        """Returns whether a whole statement lacks only the end of its line."""
        if not self.takes("NEWLINE"):
            return False
        return isinstance(self.values[-1], Braces) or (len(self.unfinished()) == 1 and isinstance(self.values[-1], Node))

    def open_bodies(self) -> int:
        """Returns how many braces wait for their partners."""
        return sum(isinstance(value, Token) and value.type == "LBRACE" for value in self.values)


@lru_cache(maxsize=256)  # where mistakes are many, they are alike
def _acceptable(rule: str, states: tuple[int, ...]) -> frozenset[str]:
    table, _, end = tables(rule)
    return frozenset(kind for kind in table[states[-1]] if kind.isupper() and _takes(table, end, states, kind))


def _takes(table: dict[int, State], end: int, states: Sequence[int], kind: str) -> bool:
    """Returns whether a token is taken after all reductions that it leads to; `states` may be many, and are not copied."""
    kept, reached = len(states), list[int]()  # of the states those that are left, and what the reductions put on them
    while True:
        step = table[reached[-1] if reached else states[kept - 1]].get(kind)
        if step is None or isinstance(step, int):
            return step is not None
        below = min(step.size, len(reached))
        del reached[len(reached) - below :]
        kept -= step.size - below
        reached.append(table[reached[-1] if reached else states[kept - 1]][step.origin])  # type: ignore[arg-type]
        if reached[-1] == end:
            return kind == "$END"
