"""Events to nodes: what both readers, of YAML and of JSON, have in common.

The limits are kept here, and what can go wrong in any mapping: keys that are no words, keys that stand twice.
"""

from __future__ import annotations

from collections.abc import Iterable

from cnnspec.diagnostics.diagnostic import Diagnostic, Label, diagnose
from cnnspec.diagnostics.problem import Problem
from cnnspec.source import Source, Span
from cnnspec.syntax.depth import MAX_NESTING
from cnnspec.syntax.problems import NestedTooDeep, TooLarge
from cnnspec.syntax.yaml_nodes import Entry, Listing, Mapping, Node, Scalar, Unreadable, kind
from cnnspec.syntax.yaml_problems import BrokenYaml, DuplicateKey, KeyIsNotAWord, MergeKeyUsed, SplitByComma

MAX_DEPTH = 4 * MAX_NESTING + 20  # a merge takes three levels, its two mappings and its list; so does a chain of choices
MAX_NODES = 1_000_000
MAX_PARTS = 100  # of a value that YAML took apart at its commas


class Abandoned(Exception):
    """The text goes beyond a limit; that is already reported and nothing more is read."""


class Mistakes:
    """The diagnostics of one file, in the order in which they are found."""

    def __init__(self) -> None:
        self.diagnostics: list[Diagnostic] = []

    def report(self, problem: Problem, span: Span, labels: Iterable[Label] = ()) -> None:
        self.diagnostics.append(diagnose(problem, span, labels=labels))


class _Open:
    """A collection that is not yet closed; the children of a mapping are its keys and values in turn."""

    __slots__ = ("children", "flow", "is_mapping", "start")

    def __init__(self, is_mapping: bool, flow: bool, start: int) -> None:
        self.is_mapping = is_mapping
        self.flow = flow
        self.start = start
        self.children: list[Node] = []


class Builder:
    """Puts scalars and collections together in the order in which a reader meets them."""

    def __init__(self, source: Source, mistakes: Mistakes) -> None:
        self.source = source
        self.mistakes = mistakes
        self.root: Node | None = None
        self.open: list[_Open] = []
        self.nodes = 0

    def scalar(self, text: str, span: Span, *, quoted: bool) -> None:
        written = self.source.text[span.start : span.end]
        inner = None
        if not quoted:
            inner = span if written == text else None
        elif written[1:-1] == text and written[0] in "\"'":
            inner = Span(self.source, span.start + 1, span.end - 1)
        if inner is None and any("\ud800" <= c <= "\udfff" for c in text):
            fact = "an escape in this text is half of a surrogate pair"
            self.mistakes.report(BrokenYaml(fact, advice=r"write both halves, `\ud83d\ude00`, or the character itself"), span)
            self.put(Unreadable(span))
            return
        self.put(Scalar(text, quoted, span, inner))

    def put(self, node: Node) -> None:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            self.mistakes.report(TooLarge("values", MAX_NODES), node.span)
            raise Abandoned
        if self.open:
            self.open[-1].children.append(node)
        else:
            self.root = node

    def enter(self, span: Span, *, is_mapping: bool, flow: bool) -> None:
        if len(self.open) >= MAX_DEPTH:
            self.mistakes.report(NestedTooDeep(MAX_DEPTH), Span(self.source, span.start, span.start + 1))
            raise Abandoned
        self.open.append(_Open(is_mapping, flow, span.start))

    def leave(self, end: int | None, *, complete: bool = True) -> None:
        """Closes the innermost collection; without an `end` of its own it ends with its last child."""
        closed = self.open.pop()
        if closed.flow:
            self.rejoin(closed)
        children = closed.children
        if end is None:
            end = max(children[-1].span.end, closed.start) if children else closed.start
        span = Span(self.source, closed.start, end)
        if closed.is_mapping:
            readable, entries = self.entries(children)
            self.put(Mapping(entries, span, complete and readable))
        else:
            self.put(Listing(tuple(children), span, complete))

    def break_off(self) -> None:
        """Closes everything that is still open, at a place where the text cannot be read further."""
        while self.open:
            innermost = self.open[-1]
            if innermost.is_mapping and len(innermost.children) % 2:
                innermost.children.append(Unreadable(innermost.children[-1].span))
            self.leave(None, complete=False)

    def entries(self, children: list[Node]) -> tuple[bool, tuple[Entry, ...]]:
        """Returns whether all keys are words, and the entries for those that are, each key once."""
        found: dict[str, Entry] = {}
        readable = True
        for key, value in zip(children[::2], children[1::2], strict=True):
            if not isinstance(key, Scalar):
                readable = False
                if not isinstance(key, Unreadable):
                    self.mistakes.report(KeyIsNotAWord(kind(key)), key.span)
            elif key.text == "<<" and not key.quoted:
                readable = False
                self.mistakes.report(MergeKeyUsed(), key.span)
            elif key.text in found:
                first = found[key.text].key.place
                self.mistakes.report(DuplicateKey(key.text), key.place, [Label(first, "first here")])
            else:
                found[key.text] = Entry(key, value)
        return readable, tuple(found.values())

    def rejoin(self, closed: _Open) -> None:
        """Makes one `Unreadable` of each value such as `(3, 5)` that YAML took apart at its commas; reports the first."""
        children, whole = closed.children, list[Node]()
        at = 0
        while at < len(children):
            end = at if closed.is_mapping and at % 2 == 0 else _closing(children, at)
            if end == at:
                whole.append(children[at])
            else:
                parts = Unreadable(children[at].span.to(children[end].span))
                if not any(isinstance(child, Unreadable) for child in whole):
                    self.mistakes.report(SplitByComma(), parts.span)
                whole.append(parts)
                if closed.is_mapping and end % 2 == 0:
                    end += 1  # YAML takes `5)` for a key; its value is empty
            at = end + 1
        closed.children = whole


def _closing(children: list[Node], at: int) -> int:
    """Returns where the parentheses that child `at` leaves open are closed; `at` itself if it opens none, or for good."""
    depth = _parentheses(children[at])
    if depth > 0:
        for end in range(at + 1, min(at + MAX_PARTS, len(children))):
            depth += _parentheses(children[end])
            if depth == 0:
                return end
    return at


def _parentheses(node: Node) -> int:
    if isinstance(node, Scalar) and not node.quoted:
        return node.text.count("(") - node.text.count(")")
    return 0
