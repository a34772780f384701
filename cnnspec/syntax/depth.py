"""How deep the tree around the current token is: everything behind the parser walks it by recursion, so depth is limited.

Python stops at 1,000 nested calls by default, and a level of the tree takes two or three of them.
"""

from __future__ import annotations

from cnnspec.diagnostics.problem import Problem
from cnnspec.syntax.lexer import Token
from cnnspec.syntax.problems import NestedTooDeep, TooManyOperators

MAX_NESTING = 100  # braces and brackets
MAX_OPERATORS = 200  # signs, conditionals, attributes and indices included


class Depth:
    """Follows the tokens of a text. `brackets` belongs to the lexer, which keeps it."""

    def __init__(self, brackets: list[Token]) -> None:
        self.brackets = brackets
        self.braces: list[Token] = []
        self.operators = 0
        self.outer: list[tuple[int, int]] = []  # for each bracket: operators around it, and the most in one of its items

    def follow(self, token: Token) -> Problem | None:
        """Returns what is wrong when `token` (of a type in FOLLOWED) leads too deep."""
        kind = token.type
        if kind == "COMMA":
            self._next_item()
        elif kind == "NEWLINE":
            self.leave_brackets()
        elif kind == "RPAR" or kind == "RSQB" or kind == "RHOLE":
            if self.outer:
                _, deepest = self.outer.pop()
                self.operators = max(self.operators, deepest)
        elif kind == "LBRACE" or kind == "RBRACE":
            self.leave_brackets()
            if kind == "LBRACE":
                self.braces.append(token)
            elif self.braces:
                self.braces.pop()
        else:
            if kind != "LPAR" and kind != "LCALL" and kind != "LHOLE":
                self.operators += 1
            if kind == "LPAR" or kind == "LCALL" or kind == "LSQB" or kind == "LHOLE":
                self.outer.append((self.operators, self.operators))
        if self.operators > MAX_OPERATORS:
            return TooManyOperators(MAX_OPERATORS)
        return NestedTooDeep(MAX_NESTING) if len(self.braces) + len(self.brackets) > MAX_NESTING else None

    def leave_brackets(self) -> None:
        """Forgets the expression: a statement ends, or is given up."""
        self.operators = 0
        self.outer.clear()

    def _next_item(self) -> None:
        if not self.outer:
            self.operators = 0
            return
        around, deepest = self.outer[-1]
        self.outer[-1] = (around, max(deepest, self.operators))
        self.operators = around


FOLLOWED = frozenset(
    {"COMMA", "NEWLINE", "LPAR", "LCALL", "LSQB", "LHOLE", "LBRACE", "RPAR", "RSQB", "RHOLE", "RBRACE"}
    | {"OPERATOR", "SIGN", "NOT", "IF", "DOT"}
)
