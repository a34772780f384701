"""`.cnn` text to syntax tree.

After a mistake the parser reports it, goes on at the next statement and so finds all mistakes of a file in one run.
"""

from __future__ import annotations

from typing import Any

from cnnspec.diagnostics.diagnostic import Diagnostic, diagnose
from cnnspec.diagnostics.problem import Problem
from cnnspec.source import Source, Span
from cnnspec.syntax.depth import FOLLOWED, Depth
from cnnspec.syntax.lexer import CLOSERS, Token, tokens
from cnnspec.syntax.problems import Unclosed, UnexpectedText
from cnnspec.syntax.recovery import brackets_close, introduced
from cnnspec.syntax.tables import Reduction, tables
from cnnspec.syntax.tree import Broken, Document, Expression
from cnnspec.syntax.wording import advice, alternatives, found


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
        self.astray = 0
        self.brackets: list[Token] = []
        self.depth = Depth(self.brackets)
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
            if kind in FOLLOWED and not self.follow(token):
                self.complete()
                if not self.give_up(token) or not self.skip(token):
                    return None
                continue
            while True:
                step = table[states[-1]].get(kind)
                if type(step) is int:
                    states.append(step)
                    values.append(token)
                    break
                if step is None:
                    if self.complete():
                        continue
                    self.describe(token)
                    if not self.give_up(token):
                        return None
                    if kind == "RBRACE" and self.is_in_body():
                        continue  # it ends the body all the same
                    if not self.skip(token):
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

    def follow(self, token: Token) -> bool:
        """Keeps count of braces, brackets and operators; reports and returns False where there are too many to go on."""
        problem = self.depth.follow(token)
        if problem is not None:
            self.report(problem, token.span)
        return problem is None

    def complete(self) -> bool:
        """Does the reduction that is due after a newline whatever follows, so that a mistake costs no earlier statement."""
        values, states = self.values, self.states
        if values and not (isinstance(values[-1], Token) and values[-1].type == "NEWLINE"):
            return False
        row = self.tables.states[states[-1]]
        step = next((step for step in row.values() if isinstance(step, Reduction)), None)
        if step is None:
            return False
        start = len(values) - step.size
        children = values[start:]
        del values[start:], states[start + 1 :]
        values.append(step.build(children))
        states.append(self.tables.states[states[-1]][step.origin])  # type: ignore[arg-type]
        return True

    def describe(self, token: Token) -> None:
        """Reports what is wrong at a token that the grammar does not take there."""
        if token.type == "BAD":
            return  # the lexer said it
        if not self.is_closed_after(token):
            opener = self.brackets[-1]
            self.report(Unclosed(opener.value, CLOSERS[opener.value]), opener.span)
        elif token.type == "$END" and self.depth.braces:
            opener = self.depth.braces[-1]
            self.report(Unclosed("{", "}"), opener.span)
        elif not self.goes_on_astray(token):
            expected = self.acceptable()
            self.report(UnexpectedText(found(token), alternatives(expected), advice(token, expected)), token.span)

    def goes_on_astray(self, token: Token) -> bool:
        """Returns whether a reported mistake already led outside all definitions: what stands there is no further one."""
        if len(self.states) > 2 or not self.whole_document:
            self.astray = 0
            return False
        definitions = len(self.values[-1])
        before, self.astray = self.astray, definitions + 1  # this mistake becomes a definition, a broken one
        return before == definitions > 0 or (token.type == "LBRACE" and self.values[-1][-1:] == [Broken(None, token.span)])

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

    def is_next_line(self, before: Token, token: Token) -> bool:
        return "\n" in self.source.text[before.span.end : token.span.start]

    def is_closed_after(self, token: Token) -> bool:
        """Returns whether the open brackets have their partners behind `token`: then newlines still do not count."""
        if self.brackets and token.type in ("LBRACE", "RBRACE"):
            return False
        return brackets_close(self.source, token.span.end, self.brackets)

    def give_up(self, token: Token) -> bool:
        """Drops the statement at fault and leaves `Broken` in its place; returns False where there is nothing to go on with."""
        if token.type == "$END" or not self.whole_document:
            return False
        if not self.is_closed_after(token):
            self.brackets.clear()
        self.depth.leave_brackets()
        kept = len(self.values)
        while kept > 1 and not self.is_between_statements(kept):
            kept -= 1
        parts = self.values[kept:]
        del self.states[kept + 1 :], self.values[kept:]
        if self.values and isinstance(self.values[-1], list):
            self.values[-1].append(Broken(introduced(parts), token.span))
        return True

    def is_between_statements(self, size: int) -> bool:
        """Returns whether the parser, with so many values on its stack, could read a further statement."""
        row = self.tables.states[self.states[size]]
        return isinstance(self.values[size - 1], list) and "LET" in row

    def is_in_body(self) -> bool:
        """Returns whether one of the bodies on the stack was to be closed by the brace that was read last."""
        return self.open_bodies() > len(self.depth.braces)

    def open_bodies(self) -> int:
        return sum(isinstance(value, Token) and value.type == "LBRACE" for value in self.values)

    def skip(self, token: Token) -> bool:
        """Skips the rest of the statement, `token` being in it; returns False at the end of the text."""
        self.skipping = True
        braces = self.depth.braces
        outside = self.open_bodies()
        while token.type != "NEWLINE" or len(braces) > outside:
            following = next(self.tokens, None)
            if following is None or following.type == "$END":
                return False
            if self.brackets and self.is_next_line(token, following) and not self.is_closed_after(following):
                self.brackets.clear()
            token = following
            if token.type in FOLLOWED:
                self.follow(token)
        self.skipping = False
        return True
