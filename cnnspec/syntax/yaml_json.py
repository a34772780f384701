"""JSON text to nodes.

Valid JSON is read here under every file name, because PyYAML's YAML is not quite a superset of it: tabs between values,
surrogate pairs and DEL are legal JSON. Knows RFC 8259 and nothing beyond: no comments, no trailing commas, no NaN.
"""

from __future__ import annotations

import json
import re

from cnnspec.diagnostics.diagnostic import Label
from cnnspec.source import Source, Span
from cnnspec.syntax.yaml_builder import Builder, Mistakes
from cnnspec.syntax.yaml_problems import BrokenJson, shown

_TOKEN = re.compile(
    r"""[ \t\n\r]*(?:
        (?P<STRING>"(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+")
      | (?P<PLAIN>-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?(?![\w.])|(?:true|false|null)(?!\w))
      | (?P<OPEN>[{\[]) | (?P<CLOSE>[}\]]) | (?P<COMMA>,) | (?P<COLON>:) | (?P<END>\Z)
    )""",
    re.VERBOSE,
)
_BLANKS = re.compile(r"[ \t\n\r]*")
_WORD = re.compile(r"[\w.+-]+")
_EXPECTED = {
    "value": "a value",
    "value or ]": "a value or `]`",
    "key": "a key in double quotes",
    "key or }": "a key in double quotes or `}`",
    "colon": "`:`",
    "comma": "`,` or the closing bracket",
    "end": "the end of the file",
}


def begins_like_json(source: Source) -> bool:
    """Returns whether the first character of a text could be that of a JSON document with something in it."""
    start = _BLANKS.match(source.text, _start(source))
    return start is not None and source.text[start.end() : start.end() + 1] in ("{", "[")


def read_json(source: Source, builder: Builder, mistakes: Mistakes) -> bool:
    """Feeds a JSON text to the builder; returns False at the first mistake of notation, which it reports."""
    text, match_token = source.text, _TOKEN.match
    position = _start(source)
    awaited = "value"
    while True:
        match = match_token(text, position)
        kind = None if match is None else match.lastgroup
        if match is None or kind is None:
            _report_unknown(source, position, awaited, builder, mistakes)
            break
        span = Span(source, *match.span(kind))
        position = match.end()
        if awaited.startswith(("value", "key")):
            is_key = awaited.startswith("key")
            if kind == "STRING" or (kind == "PLAIN" and not is_key):
                builder.scalar(_text(match[kind]), span, quoted=kind == "STRING")
                awaited = "colon" if is_key else _behind(builder)
                continue
            if kind == "OPEN" and not is_key:
                opens_mapping = match[kind] == "{"
                builder.enter(span, is_mapping=opens_mapping, flow=True)
                awaited = "key or }" if opens_mapping else "value or ]"
                continue
            if kind == "CLOSE" and awaited.endswith(match[kind]):
                builder.leave(span.end)
                awaited = _behind(builder)
                continue
        elif awaited == "colon" and kind == "COLON":
            awaited = "value"
            continue
        elif awaited == "comma" and kind == "COMMA":
            awaited = "key" if builder.open[-1].is_mapping else "value"
            continue
        elif awaited == "comma" and kind == "CLOSE" and (match[kind] == "}") == builder.open[-1].is_mapping:
            builder.leave(span.end)
            awaited = _behind(builder)
            continue
        elif awaited == "end" and kind == "END":
            return True
        _report_unexpected(source, kind, span, awaited, builder, mistakes)
        break
    builder.break_off()
    return False


def _start(source: Source) -> int:
    return 1 if source.text.startswith("\ufeff") else 0


def _behind(builder: Builder) -> str:
    return "comma" if builder.open else "end"


def _text(token: str) -> str:
    if token[0] != '"':
        return token
    return str(json.loads(token)) if "\\" in token else token[1:-1]


def _report_unexpected(source: Source, kind: str, span: Span, awaited: str, builder: Builder, mistakes: Mistakes) -> None:
    """Reports a token at a place where JSON has another one."""
    if kind == "END" and builder.open:
        start = builder.open[-1].start
        opener = source.text[start]
        mistakes.report(BrokenJson(f"`{opener}` is never closed", "opened here"), Span(source, start, start + 1))
        return
    fact = "the file ends where a value belongs" if kind == "END" else f"unexpected `{shown(span.text)}` in JSON"
    advice = None
    if kind == "CLOSE" and awaited in ("value", "key"):
        advice = "JSON has no comma before a closing bracket"
    elif kind == "PLAIN" and awaited.startswith("key"):
        advice = "keys stand in double quotes"
    labels = (
        [Label(Span(source, builder.open[-1].start, builder.open[-1].start + 1), "opened here")]
        if kind == "CLOSE" and builder.open
        else []
    )
    mistakes.report(BrokenJson(fact, f"expected {_EXPECTED[awaited]}", advice), span, labels)


def _report_unknown(source: Source, position: int, awaited: str, builder: Builder, mistakes: Mistakes) -> None:
    """Reports text that is no token of JSON."""
    blanks = _BLANKS.match(source.text, position)
    start = position if blanks is None else blanks.end()
    character = source.text[start]
    word = _WORD.match(source.text, start)
    span = Span(source, start, start + 1 if word is None else word.end())
    marked = f"expected {_EXPECTED[awaited]}"
    if character == '"':
        _report_string(source, start, mistakes)
    elif character in "/#":
        mistakes.report(
            BrokenJson("JSON has no comments", marked, "name the file `*.yaml`, where comments begin with `#`"), span
        )
    elif character == "'":
        mistakes.report(BrokenJson("JSON has no single quotes", marked, "write double quotes"), span)
    elif character.isdecimal() or character in "+-.":
        advice = "numbers are written `64`, `0.5`, `1e-6`; put other text in double quotes"
        mistakes.report(BrokenJson(f"`{shown(span.text)}` is not a number in JSON", marked, advice), span)
    else:
        quotes = "put text in double quotes; `true`, `false` and `null` go without"
        mistakes.report(
            BrokenJson(f"unexpected `{shown(span.text)}` in JSON", marked, quotes if word is not None else None), span
        )


def _report_string(source: Source, start: int, mistakes: Mistakes) -> None:
    """Reports why what begins with a double quote is no JSON string."""
    good = re.compile(r'"(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+').match(source.text, start)
    end = start + 1 if good is None else good.end()
    if end < len(source.text) and source.text[end] == "\\":
        advice = r"JSON has `\" \\ \/ \b \f \n \r \t` and `\u` with four hexadecimal digits; write `\\` for a backslash"
        mistakes.report(
            BrokenJson("unknown escape in a string", advice=advice), Span(source, end, min(end + 2, len(source.text)))
        )
    elif end < len(source.text) and source.text[end] not in "\r\n":
        fact = f"the character U+{ord(source.text[end]):04X} cannot stand in a JSON string"
        mistakes.report(BrokenJson(fact, advice=f"write it as `\\u{ord(source.text[end]):04x}`"), Span(source, end, end + 1))
    else:
        mistakes.report(
            BrokenJson("this string does not end on its line", advice='close it with `"`'), Span(source, start, end)
        )
