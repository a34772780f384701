"""Characters as a terminal shows them.

Text from a file is never printed raw: what a terminal would obey (control characters), reorder (bidirectional ones) or
hide (zero-width ones) is shown as an escape such as `\\u{202e}`. Widths are counted in cells, the squares of a terminal.
"""

from __future__ import annotations

from typing import NamedTuple

TAB = "    "  # a fixed width: tab stops would depend on the column, and the gutter moves the column

# Printable as Unicode sees it, yet nothing appears: joiners, fillers, variation selectors.
_HIDDEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0").union(
    map(chr, (*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)))
)


class Cells(NamedTuple):
    """A text laid out. `cells` are the squares: a wide character fills its first and leaves the second empty.

    Character `i` takes `cells[starts[i]:ends[i]]`; a combining one shares the squares of its base. `starts` has one more
    entry, for the place behind the last character.
    """

    cells: list[str]
    starts: list[int] | range
    ends: list[int] | range


def visible(text: str, *, unicode: bool = True) -> str:
    """Returns `text` with everything that a terminal would not simply show as an escape; without `unicode`, all but ASCII."""
    if text.isprintable() and (text.isascii() or (unicode and _HIDDEN.isdisjoint(text))):
        return text
    return "".join(_shown(character, unicode) for character in text)


def cells(text: str, *, unicode: bool = True) -> Cells:
    """Returns the squares that a text fills: tabs expanded, escapes written out, wide and combining characters measured."""
    if text.isascii() and text.isprintable():
        return Cells(list(text), range(len(text) + 1), range(1, len(text) + 1))
    squares: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for character in text:
        shown = TAB if character == "\t" else _shown(character, unicode)
        width = _width(character) if shown == character else len(shown)
        if width == 0 and squares:
            starts.append(starts[-1])
            squares[starts[-1]] += shown
        else:
            if width == 0:  # a mark without a base would sit on the frame
                shown = _escape(character)
                width = len(shown)
            starts.append(len(squares))
            squares.extend((shown, "") if len(shown) < width else shown)
        ends.append(len(squares))
    starts.append(len(squares))
    return Cells(squares, starts, ends)


def width(text: str) -> int:
    """Returns the number of squares that a text fills when it is printed as it is."""
    return len(text) if text.isascii() else sum(map(_width, text))


def pad(text: str, size: int) -> str:
    """Returns the text with blanks behind it, up to so many squares."""
    return text + " " * (size - width(text))


def _shown(character: str, unicode: bool) -> str:
    if character.isprintable() and (character.isascii() or (unicode and character not in _HIDDEN)):
        return character
    return _escape(character)


def _escape(character: str) -> str:
    return f"\\u{{{ord(character):x}}}"


def _width(character: str) -> int:
    """Returns the number of squares that a printable character fills: 0, 1 or 2."""
    if character.isascii():
        return 1
    import unicodedata  # a megabyte of tables that plain files never need

    if unicodedata.category(character) in ("Mn", "Me") or "\u1160" <= character <= "\u11ff":  # Hangul vowels and finals
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
