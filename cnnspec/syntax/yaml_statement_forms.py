"""Statements as plain data: one word or one mapping for each."""

from __future__ import annotations

from collections.abc import Sequence

from cnnspec.diagnostics.problem import UsageError
from cnnspec.syntax import tree
from cnnspec.syntax.depth import MAX_NESTING
from cnnspec.syntax.print_expression import print_label
from cnnspec.syntax.yaml_values import Data, Rows, argument_list, arguments, value, values
from cnnspec.syntax.yaml_words import RESERVED


def body(statements: tree.Body) -> Rows:
    """Returns the list of some statements."""
    return Rows(_statement(statement) for statement in statements)


def shape(written: tree.Input) -> Data:
    """Returns what stands behind `input`."""
    found = argument_list(written.arguments)
    return found[0] if len(found) == 1 and not isinstance(found[0], (list, dict)) else found


def _statement(statement: tree.Statement) -> Data:
    if isinstance(statement, tree.Let):
        return {"let": {statement.name.text: value(statement.value)}}
    assert not isinstance(statement, tree.Broken), "a tree with mistakes is not printed"
    found = _construct(statement)
    written = getattr(statement, "label", None)
    expect = getattr(statement, "expect", None)
    if written is not None:
        found = {"label": print_label(written), **found}
    if expect is not None:
        found["expect"] = values(expect.sizes)
    if isinstance(statement, tree.Call) and found == {statement.word.text: {}}:
        return statement.word.text
    return [] if found == {"layers": []} else found


def _construct(statement: tree.Statement) -> dict[str, Data]:
    """Returns the entries of a statement besides `label` and `expect`."""
    match statement:
        case tree.Call(word=word, arguments=written):
            return _call(word.text, arguments(written) if written else {})
        case tree.Input():
            return {"input": shape(statement)}
        case tree.Group():
            return {"layers": body(statement.body)}
        case tree.Merge(word=word):
            return {word.text: {"branches": body(statement.branches)}}
        case tree.Join(word=word):
            return {word.text: values(statement.operands)}
        case tree.Residual(main=main, shortcut=None):
            return {"residual": body(main)}
        case tree.Residual(main=main, shortcut=shortcut) if shortcut is not None:
            return {"residual": body(main), "shortcut": body(shortcut)}
        case tree.Repeat():
            return {"repeat": value(statement.count), **_counter(statement.counter), "layers": body(statement.body)}
        case tree.For(targets=targets):
            names: list[Data] = [target.text for target in targets]
            head: dict[str, Data] = {"for": names[0] if len(names) == 1 else names, "in": _rows(statement.items)}
            return {**head, **_counter(statement.counter), "layers": body(statement.body)}
        case tree.If():
            return _choice(statement.arms, statement.otherwise)
        case tree.From():
            return {"from": value(statement.value)}
        case tree.Reuse():
            return {"reuse": value(statement.target)}
        case tree.Output():
            return {"output": values(statement.values)}
        case tree.Require():
            return {"require": values(statement.budgets)}
    raise TypeError(f"no form for {statement}")


def _call(word: str, data: Data) -> dict[str, Data]:
    if word not in RESERVED:
        return {word: data}
    return {"call": {word: data} if data != {} else word}


def _counter(counter: tree.Name | None) -> dict[str, Data]:
    return {} if counter is None else {"as": counter.text}


def _rows(items: tree.Expression) -> Data:
    """Returns what a loop goes over; rows of a table stand on lines of their own."""
    found = value(items)
    is_table = isinstance(items, tree.Sequence) and any(isinstance(item, tree.Sequence) for item in items.items)
    return Rows(found) if is_table and isinstance(found, list) else found


def _choice(arms: Sequence[tree.Arm], otherwise: tree.Body | None) -> dict[str, Data]:
    """Returns an `if`; all but its first arm are nested behind `else`. Raises UsageError for more than can be nested."""
    if len(arms) > MAX_NESTING:
        raise UsageError(
            f"line {arms[0].span.begin.line}: `if` with {len(arms)} conditions; in YAML at most {MAX_NESTING} can be nested"
        )
    found: dict[str, Data] = {} if otherwise is None else {"else": body(otherwise)}
    for place, arm in reversed(list(enumerate(arms))):
        found = {"if": value(arm.condition), "then": body(arm.body), **found}
        if place:
            found = {"else": found}
    return found
