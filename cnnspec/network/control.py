"""Loops and conditions: which statements are elaborated, how often, and with what names."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from itertools import repeat
from typing import TYPE_CHECKING, Any, TypeAlias

from cnnspec.network.expressions import condition, evaluate, integer_advice, show
from cnnspec.network.graph_problems import BadLoop
from cnnspec.network.naming import Level
from cnnspec.network.network import Frame
from cnnspec.network.problems import Fault
from cnnspec.network.scope import Scope, define
from cnnspec.syntax import tree
from cnnspec.values.dims import Formula

if TYPE_CHECKING:
    from cnnspec.network.elaborate import Elaboration

Loop: TypeAlias = tree.Repeat | tree.For
Bindings: TypeAlias = tuple[tuple[tree.Name, Any], ...]


def loop(walk: Elaboration, statement: Loop, level: Level, scope: Scope) -> None:
    """Elaborates the body of a loop once for each round."""

    def inside(level: Level, scope: Scope) -> None:
        for inner in rounds(walk, statement, scope):
            walk.body(statement.body, level, inner)

    walk.construct(statement, level, scope, inside, statement.word.span)


def choose(walk: Elaboration, statement: tree.If, level: Level, scope: Scope) -> None:
    """Elaborates the body whose condition holds."""

    def inside(level: Level, scope: Scope) -> None:
        walk.body(*chosen(statement, level, scope))

    walk.construct(statement, level, scope, inside, statement.word.span)


def chosen(statement: tree.If, level: Level, scope: Scope) -> tuple[tree.Body, Level, Scope]:
    """Returns the body whose condition holds, with where it stands; raises Fault where a condition is no truth value."""
    inner = Scope(outer=scope, labels=scope.labels)
    for arm in statement.arms:
        if condition(arm.condition, scope):
            return arm.body, level, inner
    return statement.otherwise or (), level, inner


def rounds(walk: Elaboration, statement: Loop, scope: Scope) -> Iterator[Scope]:
    """Yields the scope of each round, the walk's frames saying which it is; raises Fault where the loop cannot run."""
    count, bindings = _repeated(statement, scope) if isinstance(statement, tree.Repeat) else _items(statement, scope)
    if not walk.frames:
        problem = walk.expansion.over(walk.expansion.loop(statement, scope, rounds=count))
        if problem is not None:
            walk.abandon(problem, statement.word.span)
    frames = walk.frames
    try:
        for number, bound in enumerate(bindings):
            walk.turn(statement.word.span)
            inner = Scope(outer=scope, labels=scope.labels)
            if statement.counter is not None:
                bound = (*bound, (statement.counter, number))
            values = tuple((name.text, value) for name, value in bound)
            walk.frames = (*frames, Frame("round", str(number + 1), values, statement.word.span))
            for name, value in bound:
                define(name, value, inner, walk.findings, "a name of this loop")
            yield inner
    finally:
        walk.frames = frames


def _repeated(statement: tree.Repeat, scope: Scope) -> tuple[int, Iterable[Bindings]]:
    count = evaluate(statement.count, scope)
    if isinstance(count, Formula):
        from cnnspec.network.symbolic.problems import SizeUndecided

        raise Fault(SizeUndecided("the number of rounds", count.symbols), statement.count.span)
    if type(count) is not int:
        advice = "to go through a list, write `for x in [...] { ... }`" if isinstance(count, tuple) else None
        if advice is None and (not isinstance(count, float) or count >= 1):
            advice = integer_advice(count, statement.count)
        raise Fault(BadLoop(f"`repeat` takes a whole number of rounds, not {show(count)}", advice), statement.count.span)
    if count < 0:
        raise Fault(BadLoop(f"a loop cannot run {count} times"), statement.count.span)
    if count == 0 and isinstance(statement.count, tree.Literal):
        raise Fault(BadLoop("this loop has no rounds", "write a positive number, or remove the loop"), statement.count.span)
    return count, repeat((), min(count, sys.maxsize))  # more than that is refused at once


def _items(statement: tree.For, scope: Scope) -> tuple[int, Iterable[Bindings]]:
    items = evaluate(statement.items, scope)
    if not isinstance(items, tuple):
        advice = f"write `for ... in range({items})`, or `repeat {items} as i`" if type(items) is int else None
        raise Fault(BadLoop(f"`for` goes through a list, not {show(items)}", advice), statement.items.span)
    if not items and isinstance(statement.items, tree.Sequence):
        advice = "write its items between `[` and `]`, or remove the loop"
        raise Fault(BadLoop("this loop has no rounds: its list is empty", advice), statement.items.span)
    return len(items), [_bound(statement, item, position) for position, item in enumerate(items)]


def _bound(statement: tree.For, item: Any, position: int) -> Bindings:
    """Returns the names of a loop with the parts of one item."""
    targets = statement.targets
    if len(targets) == 1:
        return ((targets[0], item),)
    if isinstance(item, tuple) and len(item) == len(targets):
        return tuple(zip(targets, item, strict=True))
    span = statement.items.span
    if isinstance(statement.items, tree.Sequence):
        span = statement.items.items[position].span
    names = ", ".join(f"`{target.text}`" for target in targets)
    if isinstance(item, tuple):
        parts = "1 part" if len(item) == 1 else f"{len(item)} parts"
        raise Fault(BadLoop(f"{show(item)} has {parts}, but there are {len(targets)} names for them: {names}"), span)
    advice = f"write each item as a tuple of {len(targets)}" + (
        "; `as i` counts the rounds" if len(targets) == 2 and statement.counter is None else ""
    )
    raise Fault(BadLoop(f"{show(item)} is one value, but there are {len(targets)} names for it: {names}", advice), span)
