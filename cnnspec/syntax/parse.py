"""`.cnn` text to syntax tree.

After a mistake the parser reports it, goes on at the next statement and so finds all mistakes of a file in one run.
"""

from __future__ import annotations

from typing import Any

from cnnspec.diagnostics.diagnostic import Diagnostic, diagnose
from cnnspec.diagnostics.problem import Problem
from cnnspec.source import Source, Span
from cnnspec.syntax.lexer import Token, tokens
from cnnspec.syntax.problems import NestedTooDeep, Unclosed, UnexpectedText
from cnnspec.syntax.tables import State, tables
from cnnspec.syntax.tree import Broken, Document, Expression

MAX_NESTING = 100  # of braces and brackets: tree walks recurse
MAX_OPERATORS = 1000  # in one expression, for the same reason

_NESTING = frozenset({"LBRACE", "RBRACE", "LPAR", "LCALL", "LSQB"})
_CLOSERS = {"(": ")", "[": "]", "{": "}"}


def parse(source: Source) -> tuple[Document, list[Diagnostic]]:
    """Returns the tree of a `.cnn` file and the mistakes in it; a statement with a mistake is `Broken`."""
    run = _Run(source, 0, len(source.text), "document")
    definitions = run.read()
    return Document(definitions or (), source), run.diagnostics


def parse_expression(source: Source, start: int, end: int) -> tuple[Expression | None, list[Diagnostic]]:
    """Returns the expression in `source.text[start:end]` (a YAML value, a `--set` value), None if it is not one."""
    run = _Run(source, start, end, "expression_only")
    return run.read(), run.diagnostics


class _Run:
    """One pass over one text: the usual loop of an LALR parser, with recovery at statements."""

    def __init__(self, source: Source, start: int, end: int, rule: str) -> None:
        self.diagnostics: list[Diagnostic] = []
        self.source = source
        self.skipping = False
        self.brackets: list[Token] = []
        self.braces: list[Token] = []
        self.whole_document = rule == "document"
        self.tables = tables(rule)
        self.states: list[int] = [self.tables.start]
        self.values: list[Any] = []
        self.tokens = tokens(source, start, end, self.report, self.brackets, statements=self.whole_document)

    def report(self, problem: Problem, span: Span) -> None:
        if not self.skipping:
            self.diagnostics.append(diagnose(problem, span))

    def read(self) -> Any:
        """Returns what the start rule builds, or None where nothing could be built."""
        table, end = self.tables.states, self.tables.end
        states, values = self.states, self.values
        for token in self.tokens:
            kind = token.type
            if kind in _NESTING and not self.nest(token):
                return None
            while True:
                step = table[states[-1]].get(kind)
                if type(step) is int:
                    states.append(step)
                    values.append(token)
                    break
                if step is None:
                    self.describe(token)
                    if kind == "$END" or not self.whole_document or not self.recover(token):
                        return None
                    break
                build, size, origin = step  # type: ignore[misc]
                if size:
                    children = values[-size:]
                    del values[-size:]
                    del states[-size:]
                else:
                    children = []
                values.append(build(children))
                states.append(table[states[-1]][origin])  # type: ignore[arg-type]
                if states[-1] == end and kind == "$END":
                    return values[-1]
        return None

    def nest(self, token: Token) -> bool:
        """Keeps count of braces; returns False where the nesting is too deep to go on."""
        if token.type == "LBRACE":
            self.braces.append(token)
        elif token.type == "RBRACE" and self.braces:
            self.braces.pop()
        if len(self.braces) + len(self.brackets) <= MAX_NESTING:
            return True
        self.report(NestedTooDeep(MAX_NESTING), token.span)
        return False

    def describe(self, token: Token) -> None:
        """Reports what is wrong at a token that the grammar does not take there."""
        if token.type == "BAD":
            return  # the lexer said it
        if self.brackets and (token.type in ("$END", "LBRACE", "RBRACE") or self.on_later_line(token, self.brackets[-1])):
            opener = self.brackets[-1]
            self.report(Unclosed(opener.value, _CLOSERS[opener.value]), opener.span)
        elif token.type == "$END" and self.braces:
            opener = self.braces[-1]
            self.report(Unclosed("{", "}"), opener.span)
        else:
            expected = self.acceptable()
            self.report(UnexpectedText(_found(token), _expected(expected), _advice(token, expected)), token.span)

    def acceptable(self) -> set[str]:
        """Returns the token types that the grammar takes here (a table row alone also names some it does not)."""
        return {kind for kind in self.tables.states[self.states[-1]] if kind.isupper() and self.leads_to_shift(kind)}

    def leads_to_shift(self, kind: str) -> bool:
        table, stack = self.tables.states, list(self.states)
        while True:
            step = table[stack[-1]].get(kind)
            if step is None or isinstance(step, int):
                return step is not None
            if step.size:
                del stack[-step.size :]
            stack.append(table[stack[-1]][step.origin])  # type: ignore[arg-type]
            if stack[-1] == self.tables.end:
                return kind == "$END"

    def on_later_line(self, token: Token, opener: Token) -> bool:
        return "\n" in self.source.text[opener.span.end : token.span.start]

    def recover(self, token: Token) -> bool:
        """Skips the rest of the statement at fault and drops what was read of it; returns False at the end."""
        self.brackets.clear()
        table = self.tables.states
        while len(self.states) > 2 and not _between_statements(table[self.states[-1]]):
            self.states.pop()
            self.values.pop()
        if self.values and isinstance(self.values[-1], list):
            self.values[-1].append(Broken(token.span))
        self.skipping = True
        outside = len(self.braces) - (token.type == "LBRACE")
        while token.type != "NEWLINE" or len(self.braces) > outside:
            following = next(self.tokens, None)
            if following is None or following.type == "$END" or not self.nest(following):
                return False
            token = following
        self.skipping = False
        return True


def _between_statements(row: State) -> bool:
    """Returns whether a parser in this state could read a further statement, or the end of the body."""
    return "LET" in row and ("RBRACE" in row or "$END" in row)


def _found(token: Token) -> str:
    if token.type in ("NEWLINE", "$END"):
        return "end of file" if token.span.start >= len(token.span.source.text) else "end of line"
    return f"`{token.span.text}`"


_READABLE = {
    "ARROW": "`->`",
    "COMMA": "`,`",
    "LBRACE": "`{`",
    "RBRACE": "`}`",
    "RPAR": "`)`",
    "RSQB": "`]`",
    "NEWLINE": "the end of the line",
    "$END": "the end of the file",
    "WORD": "a layer",
    "LABEL": "a label",
    "ELSE": "`else`",
    "OPERATOR": "an operator",
    "NETWORK": "`network`",
    "TRAIN": "`train`",
    "LET": "`let`",
    "INPUT": "`input`",
}
_VALUE = {"LITERAL", "SIZE", "NAME", "LSQB", "LPAR", "SIGN", "NOT"}


def _expected(expected: set[str]) -> str:
    """Returns the alternatives in words; a set that can begin a value becomes "a value"."""
    words: list[str] = []
    if {"LITERAL", "SIZE", "LSQB"} <= expected:
        words.append("a value")
        expected = expected - _VALUE - {"ARGNAME"}
    elif "OPERATOR" in expected:
        expected = expected - {"OPERATOR", "SIGN", "DOT", "LSQB", "IF"}
    elif expected == {"NAME"} or expected == {"ARGNAME"}:
        return "a name" if "NAME" in expected else "a name and `=`"
    words += sorted(_READABLE[kind] for kind in expected if kind in _READABLE)
    return " or ".join((", ".join(words[:-1]), words[-1])) if len(words) > 1 else "".join(words) or "something else"


def _advice(token: Token, expected: set[str]) -> str | None:
    if "COMMA" in expected and token.type in ("LITERAL", "NAME", "SIZE", "ARGNAME"):
        return "arguments are separated by commas"
    if token.type == "LBRACE":
        return "blocks, loops, conditions and branches are not part of this version: it compiles networks of one path"
    if token.type in ("WORD", "NAME") and "NETWORK" in expected and "WORD" not in expected:
        return "layers stand in the body of a network: `network Name { ... }`"
    return None
