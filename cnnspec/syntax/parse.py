"""`.cnn` text to syntax tree.

After a mistake the parser reports it, goes on at the next statement and so finds all mistakes of a file in one run.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from cnnspec.diagnostics.diagnostic import Diagnostic, diagnose
from cnnspec.diagnostics.problem import Problem
from cnnspec.source import Source, Span
from cnnspec.syntax.depth import FOLLOWED, Depth
from cnnspec.syntax.lexer import Lexer, Token
from cnnspec.syntax.problems import TooLarge, Unclosed
from cnnspec.syntax.stack import Stack, Unreadable
from cnnspec.syntax.tree import Document, Expression

if TYPE_CHECKING:
    from cnnspec.syntax.mending import Mending

CONTEXTUAL_WORDS = {"in": "IN", "as": "AS", "shortcut": "SHORTCUT"}  # words of the language where a name makes no sense
MAX_CHARACTERS = 16 * 1024 * 1024
MAX_LINE = 2_000_000  # characters

_END = re.compile("end of (file|line)$")


def parse(source: Source) -> tuple[Document, list[Diagnostic]]:
    """Returns the tree of a `.cnn` file and the mistakes in it; a statement with a mistake is `Broken`."""
    excess = _excess(source)
    if excess is not None:
        return Document((), source), [excess]
    run = Run(source, 0, len(source.text), "document")
    definitions = run.read()
    if run.is_unbalanced:
        guided = Run(source, 0, len(source.text), "document", by_indentation=True)
        meant = guided.read()
        if guided.mistakes <= run.mistakes:
            run, definitions = guided, meant
    if definitions and run.diagnostics:
        from cnnspec.syntax.recovery import with_strays

        definitions = with_strays(definitions)
    return Document(definitions or (), source), run.diagnostics


def _excess(source: Source) -> Diagnostic | None:
    """Returns what is said about more text than people write, which is not read."""
    text = source.text
    if len(text) > MAX_CHARACTERS:
        return diagnose(TooLarge("characters", MAX_CHARACTERS), Span(source, MAX_CHARACTERS, MAX_CHARACTERS))
    if len(text) > MAX_LINE:
        for start, end in pairwise((*source.line_starts, len(text) + 1)):
            if end - start > MAX_LINE + 1:
                return diagnose(TooLarge("characters on one line", MAX_LINE), Span(source, start, start))
    return None


def parse_expression(source: Source, start: int, end: int) -> tuple[Expression | None, list[Diagnostic]]:
    """Returns the expression in `source.text[start:end]` (a YAML value, a `--set` value), None if it is not one.

    The mistakes speak of the end of the value, which comes before those of its line and its file do.
    """
    run = Run(source, start, end, "expression_only")
    return run.read(), list(map(_in_value, run.diagnostics))


def _in_value(mistake: Diagnostic) -> Diagnostic:
    message = _END.sub("end of the value", mistake.message)
    return replace(mistake, message=message, label=mistake.label.replace("the end of the file", "the end of the value"))


class Run:
    """One pass over one text: the usual loop of an LALR parser, which leaves mistakes to `Mending`."""

    def __init__(self, source: Source, start: int, end: int, rule: str, *, by_indentation: bool = False) -> None:
        self.diagnostics: list[Diagnostic] = []
        self.source = source
        self.skipping = False
        self.faulty: set[int] = set()  # where the lines with mistakes begin
        self.unsaid = 0  # mistakes that follow from others
        self.is_unbalanced = False  # whether braces lack their partners; where, the indentation may tell
        self.brackets: list[Token] = []
        self.depth = Depth(self.brackets)
        self.whole_document = rule == "document"
        self.stack = Stack(rule)
        self.lexer = Lexer(source, end, self.report, self.brackets, self.whole_document)
        self.tokens = self.lexer.tokens(start)
        if by_indentation:
            from cnnspec.syntax.indentation import balanced

            self.tokens = balanced(self.tokens, self.depth.braces, self.report)

    @property
    def mistakes(self) -> int:
        return len(self.diagnostics) + self.unsaid

    def report(self, problem: Problem, span: Span) -> None:
        if not self.skipping:
            from cnnspec.syntax.recovery import fixes

            line = self.source.text.rfind("\n", 0, span.start)
            if line in self.faulty and isinstance(problem, Unclosed) and problem.opener == "{":
                self.unsaid += 1  # the brace itself is the mistake, or a part of it
                return
            self.faulty.add(line)
            self.diagnostics.append(diagnose(problem, span, fixes=fixes(problem, span)))

    def read(self) -> Any:
        """Returns what the start rule builds, or None where nothing could be built."""
        try:
            return self.read_tokens()
        except Unreadable:
            return None

    def read_tokens(self) -> Any:
        table, end = self.stack.table, self.stack.end
        states, values = self.stack.states, self.stack.values
        follow = self.depth.follow
        token: Token | None
        for token in self.tokens:
            kind = token.type
            if kind in FOLLOWED and (problem := follow(token)) is not None:
                self.report(problem, token.span)
                token = self.mending.abandon(token)
                if token is None:
                    continue
                kind = token.type
            while True:
                step = table[states[-1]].get(kind)
                if type(step) is int:
                    states.append(step)
                    values.append(token)
                    break
                if step is None:
                    token = self.recover(token)
                    if token is None:
                        break
                    kind = token.type
                    continue
                build, size, origin = step  # type: ignore[misc]
                if build is None:
                    states[-1] = table[states[-2]][origin]  # type: ignore[assignment]
                    continue
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

    def recover(self, token: Token) -> Token | None:
        """Returns the token to go on with where the grammar does not take one, None for the next one of the text."""
        if self.stack.complete():
            return token
        word = CONTEXTUAL_WORDS.get(token.value) if token.type == "NAME" else None
        if word is not None and self.stack.takes(word):
            return token._replace(type=word)
        return self.mending.recover(token)

    @cached_property
    def mending(self) -> Mending:
        """Returns what reads on behind mistakes; most texts have none, and are read sooner without it."""
        from cnnspec.syntax.mending import Mending

        return Mending(self)
