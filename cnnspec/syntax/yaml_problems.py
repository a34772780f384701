"""Mistakes of the YAML and JSON notation (codes E011x)."""

from __future__ import annotations

from typing import ClassVar

from cnnspec.diagnostics.nearest import is_spelling, nearest
from cnnspec.diagnostics.problem import Problem

MAX_SHOWN = 40


def shown(text: str) -> str:
    """Returns a text from a file as messages show it: on one line, at most 40 characters, no control characters."""
    short = text if len(text) <= MAX_SHOWN else text[:MAX_SHOWN] + "..."
    return short if short.isprintable() else ascii(short)[1:-1]


class BrokenYaml(Problem):
    """Text that is no YAML."""

    fact: str
    marked: str = ""
    advice: str | None = None
    code: ClassVar[str] = "E0110"

    @property
    def message(self) -> str:
        return self.fact

    @property
    def label(self) -> str:
        return self.marked

    @property
    def help(self) -> str | None:
        return self.advice


class BrokenJson(BrokenYaml):
    """Text that is no JSON, in a file that says it is."""


class AnchorUsed(Problem):
    """`&name`, `*name`: a text by reference."""

    alias: bool
    code: ClassVar[str] = "E0111"

    @property
    def message(self) -> str:
        return "YAML aliases (`*name`) are not read" if self.alias else "YAML anchors (`&name`) are not read"

    @property
    def help(self) -> str:
        return "name a repeated number with `let: {width: 64}`, and write out everything else"


class TagUsed(Problem):
    """`!!python/object`, `!!str`: a type by name."""

    tag: str
    code: ClassVar[str] = "E0111"

    @property
    def message(self) -> str:
        return f"YAML tags are not read: `{shown(self.tag)}`"

    @property
    def help(self) -> str:
        return "leave the tag out: a value is what it looks like"


class MergeKeyUsed(Problem):
    """`<<: ...`."""

    code: ClassVar[str] = "E0111"

    @property
    def message(self) -> str:
        return "the YAML merge key `<<` is not read"

    @property
    def help(self) -> str:
        return "write the entries where they belong"


class SeveralDocuments(Problem):
    """A second `---`."""

    code: ClassVar[str] = "E0111"

    @property
    def message(self) -> str:
        return "a file holds one YAML document, and here begins a second one"

    @property
    def help(self) -> str:
        return "several networks are a list at the top of the file: `- network: A`, `- network: B`"


class DuplicateKey(Problem):
    """The same key twice in one mapping."""

    key: str
    code: ClassVar[str] = "E0112"

    @property
    def message(self) -> str:
        return f"`{shown(self.key)}` stands twice in the same mapping"

    @property
    def label(self) -> str:
        return "again here"

    @property
    def help(self) -> str:
        return "leave one of the two out; a further statement begins with `- `"


class UnknownKey(Problem):
    """A key that means nothing where it stands."""

    key: str
    where: str
    known: tuple[str, ...]
    advice: str | None = None
    code: ClassVar[str] = "E0113"

    @property
    def message(self) -> str:
        return f"unknown key `{shown(self.key)}` {self.where}"

    @property
    def help(self) -> str | None:
        if self.advice is not None:
            return self.advice
        if self.replacement is not None:
            return f"did you mean `{self.replacement}`?"
        return "known: " + ", ".join(f"`{name}`" for name in self.known)

    @property
    def replacement(self) -> str | None:
        return nearest(self.key, self.known) if self.advice is None else None

    @property
    def is_certain(self) -> bool:
        return is_spelling(self.key, self.known)


class MisplacedKey(Problem):
    """A key that has its place elsewhere."""

    key: str
    where: str
    advice: str
    code: ClassVar[str] = "E0113"

    @property
    def message(self) -> str:
        return f"`{self.key}` cannot stand {self.where}"

    @property
    def help(self) -> str:
        return self.advice


class MissingKey(Problem):
    """A network without a name, or without layers."""

    key: str
    owner: str
    example: str
    code: ClassVar[str] = "E0114"

    @property
    def message(self) -> str:
        return f"{self.owner} has no `{self.key}`"

    @property
    def help(self) -> str:
        return f"write `{self.example}`"


class WrongType(Problem):
    """A list where a mapping belongs, a mapping where a value belongs, ..."""

    subject: str
    wanted: str
    found: str
    advice: str | None = None
    code: ClassVar[str] = "E0115"

    @property
    def message(self) -> str:
        return f"{self.subject} is {self.wanted}, not {self.found}"

    @property
    def help(self) -> str | None:
        return self.advice


class MissingValue(Problem):
    """`kernel:` with nothing behind it."""

    key: str
    code: ClassVar[str] = "E0115"

    @property
    def message(self) -> str:
        return f"`{shown(self.key)}` has no value"

    @property
    def help(self) -> str:
        return "write the value after the colon; `none` stands for no value"


class TwoLayers(Problem):
    """Two words that each are a statement, in one mapping."""

    first: str
    second: str
    first_is_empty: bool
    code: ClassVar[str] = "E0116"

    @property
    def message(self) -> str:
        return f"one statement holds both `{shown(self.first)}` and `{shown(self.second)}`"

    @property
    def help(self) -> str:
        first, second = shown(self.first), shown(self.second)
        if self.first_is_empty:
            return f"if `{second}` belongs to `{first}`, indent it further; otherwise begin a new statement with `- `"
        return f"begin a new statement with `- `; arguments stand together: `- {first}: {{{second}: ...}}`"


class TwoDefinitions(Problem):
    """`network` and `block` in one mapping, which has only one `params` and one `layers`."""

    code: ClassVar[str] = "E0116"

    @property
    def message(self) -> str:
        return "one mapping holds both a `network` and a `block`"

    @property
    def help(self) -> str:
        return "put the block into a list beside the network: `blocks: [{block: Name, layers: [...]}]`"


class NoLayer(Problem):
    """A statement without a word: nothing, or only a label."""

    found: str
    code: ClassVar[str] = "E0116"

    @property
    def message(self) -> str:
        return f"this statement names no layer, it holds only {self.found}"

    @property
    def help(self) -> str:
        return "a statement is a word, `- relu`, or a mapping, `- conv: {out_channels: 64, kernel: 3}`"


class SeveralKinds(Problem):
    """`optimizer: {sgd: 0.1, momentum: 0.9}`."""

    setting: str
    kinds: tuple[str, ...]
    code: ClassVar[str] = "E0116"

    @property
    def message(self) -> str:
        kinds = ", ".join(f"`{shown(kind)}`" for kind in self.kinds[:5])
        return f"`{shown(self.setting)}` takes one kind, and here stand {len(self.kinds)}: {kinds}"

    @property
    def help(self) -> str:
        kind, argument = map(shown, self.kinds[:2])
        return f"arguments belong to the kind: `{shown(self.setting)}: {{{kind}: {{{argument}: ...}}}}`"


class NotAName(Problem):
    """Text that cannot be a name where one belongs."""

    text: str
    what: str
    advice: str | None = None
    code: ClassVar[str] = "E0117"

    @property
    def message(self) -> str:
        return f"`{shown(self.text)}` is not {self.what}" if self.text else f"nothing stands where {self.what} belongs"

    @property
    def help(self) -> str | None:
        return self.advice


class KeyIsNotAWord(Problem):
    """A list or a mapping as a key."""

    found: str
    code: ClassVar[str] = "E0117"

    @property
    def message(self) -> str:
        return f"a key is a word, not {self.found}"

    @property
    def help(self) -> str:
        return "put text that begins with `[` or `{` in quotation marks"


class LeadingZero(Problem):
    """`010`, which is 8 for one YAML reader and 10 for the next."""

    text: str
    code: ClassVar[str] = "E0118"

    @property
    def message(self) -> str:
        return f"`{shown(self.text)}` has a leading zero, which some YAML readers take to mean octal"

    @property
    def replacement(self) -> str:
        sign = self.text[0] if self.text[0] in "+-" else ""
        return sign + (self.text.lstrip("+-0_") or "0")

    @property
    def help(self) -> str:
        return "write the number without it"


class SplitByComma(Problem):
    """`{kernel: (3, 5)}`: inside braces YAML ends a value at the comma."""

    code: ClassVar[str] = "E0118"

    @property
    def message(self) -> str:
        return "inside `{ }` and `[ ]` YAML ends a value at the comma, even between parentheses"

    @property
    def help(self) -> str:
        return 'put the value in quotation marks, `"(3, 5)"`, or write `3x5` or `[3, 5]`'


class CommentInValue(Problem):
    """`#` inside a value."""

    code: ClassVar[str] = "E0118"

    @property
    def message(self) -> str:
        return "`#` means nothing inside a value"

    @property
    def help(self) -> str:
        return "a comment in YAML begins with a blank and `#`, outside quotation marks; JSON has no comments"
