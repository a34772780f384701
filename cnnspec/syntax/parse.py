"""`.cnn` text to syntax tree.

After a mistake the parser reports it, goes on at the next statement and so finds all mistakes of a file in one run.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from cnnspec.diagnostics.diagnostic import Diagnostic, diagnose
from cnnspec.diagnostics.problem import Problem
from cnnspec.source import Source, Span
from cnnspec.syntax.advice import advice
from cnnspec.syntax.depth import FOLLOWED, Depth
from cnnspec.syntax.indentation import balanced, body_follows, ends_body, is_body_over
from cnnspec.syntax.lexer import CLOSERS, Token, tokens
from cnnspec.syntax.problems import Misplaced, Unclosed, UnexpectedText
from cnnspec.syntax.recovery import (
    begins_definition,
    brace_on_next_line,
    brackets_close,
    broken,
    fixes,
    holds_statements,
    misspelt,
)
from cnnspec.syntax.stack import Stack
from cnnspec.syntax.tree import Broken, Document, Expression
from cnnspec.syntax.wording import alternatives, found

CONTEXTUAL_WORDS = {"in": "IN", "as": "AS", "shortcut": "SHORTCUT"}  # words of the language where a name makes no sense

_END = re.compile("end of (file|line)$")


def parse(source: Source) -> tuple[Document, list[Diagnostic]]:
    """Returns the tree of a `.cnn` file and the mistakes in it; a statement with a mistake is `Broken`."""
    run = _Run(source, 0, len(source.text), "document")
    definitions = run.read()
    if run.is_unbalanced:
        guided = _Run(source, 0, len(source.text), "document", by_indentation=True)
        meant = guided.read()
        if guided.mistakes <= run.mistakes:
            run, definitions = guided, meant
    return Document(definitions or (), source), run.diagnostics


def parse_expression(source: Source, start: int, end: int) -> tuple[Expression | None, list[Diagnostic]]:
    """Returns the expression in `source.text[start:end]` (a YAML value, a `--set` value), None if it is not one.

    The mistakes speak of the end of the value, which comes before those of its line and its file do.
    """
    run = _Run(source, start, end, "expression_only")
    return run.read(), list(map(_in_value, run.diagnostics))


def _in_value(mistake: Diagnostic) -> Diagnostic:
    message = _END.sub("end of the value", mistake.message)
    return replace(mistake, message=message, label=mistake.label.replace("the end of the file", "the end of the value"))


class _Unreadable(Exception):
    """There is nothing to go on with."""


class _Run:
    """One pass over one text: the usual loop of an LALR parser, with recovery at statements."""

    def __init__(self, source: Source, start: int, end: int, rule: str, *, by_indentation: bool = False) -> None:
        self.diagnostics: list[Diagnostic] = []
        self.source = source
        self.skipping = False
        self.astray = 0
        self.unsaid = 0  # mistakes that follow from others
        self.is_unbalanced = False  # whether braces lack their partners; where, the indentation may tell
        self.is_line_open = False  # whether a body on one line perhaps lacks its brace: then its end is not known
        self.brackets: list[Token] = []
        self.depth = Depth(self.brackets)
        self.whole_document = rule == "document"
        self.stack = Stack(rule)
        self.tokens = tokens(source, start, end, self.report, self.brackets, statements=self.whole_document)
        if by_indentation:
            self.tokens = balanced(self.tokens, self.depth.braces, self.report)

    @property
    def mistakes(self) -> int:
        return len(self.diagnostics) + self.unsaid

    def report(self, problem: Problem, span: Span) -> None:
        if not self.skipping:
            self.diagnostics.append(diagnose(problem, span, fixes=fixes(problem, span)))

    def read(self) -> Any:
        """Returns what the start rule builds, or None where nothing could be built."""
        try:
            return self.read_tokens()
        except _Unreadable:
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
                token = self.abandon(token)
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

    # recovery: each step returns the token to go on with, None for the next one of the text

    def abandon(self, token: Token) -> Token | None:
        """Gives up a statement that leads too deep, with all that stands in it."""
        if not self.whole_document:
            raise _Unreadable
        self.stack.complete()
        return self.give_up(token, resumes=False)

    def recover(self, token: Token) -> Token | None:
        """Goes on at a token that the grammar does not take."""
        stack = self.stack
        if stack.complete():
            return token
        word = CONTEXTUAL_WORDS.get(token.value) if token.type == "NAME" else None
        if word is not None and stack.takes(word):
            return token._replace(type=word)
        if not self.whole_document:
            self.describe(token)
            raise _Unreadable
        missing = self.missing(token)
        if missing is not None:
            self.describe(token)
            return self.supply(missing, token)
        if token.type == "NEWLINE" and stack.takes("LBRACE"):
            brace = brace_on_next_line(token.span)
            if brace is not None:
                self.report(Misplaced("{"), brace)
                return None
        if begins_definition(token) and stack.open_bodies() and not stack.unfinished():
            self.report_unclosed()
            return self.close_bodies(token)
        self.is_unbalanced |= token.type == "RBRACE" and not stack.open_bodies()
        if stack.takes("LBRACE") and ends_body(token.span):
            self.depth.follow(token._replace(type="LBRACE"))  # the partner of the brace at the end of the line
        if not stack.is_recovering():
            self.describe(token)
            self.is_line_open |= token.type == "NEWLINE" and stack.takes("RBRACE")
        if token.type == "$END":
            stack.drop_unfinished()
            stack.values[-1].append(Broken(None, token.span))
            return self.close_bodies(token)
        if stack.is_statement_complete():
            stack.put(Token("NEWLINE", "", token.span))
            stack.complete()
            if token.type == "RBRACE" and len(self.depth.braces) < stack.open_bodies():
                return token
        return self.give_up(token, resumes=stack.open_bodies() > 0 or holds_statements([*stack.unfinished(), token]))

    def missing(self, token: Token) -> str | None:
        """Returns the type of the brace that is missing before a token, or of the word that it stands for, if that is clear."""
        takes = self.stack.takes
        if token.type == "NEWLINE" and takes("LBRACE") and body_follows(token.span):
            return "LBRACE"
        if token.type == "NEWLINE" and takes("RBRACE") and is_body_over(token.span):
            return "RBRACE"
        word = misspelt(token) if token.type in ("NAME", "WORD") else None
        return word if word is not None and takes(word) else None

    def supply(self, kind: str, token: Token) -> Token:
        """Reads a brace that is missing before `token`; returns what to go on with: `token`, or the word that it stands for."""
        if kind not in ("LBRACE", "RBRACE"):
            return token._replace(type=kind)
        brace = Token(kind, "", token.span)
        self.depth.follow(brace)
        self.stack.put(brace)
        return token

    def describe(self, token: Token) -> None:
        """Reports what is wrong at a token that the grammar does not take there."""
        if token.type == "BAD":
            return  # the lexer said it
        if not self.is_closed_after(token):
            opener = self.brackets[-1]
            self.report(Unclosed(opener.value, CLOSERS[opener.value]), opener.span)
        elif token.type == "$END" and self.depth.braces:
            if not self.is_line_open:
                self.report_unclosed()
        elif self.goes_on_astray(token):
            self.unsaid += 1
        else:
            expected = self.stack.acceptable()
            problem = UnexpectedText(found(token), alternatives(expected), advice(token, expected, self.stack.unfinished()))
            self.report(problem, token.span)

    def report_unclosed(self) -> None:
        """Reports the innermost body that is open where it cannot be."""
        self.is_unbalanced = True
        self.report(Unclosed("{", "}"), self.depth.braces[-1].span)

    def goes_on_astray(self, token: Token) -> bool:
        """Returns whether a reported mistake already led outside all definitions: what stands there is no further one."""
        values = self.stack.values
        if len(values) > 1 or not self.whole_document:
            self.astray = 0
            return False
        definitions = len(values[-1])
        before, self.astray = self.astray, definitions + 1  # this mistake becomes a definition, a broken one
        return before == definitions > 0 or (token.type == "LBRACE" and values[-1][-1:] == [Broken(None, token.span)])

    def is_next_line(self, before: Token, token: Token) -> bool:
        return "\n" in self.source.text[before.span.end : token.span.start]

    def is_closed_after(self, token: Token) -> bool:
        """Returns whether the open brackets have their partners behind `token`: then newlines still do not count."""
        if self.brackets and token.type in ("LBRACE", "RBRACE", "NEWLINE"):
            return False
        return brackets_close(self.source, token.span.end, self.brackets)

    def give_up(self, token: Token, resumes: bool) -> Token | None:
        """Skips the rest of the statement at fault and leaves `Broken` in its place.

        Where it `resumes`, the mistakes in the body of that statement are still found.
        """
        if not self.is_closed_after(token):
            self.brackets.clear()
        self.depth.leave_brackets()
        lost = broken(self.stack.unfinished(), token.span)
        self.stack.drop_unfinished()
        outside = self.stack.open_bodies()
        following = self.skip(token, outside, resumes)
        inside = self.depth.braces[outside:]
        if following.type != "NEWLINE" or not inside:
            self.stack.values[-1].extend(lost)
        for brace in inside if following.type == "NEWLINE" else ():
            self.stack.put(Token("LOST", lost, brace.span))
            self.stack.put(brace)
            self.stack.put(following)
            lost = []
        return None if following.type == "NEWLINE" else following

    def skip(self, token: Token, outside: int, resumes: bool) -> Token:
        """Returns the token at which a statement in `outside` braces ends, `token` being in it: the end of its line, or
        the brace or end of file before."""
        self.skipping = True
        braces = self.depth.braces
        while token.type != "$END" and not (token.type == "RBRACE" and len(braces) < outside):
            if token.type == "NEWLINE" and (resumes or len(braces) <= outside):
                break
            following = next(self.tokens)
            if self.brackets and self.is_next_line(token, following) and not self.is_closed_after(following):
                self.brackets.clear()
            token = following
            if token.type in FOLLOWED:
                self.depth.follow(token)
        self.skipping = False
        return token

    def close_bodies(self, token: Token) -> Token:
        """Ends all bodies before `token`, and returns it."""
        while self.stack.open_bodies():
            self.stack.put(Token("RBRACE", "", token.span))
            if self.stack.takes("NEWLINE"):  # it does not where the body stands in another one that began on its line
                self.stack.put(Token("NEWLINE", "", token.span))
            self.stack.complete()
        self.depth.braces.clear()
        return token
