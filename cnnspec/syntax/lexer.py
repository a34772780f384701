"""Text to tokens.

The parser's tables are lark's; the tokens are made here, because what a word means depends on where it stands: at the
start of a statement it is a label, a structure word or the name of a layer, elsewhere an identifier; newlines count
except inside brackets; a call's parenthesis and a template's brace are attached to their names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from cnnspec.diagnostics.problem import Problem
from cnnspec.source import Source, Span
from cnnspec.syntax.holes import Holes
from cnnspec.syntax.literals import literal
from cnnspec.syntax.patterns import (
    AT_START,
    DEFINITION,
    END_OF_STATEMENT,
    GOES_ON,
    INSIDE,
    PARENTHESES,
    QUOTED,
    TEXT_IN_LABEL,
    TEXT_IN_NAME,
)
from cnnspec.syntax.problems import CallParenthesis, Misplaced, UnexpectedCharacter, UnexpectedText


class Token(NamedTuple):
    """What the parser reads: `value` is the text, or the number or string that a literal stands for."""

    type: str
    value: Any
    span: Span


if TYPE_CHECKING:
    from cnnspec.syntax.partners import Partners

Report = Callable[[Problem, Span], None]

DEFINITION_WORDS = {"network": "NETWORK", "block": "BLOCK", "train": "TRAIN", "import": "IMPORT"}
TRAIN_WORDS = DEFINITION_WORDS | {"let": "LET", "input": "INPUT"}  # in `train { }` all other words are settings
STRUCTURE_WORDS = (
    TRAIN_WORDS
    | {"add": "MERGE", "concat": "MERGE", "multiply": "MERGE", "residual": "RESIDUAL", "shortcut": "SHORTCUT"}
    | {"repeat": "REPEAT", "for": "FOR", "if": "IF", "else": "ELSE", "elif": "ELSE"}
    | {"from": "FROM", "reuse": "REUSE", "output": "OUTPUT", "require": "REQUIRE"}
)
EXPRESSION_WORDS = {"and": "OPERATOR", "or": "OPERATOR", "not": "NOT", "if": "IF", "else": "ELSE"}
CONSTANTS = {"true": True, "false": False, "none": None}
CLOSERS = {"(": ")", "[": "]", "{": "}"}  # the brace is that of a template
_WITHOUT_PARENTHESES = frozenset({"WORD", "MERGE", "FROM", "REUSE", "OUTPUT"})
_BEFORE_VALUE = frozenset(  # no body begins behind these
    {"COMMA", "ARGNAME", "LPAR", "LCALL", "LSQB", "LHOLE", "OPERATOR", "SIGN", "NOT", "DOT", "ARROW"}
    | {"INPUT", "FROM", "REUSE", "OUTPUT", "REQUIRE"}
)
_BEFORE_ALL = _BEFORE_VALUE | {"NEWLINE"}  # with which an expression that stands alone begins
_LITERALS = frozenset({"INTEGER", "FLOAT", "SIZE", "STRING", "BADNUMBER", "BADSTRING"})


def tokens(
    source: Source, start: int, end: int, report: Report, brackets: list[Token], *, statements: bool = True
) -> Iterator[Token]:
    """Yields the tokens of `source.text[start:end]`; the last ones are NEWLINE and $END.

    Text that is no token is reported and comes out as a token of type BAD, which no rule of the grammar takes.
    `brackets` holds the brackets that are open; the parser empties it to make newlines count again.
    With `statements=False` the text is one expression, as in a YAML value: no labels, no structure words, no newlines.
    """
    return Lexer(source, end, report, brackets, statements).tokens(start)


class Lexer:
    """One pass over one text. `words` are the structure words of the place; `settings` counts the braces of `train { }`.

    Whoever takes the tokens may set `again`, the place of a token, to have the text read once more from there, as a statement.
    """

    def __init__(self, source: Source, end: int, report: Report, brackets: list[Token], statements: bool) -> None:
        self.source = source
        self.end = end
        self.report = report
        self.brackets = brackets
        self.statements = statements
        self.words = STRUCTURE_WORDS
        self.settings = 0
        self.in_label = False
        self.again: int | None = None
        self.partners: Partners | None = None  # found where a bracket is open at a mistake
        self.holes = Holes(source, end)

    def tokens(self, position: int) -> Iterator[Token]:
        source, text, end, brackets, statements = self.source, self.source.text, self.end, self.brackets, self.statements
        match_at_start, match_inside = AT_START.match, INSIDE.match
        at_start = statements
        before = "NEWLINE"  # the last token; behind this one a further newline says nothing
        while True:
            if self.again is not None:
                position, at_start, before, self.again = self.again, True, "NEWLINE", None
            match = (match_at_start if at_start else match_inside)(text, position, end)
            if match is None:
                bad = self.unknown(position)
                self.report(UnexpectedCharacter(bad.text), bad)
                if END_OF_STATEMENT.match(text, bad.start) and not brackets and before != "COMMA":
                    position = bad.end  # and nothing follows
                    continue
                yield Token("BAD", bad.text, bad)
                position = bad.end
                at_start, before = False, "BAD"
                continue
            kind = match.lastgroup or ""
            value: Any = match[kind]
            span = Span(source, *match.span(kind))
            last, position = position, match.end()
            starts_statement, at_start = at_start, False

            if kind == "NAME":
                if brackets and statements and DEFINITION.match(text, span.start) and text[span.start - 1] == "\n":
                    yield Token("NEWLINE", "", span._replace(end=span.start))  # the brackets before it are never closed
                    starts_statement = True
                if starts_statement:
                    kind = self.first_word(value, span)
                elif value in EXPRESSION_WORDS:
                    kind = EXPRESSION_WORDS[value]
                elif text.startswith("{", position):
                    kind = "TEXT" if self.holes.is_hole(position) else kind
                elif value in CONSTANTS:
                    kind, value = "LITERAL", CONSTANTS[value]
                elif text.startswith("(", position):
                    yield Token("NAME", value, span)
                    if self.again is not None:
                        continue
                    kind, value, span = "LCALL", "(", Span(source, position, position + 1)
                    position += 1
                    brackets.append(Token(kind, value, span))
            elif kind == "COMMA" or kind == "ARGNAME":
                pass
            elif kind == "NEWLINE":
                at_start = statements and not any(
                    bracket.type != "LHOLE" for bracket in brackets
                )  # a template ends on its line
                if before == "NEWLINE" or not at_start:
                    continue
            elif kind == "LABEL":
                at_start = True
            elif kind in _LITERALS:
                try:
                    kind, value = literal(kind, value)
                except Problem as problem:
                    self.report(problem, span)
                    kind = "BAD"
            elif kind == "SIGN":
                if before == "WORD" and text.startswith(" ", position):
                    kind = "OPERATOR"  # `a + b` is meant as a sum, `conv -1` as an argument
            elif kind == "LPAR" or kind == "LSQB":
                brackets.append(Token(kind, value, span))
            elif kind == "RPAR" or kind == "RSQB":
                if brackets and CLOSERS[brackets[-1].value] == value:
                    brackets.pop()
            elif kind == "LBRACE":
                if self.begins_template(before, last, span.start, starts_statement):
                    kind = "LHOLE"
                    brackets.append(Token(kind, value, span))
                elif self.is_stray(span):
                    kind = "BAD"
                else:
                    at_start = statements
                    self.settings += self.words is TRAIN_WORDS
            elif kind == "RBRACE":
                is_hole = bool(brackets) and brackets[-1].type == "LHOLE"
                if not is_hole and text.startswith(":", position):
                    self.report(UnexpectedText("`}`", "a `{` before it"), span)  # of a label such as `enc{i}:`
                    yield Token("BAD", value, span)
                    before = "BAD"
                    continue
                if not is_hole and self.is_stray(span):
                    yield Token("BAD", value, span)
                    before = "BAD"
                    continue
                for token in self.end_of_hole(span) if is_hole else self.end_of_body(span):
                    before, position = token.type, token.span.end
                    yield token
                continue
            elif kind == "STEM":
                self.in_label = self.holes.begins_label(position)
                kind = "TEXT" if self.in_label else self.first_word(value, span)
                if kind == "WORD" and self.holes.is_hole(position):
                    kind = "TEXT"
            elif kind == "COLON":
                at_start, self.in_label = self.in_label and not brackets, False
                if not statements:
                    self.report(UnexpectedCharacter(value), span)
                    kind = "BAD"
            elif kind == "END":
                if statements and before != "NEWLINE":
                    yield Token("NEWLINE", "", span)
                yield Token("$END", "", span)
                return
            before = kind
            yield Token(kind, value, span)

    def first_word(self, word: str, span: Span) -> str:
        """Returns the type of the word that begins a statement."""
        kind = self.words.get(word, "WORD")
        if kind == "NETWORK" or kind == "BLOCK" or kind == "TRAIN":
            self.words, self.settings = (TRAIN_WORDS if kind == "TRAIN" else STRUCTURE_WORDS), 0
        if kind in _WITHOUT_PARENTHESES and self.source.text.startswith("(", span.end):
            call = PARENTHESES.match(self.source.text, span.end, self.end)
            whole = Span(self.source, span.start, call.end()) if call else span
            self.report(CallParenthesis(word, call["inside"].strip() if call else None), whole)
            return "BAD"
        return kind

    def begins_template(self, before: str, last: int, brace: int, starts_statement: bool) -> bool:
        """Returns whether the `{` at `brace` is that of a template; `last` is where the token `before` it ends."""
        holes = self.holes
        if (before == "TEXT" or before == "RHOLE") and last == brace:
            return holes.is_hole(brace)
        if starts_statement:
            self.in_label = holes.begins_label(brace)
            return self.in_label
        if before == "MERGE":
            return holes.begins_reference(brace)
        return before in (_BEFORE_VALUE if self.statements else _BEFORE_ALL) and holes.is_hole(brace)

    def is_stray(self, brace: Span) -> bool:
        """Returns whether a brace, which is reported then, stands in brackets that are closed behind it."""
        if not self.brackets:
            return False
        from cnnspec.syntax.partners import Partners  # right texts do without

        self.partners = self.partners or Partners(self.source.text)
        if not self.partners.close([bracket.value for bracket in self.brackets], brace.end):
            return False
        self.report(UnexpectedText(f"`{brace.text}`", f"a value or `{CLOSERS[self.brackets[-1].value]}`"), brace)
        return True

    def end_of_hole(self, brace: Span) -> Iterator[Token]:
        """Yields the closing brace in a template, and the text that goes on behind it."""
        self.brackets.pop()
        yield Token("RHOLE", "}", brace)
        pattern = TEXT_IN_LABEL if self.in_label and not self.brackets else TEXT_IN_NAME
        match = pattern.match(self.source.text, brace.end, self.end)
        if match:
            yield Token("TEXT", match[0], Span(self.source, *match.span()))

    def end_of_body(self, brace: Span) -> Iterator[Token]:
        """Yields the closing brace of a body, and the `else` or `shortcut` that wrongly stands on a line of its own."""
        yield Token("RBRACE", "}", brace)
        if self.words is TRAIN_WORDS:
            self.settings -= 1
            if self.settings <= 0:
                self.words = STRUCTURE_WORDS
        match = GOES_ON.match(self.source.text, brace.end, self.end) if self.statements else None
        if match is None or (match["word"] != "elif" and "\n" not in match[0]):
            return
        word = Span(self.source, *match.span("word"))
        if match["word"] == "elif":
            yield Token("ELSE", "elif", word)
            yield Token("IF", "elif", word)
        else:
            yield Token(STRUCTURE_WORDS[match["word"]], match["word"], word)
        self.report(Misplaced(match["word"]), word)  # only now: where no `if` precedes, the parser has said so

    def unknown(self, position: int) -> Span:
        """Returns the characters at `position`, after blanks, that begin no token (at least one)."""
        text = self.source.text
        start = position
        while start < self.end and text[start] in " \t\r\f":
            start += 1
        quoted = QUOTED.match(text, start, self.end)
        if quoted is not None:
            return Span(self.source, start, quoted.end())
        stop = start + 1
        while stop < self.end and not text[stop].isspace() and INSIDE.match(text, stop, self.end) is None:
            stop += 1
        return Span(self.source, start, stop)
