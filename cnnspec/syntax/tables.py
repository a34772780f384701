"""The LALR(1) tables of grammar.lark, as lark computes them, in the form that our loop reads fastest.

lark's own driver looks each reduction up by value; here a table entry already is the state to go to, or the action to call.
The tables are kept in `grammar.json`, so that a start need not import lark; `python -m cnnspec.syntax.tables` writes it anew
after a change of the grammar, and a test keeps it in step. The only file that imports lark.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from cnnspec.syntax.actions import Actions

START_RULES = ("document", "expression_only")
GRAMMAR = Path(__file__).with_name("grammar.lark")
KEPT = Path(__file__).with_name("grammar.json")


class Reduction(NamedTuple):
    """Replace the last `size` values by `build(values)` and go to the state that `origin` leads to.

    Nothing is to be built, `build` is None, where the only value stays as it is.
    """

    build: Callable[[list[Any]], Any] | None
    size: int
    origin: str


State: TypeAlias = dict[str, "int | Reduction"]


class Tables(NamedTuple):
    """`states[state][token type]` is the state after shifting the token, or a reduction."""

    states: dict[int, State]
    start: int
    end: int


@cache
def tables(start: str) -> Tables:
    """Returns the tables for one start rule."""
    actions = Actions()
    plain = _plain_tables()["tables"][start]
    states = {
        number: {kind: step if isinstance(step, int) else _reduction(actions, *step) for kind, step in row.items()}
        for number, row in enumerate(plain["rows"])
    }
    return Tables(states, plain["start"], plain["end"])


def _reduction(actions: Actions, action: str | None, size: int, origin: str) -> Reduction:
    return Reduction(None if action is None else getattr(actions, action), size, origin)


@cache
def _plain_tables() -> dict[str, Any]:
    """Returns the tables as they are kept, or made anew where the grammar is no longer the one that they were made from."""
    grammar = GRAMMAR.read_text(encoding="utf-8")
    try:
        kept = json.loads(KEPT.read_text(encoding="utf-8"))
        if kept["grammar"] == grammar:
            return dict(kept)
    except (OSError, ValueError, KeyError):
        pass
    return generate(grammar)


def generate(grammar: str) -> dict[str, Any]:
    """Returns the tables that lark computes for a grammar, as plain values.

    A row maps a token type or rule to the state after shifting it, or to a reduction `[action, size, rule]`; an action of None
    passes its only child on.
    """
    from lark import Lark  # 40 ms that a start does not spend
    from lark.parsers.lalr_analysis import Shift

    lark = Lark(grammar, parser="lalr", lexer="basic", start=list(START_RULES), keep_all_tokens=True)
    made: dict[str, Any] = {}
    for start in START_RULES:
        found = lark.parse_interactive(start=start).parser_state.parse_conf
        rows = {
            number: {str(kind): target if action is Shift else _plain(target) for kind, (action, target) in row.items()}
            for number, row in found.states.items()
        }
        made[start] = _renumbered(rows, found.start_state, found.end_state)
    return {"grammar": grammar, "tables": made}


def _renumbered(rows: dict[int, dict[str, Any]], start: int, end: int) -> dict[str, Any]:
    """Returns the table with states in the order in which they are reached: lark's own numbers differ from run to run."""
    numbers = {start: 0}
    reached = [start]
    for state in reached:
        for _, step in sorted(rows[state].items()):
            if isinstance(step, int) and step not in numbers:
                numbers[step] = len(reached)
                reached.append(step)
    ordered = [
        {kind: numbers[step] if isinstance(step, int) else step for kind, step in sorted(rows[state].items())}
        for state in reached
    ]
    return {"rows": ordered, "start": numbers[start], "end": numbers[end]}


def _plain(rule: Any) -> list[Any]:
    """Returns a reduction of lark's as plain values; a rule that begins with `?` and has one child does nothing."""
    passes_on = rule.options.expand1 and rule.alias is None and len(rule.expansion) == 1
    return [None if passes_on else str(rule.alias or rule.origin.name), len(rule.expansion), str(rule.origin.name)]


def kept_text() -> str:
    """Returns the text of `grammar.json`."""
    return json.dumps(generate(GRAMMAR.read_text(encoding="utf-8")), separators=(",", ":")) + "\n"


if __name__ == "__main__":
    KEPT.write_text(kept_text(), encoding="utf-8")
