"""How many layers a network will have at least, before its loops are unrolled: a wrong number is refused at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from cnnspec.layers.registry import known_words
from cnnspec.network.expressions import evaluate
from cnnspec.network.graph_problems import TooManyLayers
from cnnspec.network.problems import Fault
from cnnspec.network.scope import FileScope, Scope, Unknown
from cnnspec.syntax import tree
from cnnspec.syntax.visit import nodes

MAX_CHAIN = 50  # blocks in blocks that are looked into
_ENOUGH = 10**18  # no need to count further


@dataclass
class Expansion:
    """Counts from below: what cannot be known without elaborating (a count that depends on a shape) counts as nothing."""

    file: FileScope
    limit: int
    _blocks: dict[str, int] = field(default_factory=dict)
    _open: list[str] = field(default_factory=list)

    def over(self, count: int) -> TooManyLayers | None:
        """Returns what is wrong with so many layers, if anything."""
        return TooManyLayers(count, self.limit) if count > self.limit else None

    def least(self, body: Any, scope: Scope, rebound: frozenset[str] = frozenset()) -> int:
        """Returns how many layers or empty rounds the statements of a body make at least.

        `rebound` are names that may stand for something else than in `scope` when a loop is unrolled.
        """
        return min(sum(self._statement(statement, scope, rebound) for statement in body), _ENOUGH)

    def loop(
        self,
        statement: tree.Repeat | tree.For,
        scope: Scope,
        rebound: frozenset[str] = frozenset(),
        rounds: int | None = None,
    ) -> int:
        """Returns how many layers or empty rounds a loop makes at least; `rounds` where their number is known."""
        rounds = self._rounds(statement, scope, rebound) if rounds is None else rounds
        if not rounds:
            return 0
        names = {node.text for node in (*_targets(statement), *_constants(statement.body))}
        return min(rounds * max(self.least(statement.body, scope, rebound | names), 1), _ENOUGH)

    def _statement(self, statement: Any, scope: Scope, rebound: frozenset[str]) -> int:
        match statement:
            case tree.Call():
                return self._call(statement.word.text)
            case tree.Group():
                return self.least(statement.body, scope, rebound)
            case tree.Merge():
                return self.least(statement.branches, scope, rebound)
            case tree.Residual():
                return self.least((*statement.main, *(statement.shortcut or ())), scope, rebound)
            case tree.Repeat() | tree.For():
                return self.loop(statement, scope, rebound)
            case tree.If():
                bodies = (*(arm.body for arm in statement.arms), statement.otherwise or ())
                return min(self.least(body, scope, rebound) for body in bodies)
            case _:
                return 0

    def _call(self, word: str) -> int:
        definition = self.file.blocks.get(word)
        if definition is None:
            return int(word in _WORDS)
        if word not in self._blocks:
            self._blocks[word] = 0  # also what a block that calls itself counts as
            if len(self._open) == MAX_CHAIN:
                return 0
            self._open.append(word)
            names = {parameter.name.text for parameter in definition.parameters}
            names.update(node.text for node in _constants(definition.body))
            self._blocks[word] = self.least(definition.body, self.file, frozenset(names))
            self._open.pop()
        return self._blocks[word]

    def _rounds(self, statement: tree.Repeat | tree.For, scope: Scope, rebound: frozenset[str]) -> int:
        expression = statement.count if isinstance(statement, tree.Repeat) else statement.items
        for node in nodes(expression):
            if isinstance(node, tree.Attribute | tree.Template) or (isinstance(node, tree.Name) and node.text in rebound):
                return 0
        try:
            value = evaluate(expression, scope)
        except (Fault, Unknown):
            return 0
        if isinstance(statement, tree.For):
            return len(value) if isinstance(value, tuple) else 0
        return value if type(value) is int and value > 0 else 0


_WORDS = frozenset(known_words())


def _targets(statement: tree.Repeat | tree.For) -> list[tree.Name]:
    targets = list(statement.targets) if isinstance(statement, tree.For) else []
    return targets if statement.counter is None else [*targets, statement.counter]


def _constants(body: Any) -> list[tree.Name]:
    """Returns the names that a body gives values to."""
    found: list[tree.Name] = []
    for node in nodes(body):
        if isinstance(node, tree.Let):
            found.append(node.name)
        elif isinstance(node, tree.Repeat | tree.For):
            found += _targets(node)
    return found
