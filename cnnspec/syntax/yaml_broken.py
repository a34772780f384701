"""What PyYAML says about text that is no YAML, in our words.

Its two loaders word the same mistake differently; a row of the table below names a part of either wording.
"""

from __future__ import annotations

import re

from cnnspec.diagnostics.diagnostic import Label
from cnnspec.source import Source, Span
from cnnspec.syntax.yaml_problems import BrokenYaml

_WORDS = (
    (
        r"mapping values are not allowed",
        "a second `:` cannot stand here",
        "one `key: value` per line, keys of one mapping indented alike; put text with a colon in quotation marks",
    ),
    (
        r"could not find expected ':'",
        "this line has no `:` after its key",
        "write `key: value`, or `- word` for a statement",
    ),
    (r"expected ',' or '}'", "expected `,` or `}` here", "close the mapping with `}`"),
    (r"expected ',' or '\]'", "expected `,` or `]` here", "close the list with `]`"),
    (
        r"expected '-' indicator|block collection",
        "expected `- ` here, as for the items before",
        "indent what belongs to an item",
    ),
    (
        r"did not find expected key|expected <block end>",
        "this does not belong to the mapping around it",
        "keys of one mapping are indented alike, items begin with `- `, nothing follows a closing quote or bracket",
    ),
    (
        r"sequence entries are not allowed",
        "a list cannot begin after `key:` on the same line",
        "begin the list on the next line, or write `[a, b]`",
    ),
    (r"expected (the )?node content", "expected a value here", "put text that begins with punctuation in quotation marks"),
    (
        r"unknown escape character",
        "unknown escape in double-quoted text",
        r"write `\\` for a backslash, or use single quotes",
    ),
    (r"hexa?decimal number", "this escape has too few hexadecimal digits", r"`\x` takes 2, `\u` takes 4, `\U` takes 8"),
    (
        r"invalid Unicode character escape",
        "this escape stands for no character",
        "write the character itself instead of an escape",
    ),
    (r"tab character", "a tab cannot indent YAML", "indent with blanks"),
    (r"found undefined tag handle|tag", "YAML tags are not read", "leave the tag out: a value is what it looks like"),
    (r"alphabetic or numeric character", "`&` and `*` cannot begin unquoted text", "put the text in quotation marks"),
    (r"incompatible YAML document|version number", "only YAML 1 is read", "leave the `%YAML` line out"),
    (r"directive", "this `%` line is not a YAML directive", "put text that begins with `%` in quotation marks"),
    (r"document start|document indicator", "nothing but a comment can stand here", "leave the `---` or `...` line out"),
    (
        r"chomping|comment or line break",
        "only `-`, `+` or a digit can follow `|` and `>`",
        "begin the text on the next line",
    ),
)
_CLOSERS = {"[": "]", "{": "}", '"': '"', "'": "'"}
_AS_CNN = re.compile(r"^\s*(?:network\s+\w+\s*[({]|train\s*\{|block\s+\w+\s*[({])", re.MULTILINE)
CNN_ADVICE = "this looks like the `.cnn` notation: name the file `*.cnn`"


def describe(source: Source, said: str, place: int, context: int | None) -> tuple[BrokenYaml, Span, list[Label]]:
    """Returns the problem, its span and its labels for PyYAML's words at offset `place`, in what began at `context`."""
    text = source.text
    at_end = not text[place:].strip()
    opener = text[context] if context is not None and context < len(text) else ""
    advice = CNN_ADVICE if looks_like_cnn(source) else None
    if context is not None and at_end and opener in _CLOSERS:
        missing = advice or f"write the missing `{_CLOSERS[opener]}`"
        unclosed = BrokenYaml(f"`{opener}` is never closed", "opened here", missing)
        return unclosed, Span(source, context, context + 1), []
    labels = []
    if context is not None and context != place and opener in _CLOSERS:
        labels.append(Label(Span(source, context, context + 1), "opened here"))
    span = Span(source, place, min(place + 1, len(text)))
    if context is not None and "could not find" in said:  # what should have been a key begins there
        span = Span(source, context, context + len(text[context:place].rstrip()))
    if "cannot start any token" in said:
        return BrokenYaml(*_character(text[place : place + 1], advice)), span, labels
    for pattern, fact, usual in _WORDS:
        if re.search(pattern, said):
            return BrokenYaml(fact, advice=advice or usual), span, labels
    return BrokenYaml(f"this is not YAML: {said}", advice=advice), span, labels


def looks_like_cnn(source: Source) -> bool:
    """Returns whether a text that should be YAML is written in the other notation."""
    return _AS_CNN.search(source.text) is not None


def _character(found: str, advice: str | None) -> tuple[str, str, str | None]:
    if found == "\t":
        return "a tab cannot indent YAML", "", advice or "indent with blanks"
    return f"`{found}` cannot begin a value in YAML", "", advice or "put the text in quotation marks"
