"""Python source laid out as `ruff format` leaves it with its default width. Assumes that the items are written in its style.

Three forms, the first that fits: on one line; the arguments of a call on a line of their own; one item per line. A comment
behind an item belongs to the width, as it does for ruff.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

WIDTH = 88
INDENT = "    "


@dataclass(frozen=True)
class Brackets:
    """`nn.Conv2d(...)`, `[...]`: something that can be spread over lines. `spread` means that it always is."""

    opening: str
    items: tuple[Item, ...]
    closing: str
    spread: bool = False

    @property
    def is_call(self) -> bool:
        return len(self.opening) > 1

    @cached_property
    def flat(self) -> str | None:
        """Returns the text on one line, None where it must be spread."""
        texts = [item.flat for item in self.items]
        if self.spread or None in texts:
            return None
        return f"{self.opening}{', '.join(text for text in texts if text is not None)}{self.closing}"


@dataclass(frozen=True)
class Item:
    """One item between brackets, or one statement: what stands before it, such as `bias=`, and the comment behind it."""

    value: str | Brackets
    before: str = ""
    comment: str = ""

    @cached_property
    def flat(self) -> str | None:
        """Returns the item on one line without its comment, None where it must be spread."""
        text = self.value if isinstance(self.value, str) else self.value.flat
        return None if text is None else f"{self.before}{text}"


def lay_out(item: Item, indent: str = "", end: str = "") -> list[str]:
    """Returns the lines of an item or statement at a depth of indentation; `end` follows its last character."""
    behind = f"{end}  # {item.comment}" if item.comment else end
    flat = item.flat
    if flat is not None and len(indent) + len(flat) + len(behind) <= WIDTH:
        return [f"{indent}{flat}{behind}"]
    if _is_assigned_in_brackets(item, indent):
        return [f"{indent}{item.before}(", *lay_out(Item(item.value), indent + INDENT), f"{indent}){end}"]
    if isinstance(item.value, str) or not item.value.items:
        return [_marked(f"{indent}{item.before}{item.value if isinstance(item.value, str) else item.value.flat}{end}")]
    opening, closing = f"{indent}{item.before}{item.value.opening}", f"{indent}{item.value.closing}{behind}"
    return [_marked(opening), *_inside(item.value, indent + INDENT), closing]


def _is_assigned_in_brackets(item: Item, indent: str) -> bool:
    """Returns whether an assigned value gets brackets of its own, since it cannot begin on the line of a long name."""
    begins = item.value if isinstance(item.value, str) else item.value.opening if item.value.items else item.value.flat or ""
    line = f"{indent}{item.before}"
    return item.before.endswith(" = ") and len(line + begins) > WIDTH >= max(len(line) + 1, len(indent + INDENT + begins))


def _marked(line: str) -> str:
    """Returns a line with a word to ruff where a long name leaves no way to keep it within the width."""
    return line if len(line) <= WIDTH else f"{line}  # noqa: E501"


def _inside(brackets: Brackets, indent: str) -> list[str]:
    if brackets.is_call and brackets.flat is not None:
        arguments = brackets.flat[len(brackets.opening) : -len(brackets.closing)]
        if len(indent) + len(arguments) <= WIDTH:
            return [f"{indent}{arguments}"]
    end = "" if brackets.is_call and _is_one_in_brackets(brackets.items) else ","
    return [line for item in brackets.items for line in lay_out(item, indent, end)]


def _is_one_in_brackets(items: Sequence[Item]) -> bool:
    """Returns whether a call has one argument that is spread itself, behind which a comma would be odd."""
    return len(items) == 1 and isinstance(items[0].value, Brackets) and not items[0].comment
