"""Where to go on after a mistake of notation. Works on parts of the parser's state and on the text."""

from __future__ import annotations

import re
from typing import Any

from cnnspec.source import Source
from cnnspec.syntax.lexer import CLOSERS, Token
from cnnspec.syntax.tree import Name

MAX_LOOKAHEAD = 2000  # characters: a file of nothing but mistakes still takes linear time

_BRACKET = re.compile(r'(?P<opener>[(\[])|(?P<closer>[)\]])|(?P<brace>[{}])|"(?:[^"\\\n]|\\.)*"|\#[^\n]*')


def brackets_close(source: Source, position: int, brackets: list[Token]) -> bool:
    """Returns whether the open brackets have their partners behind `position`, before any brace."""
    missing = [CLOSERS[bracket.value] for bracket in brackets]
    if not missing:
        return True
    for match in _BRACKET.finditer(source.text, position, position + MAX_LOOKAHEAD):
        if match["brace"]:
            return False
        if match["opener"]:
            missing.append(CLOSERS[match["opener"]])
        elif match["closer"] and missing.pop() != match["closer"]:
            return False
        if not missing:
            return True
    return False


def introduced(parts: list[Any]) -> Name | None:
    """Returns the label or constant that a statement, of which only these first parts could be read, would have introduced."""
    if not parts or not isinstance(parts[0], Token):
        return None
    if parts[0].type == "LABEL":
        return Name(parts[0].value, parts[0].span)
    if parts[0].type == "LET" and len(parts) > 1:
        return Name(parts[1].value, parts[1].span)
    return None
