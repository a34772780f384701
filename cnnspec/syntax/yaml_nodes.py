"""What a YAML or JSON text holds before it means anything: scalars, mappings and lists, each with its place.

Both readers (`yaml_events`, `yaml_json`) build these, so everything behind them is shared. A text is kept as it was
written: what it stands for depends on where it stands, and is decided in `yaml_scalars`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from cnnspec.source import Span


@dataclass(frozen=True, slots=True)
class Scalar:
    """A word, number or text. `inner` is where its characters stand, None where escapes or line folds changed them."""

    text: str
    quoted: bool
    span: Span
    inner: Span | None

    @property
    def place(self) -> Span:
        """Returns the smallest span: the characters without their quotation marks."""
        return self.span if self.inner is None else self.inner

    @property
    def is_empty(self) -> bool:
        """Returns whether nothing was written."""
        return not self.quoted and not self.text

    @property
    def is_null(self) -> bool:
        """Returns whether this is YAML's null: nothing, `~` or `null` without quotation marks."""
        return not self.quoted and self.text in ("", "~", "null")


@dataclass(frozen=True, slots=True)
class Listing:
    """`[a, b]`, or lines that begin with `- `; not `complete` where the text broke off inside."""

    items: tuple[Node, ...]
    span: Span
    complete: bool = True


class Entry(NamedTuple):
    """`key: value` in a mapping."""

    key: Scalar
    value: Node

    @property
    def span(self) -> Span:
        return self.key.span.to(self.value.span) if self.value.span.end > self.key.span.end else self.key.span


@dataclass(frozen=True, slots=True)
class Mapping:
    """`{a: b}`, or lines with `key: value`; not `complete` where the text broke off inside, or a key was no word."""

    entries: tuple[Entry, ...]
    span: Span
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A place whose mistake is already reported; whoever meets it stays silent."""

    span: Span


Node: TypeAlias = Scalar | Listing | Mapping | Unreadable


def kind(node: Node) -> str:
    """Returns what a node is, in words for messages."""
    if isinstance(node, Mapping):
        return "a mapping"
    if isinstance(node, Listing):
        return "a list"
    if isinstance(node, Scalar) and node.is_null:
        return "nothing"
    return "text"
