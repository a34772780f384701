"""The LALR(1) tables of grammar.lark, as lark computes them, in the form that our loop reads fastest.

lark's own driver looks each reduction up by value; here a table entry already is the state to go to, or the action to call.
The only file that imports lark.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from lark import Lark
from lark.parsers.lalr_analysis import Shift

from cnnspec.syntax.actions import Actions


class Reduction(NamedTuple):
    """Replace the last `size` values by `build(values)` and go to the state that `origin` leads to."""

    build: Callable[[list[Any]], Any]
    size: int
    origin: str


State: TypeAlias = dict[str, "int | Reduction"]


class Tables(NamedTuple):
    """`states[state][token type]` is the state after shifting the token, or a reduction."""

    states: dict[int, State]
    start: int
    end: int


@cache
def _lark() -> Lark:
    """Returns the parser generator's result; it is cached where Python caches this module's byte code."""
    folder = Path(__file__).parent
    cached = folder / "__pycache__"
    return Lark(
        (folder / "grammar.lark").read_text(encoding="utf-8"),
        parser="lalr",
        lexer="basic",
        start=["document", "expression_only"],
        keep_all_tokens=True,
        transformer=Actions(),
        cache=str(cached / "grammar.lark.cache") if cached.is_dir() else False,
    )


@cache
def tables(start: str) -> Tables:
    """Returns the tables for one start rule."""
    configuration = _lark().parse_interactive(start=start).parser_state.parse_conf
    states = {
        number: {
            str(kind): target if action is Shift else _reduction(configuration.callbacks, target)
            for kind, (action, target) in row.items()
        }
        for number, row in configuration.states.items()
    }
    return Tables(states, configuration.start_state, configuration.end_state)


def _reduction(callbacks: dict[Any, Callable[[list[Any]], Any]], rule: Any) -> Reduction:
    return Reduction(callbacks[rule], len(rule.expansion), str(rule.origin.name))
