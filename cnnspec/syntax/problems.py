"""Mistakes of notation (codes E01xx)."""

from __future__ import annotations

from typing import ClassVar

from cnnspec.diagnostics.problem import Problem

QUOTES = "'‘’“”„«»＂＇"
OPERATORS = {"&&": "and", "||": "or", "!": "not "}
LOOK_ALIKES = (  # what editors and other keyboards write in the place of ASCII characters
    {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    | dict.fromkeys("\u00a0\u2002\u2003\u2009\u202f\u3000", " ")
    | dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff", "")
    | {"→": "->", "⟶": "->", "×": "x", "−": "-", "–": "-", "≤": "<=", "≥": ">=", "≠": "!=", "、": ","}
)


class UnexpectedText(Problem):
    """The parser cannot go on with what stands here."""

    found: str
    expected: str
    advice: str | None = None
    code: ClassVar[str] = "E0101"

    @property
    def message(self) -> str:
        return f"unexpected {self.found}"

    @property
    def label(self) -> str:
        return f"expected {self.expected}"

    @property
    def help(self) -> str | None:
        return self.advice


class Unclosed(Problem):
    """`(`, `[` or `{` without its partner."""

    opener: str
    closer: str
    code: ClassVar[str] = "E0102"

    @property
    def message(self) -> str:
        return f"`{self.opener}` is never closed"

    @property
    def label(self) -> str:
        return "opened here"

    @property
    def help(self) -> str:
        return f"write the missing `{self.closer}`"


class UnexpectedCharacter(Problem):
    """Characters that begin no token."""

    text: str
    code: ClassVar[str] = "E0103"

    @property
    def message(self) -> str:
        shown = self.text if self.text.isprintable() else ascii(self.text)[1:-1]
        return f"`{shown}` means nothing here"

    @property
    def replacement(self) -> str | None:
        if len(self.text) > 1 and self.text[0] in QUOTES and self.text[-1] in QUOTES:
            return f'"{self.text[1:-1]}"'
        return self.meant if self.meant and not self.meant.isspace() else None

    @property
    def meant(self) -> str | None:
        """Returns what the characters look like, or stand for elsewhere; a blank, or nothing, where they are invisible."""
        if self.text in OPERATORS:
            return OPERATORS[self.text]
        meant = "".join(LOOK_ALIKES.get(character, character) for character in self.text)
        return meant if meant != self.text and meant.isascii() else None

    @property
    def is_certain(self) -> bool:
        return True

    @property
    def help(self) -> str | None:
        if self.meant is not None and self.text[0] not in QUOTES:
            return f"write `{self.meant}`" if self.meant.strip() else "write a blank" if self.meant else "delete it"
        if self.text.startswith(("'", "‘", "“", "’", "”")):
            return 'strings stand in double quotes: "mean"'
        if self.text.startswith(";"):
            return "one statement per line, without `;`"
        return None


class BadNumber(Problem):
    """Begins like a number and is none."""

    text: str
    code: ClassVar[str] = "E0104"

    @property
    def message(self) -> str:
        return f"`{self.text}` is not a number"

    @property
    def notes(self) -> tuple[str, ...]:
        return ("numbers are written `64`, `5_000_000`, `0.5`, `1e-6`; sizes `3x3`, `3xHxW` with capital names",)


class NumberTooLong(Problem):
    """More digits than any size has."""

    digits: int
    code: ClassVar[str] = "E0104"

    @property
    def message(self) -> str:
        return f"a number with {self.digits} digits is too long"


class NumberTooLarge(Problem):
    """A float beyond the range of floats."""

    text: str
    code: ClassVar[str] = "E0104"

    @property
    def message(self) -> str:
        return f"`{self.text}` is too large for a float"


class BadString(Problem):
    """A string that does not end on its line, or with an escape that JSON does not have."""

    ended: bool
    code: ClassVar[str] = "E0105"

    @property
    def message(self) -> str:
        if self.ended:
            return "this string contains an escape or a control character that JSON does not allow"
        return "this string does not end on its line"

    @property
    def help(self) -> str:
        return r"write `\\` for a backslash" if self.ended else 'close it with `"`'


class CallParenthesis(Problem):
    """`conv(64)`; `arguments` is what stands between the parentheses, None where they do not end on the line."""

    word: str
    arguments: str | None
    code: ClassVar[str] = "E0106"

    @property
    def message(self) -> str:
        return f"`{self.word}` takes its arguments without parentheses"

    @property
    def replacement(self) -> str | None:
        return None if self.arguments is None else f"{self.word} {self.arguments}".rstrip()

    @property
    def is_certain(self) -> bool:
        return True

    @property
    def help(self) -> str:
        return f"drop the parentheses: `{self.replacement or self.word + ' ...'}`"


class Misplaced(Problem):
    """`else`, `elif`, `shortcut` or the `{` of a body, where the statement does not go on: on a line of its own."""

    word: str
    code: ClassVar[str] = "E0109"

    @property
    def message(self) -> str:
        if self.word == "elif":
            return "`elif` is written `else if`"
        return f"`{self.word}` stands on a line of its own"

    @property
    def help(self) -> str:
        if self.word == "{":
            return "write it at the end of the line before"
        head = "else if condition" if self.word == "elif" else self.word
        return f"write `}} {head} {{`, on the line of the `}}`"

    @property
    def correct(self) -> str:
        """Returns what stands there instead, behind one blank."""
        return "else if" if self.word == "elif" else self.word


class BrokenLine(Problem):
    """A statement that goes on below, outside of brackets."""

    code: ClassVar[str] = "E0101"

    @property
    def message(self) -> str:
        return "unexpected end of line"

    @property
    def label(self) -> str:
        return "the statement goes on below"

    @property
    def help(self) -> str:
        return "a statement stands on one line; only within `( )` and `[ ]` it may have several"


class BodyBesideBrace(Problem):
    """A body of several lines whose first statement stands on the line of the `{`."""

    code: ClassVar[str] = "E0101"

    @property
    def message(self) -> str:
        return "the first statement of this body stands on the line of its `{`"

    @property
    def help(self) -> str:
        return "only a body of one statement may stand on one line: begin the first statement on a line of its own"


class NestedTooDeep(Problem):
    """Brackets or braces in brackets in brackets ..."""

    limit: int
    code: ClassVar[str] = "E0107"

    @property
    def message(self) -> str:
        return f"nested more than {self.limit} levels deep"


class TooManyOperators(Problem):
    """An expression that goes on and on."""

    limit: int
    code: ClassVar[str] = "E0107"

    @property
    def message(self) -> str:
        return f"more than {self.limit} operators in one expression"

    @property
    def help(self) -> str:
        return "give parts of it a name with `let`"


class NotText(Problem):
    """A file that is not UTF-8."""

    offset: int
    byte: int
    code: ClassVar[str] = "E0108"

    @property
    def message(self) -> str:
        return f"not UTF-8 text: byte 0x{self.byte:02x} at offset {self.offset}"

    @property
    def help(self) -> str:
        return "save the file with the encoding UTF-8"


class TooLarge(Problem):
    """More text, or more values, than a description of a network needs."""

    what: str
    limit: int
    code: ClassVar[str] = "E0119"

    @property
    def message(self) -> str:
        return f"this file has more than {self.limit:,} {self.what}".replace(",", "_")

    @property
    def help(self) -> str:
        return "weights belong in a file of their own; a spec holds only the architecture"
