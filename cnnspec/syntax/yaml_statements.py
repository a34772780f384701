"""The list behind `layers:`: one item for each statement.

A word alone is a layer without arguments; a list is a group; a mapping holds one word with its arguments, and beside it
`label` and `expect`. So a label may be any word: it is never a key.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from cnnspec.diagnostics.diagnostic import Label
from cnnspec.source import Span
from cnnspec.syntax import tree
from cnnspec.syntax.depth import MAX_NESTING
from cnnspec.syntax.lexer import STRUCTURE_WORDS
from cnnspec.syntax.problems import NestedTooDeep
from cnnspec.syntax.yaml_builder import Mistakes
from cnnspec.syntax.yaml_calls import Calls
from cnnspec.syntax.yaml_nodes import Entry, Listing, Mapping, Node, Scalar, Unreadable, kind
from cnnspec.syntax.yaml_problems import MisplacedKey, NoLayer, NotAName, TwoLayers, WrongType

MODIFIERS = ("label", "expect")
_LABEL = re.compile(r"[A-Za-z0-9_][\w-]*")


class Statements:
    """Reads the body of a network; a statement with a mistake is `Broken`."""

    def __init__(self, mistakes: Mistakes) -> None:
        self.mistakes = mistakes
        self.calls = Calls(mistakes)
        self.depth = 0

    def body(self, node: Node, place: Span) -> list[tree.Statement]:
        """Returns the statements of a list; `place` is the key or the list itself."""
        if not isinstance(node, (Listing, Unreadable)):
            at = place if kind(node) == "nothing" else node.span
            advice = "begin each statement with `- `, or write `layers: []`"
            self.mistakes.report(WrongType("`layers`", "a list of statements", kind(node), advice), at)
        elif self.depth >= MAX_NESTING:
            self.mistakes.report(NestedTooDeep(MAX_NESTING), Span(place.source, node.span.start, node.span.start + 1))
        if not isinstance(node, Listing) or self.depth >= MAX_NESTING:
            return [tree.Broken(None, place)]
        self.depth += 1
        found: list[tree.Statement] = []
        for item in node.items:
            found += self.statement(item)
        if not node.complete:
            found.append(tree.Broken(None, node.span))
        self.depth -= 1
        return found

    def statement(self, node: Node) -> Sequence[tree.Statement]:
        """Returns what one item of the list says: one statement, or several with `let` and `input`."""
        if isinstance(node, Scalar):
            if node.is_null:
                self.mistakes.report(NoLayer("nothing"), node.span)
                return [tree.Broken(None, node.span)]
            word = self.word(node)
            return [tree.Broken(None, node.span) if word is None else tree.Call(None, word, (), None, node.place)]
        if isinstance(node, Listing):
            return [tree.Group(None, tuple(self.body(node, node.span)), None, node.span)]
        if isinstance(node, Mapping):
            return self.mapping(node)
        return [tree.Broken(None, node.span)]

    def mapping(self, node: Mapping) -> Sequence[tree.Statement]:
        """Returns the statement of a mapping: one word, and beside it `label` and `expect`."""
        words = [entry for entry in node.entries if entry.key.text not in MODIFIERS]
        modifiers = {entry.key.text: entry for entry in node.entries if entry.key.text in MODIFIERS}
        label = self.label(modifiers["label"]) if "label" in modifiers else None
        broken = tree.Broken(label, node.span)
        if not words:
            if node.complete:
                self.mistakes.report(NoLayer(" and ".join(f"`{key}`" for key in modifiers) or "nothing"), node.span)
            return [broken]
        main = words[0]
        if len(words) > 1:
            is_empty = isinstance(main.value, Scalar) and main.value.is_null
            first = Label(main.key.place, "the statement begins here")
            self.mistakes.report(TwoLayers(main.key.text, words[1].key.text, is_empty), words[1].key.place, [first])
        if main.key.text == "let":
            return self.lets(main, modifiers)
        if main.key.text == "input":
            return self.inputs(main, label, modifiers)
        found: tree.Statement | None
        if main.key.text == "layers":
            found = self.group(main, label, modifiers.get("expect"), node.span)
        else:
            found = self.call(main, label, modifiers.get("expect"), node.span)
        is_sound = len(words) == 1 and ("label" not in modifiers or label is not None)
        return [broken if found is None or not is_sound else found]

    def call(self, main: Entry, label: tree.Name | None, beside: Entry | None, span: Span) -> tree.Call | None:
        word = self.word(main.key)
        arguments, among = self.calls.arguments(main.value, main.key.text)
        if beside is not None and among is not None:
            first = Label(beside.key.place, "the other one")
            advice = "leave one of the two out"
            self.mistakes.report(MisplacedKey("expect", "both beside the word and inside it", advice), among.key.place, [first])
            return None
        written = beside or among
        expect = self.calls.expectation(written) if written is not None else None
        if word is None or arguments is None or (written is not None and expect is None):
            return None
        return tree.Call(label, word, tuple(arguments), expect, span)

    def group(self, main: Entry, label: tree.Name | None, expected: Entry | None, span: Span) -> tree.Group | None:
        expect = self.calls.expectation(expected) if expected is not None else None
        statements = self.body(main.value, main.key.place)
        return tree.Group(label, tuple(statements), expect, span) if isinstance(main.value, Listing) else None

    def lets(self, main: Entry, modifiers: dict[str, Entry]) -> Sequence[tree.Statement]:
        for key, entry in modifiers.items():
            self.mistakes.report(MisplacedKey(key, "beside `let`", "a constant has only a name"), entry.key.place)
        return self.calls.lets(main.value, main.span)

    def inputs(self, main: Entry, label: tree.Name | None, modifiers: dict[str, Entry]) -> Sequence[tree.Statement]:
        """Returns the inputs of `input: 1x28x28`, or of `input: {left: 3x64x64, right: 3x64x64}`, one for each label."""
        if "expect" in modifiers:
            place = modifiers["expect"].key.place
            self.mistakes.report(MisplacedKey("expect", "beside `input`", "an input has the shape that it states"), place)
        if not isinstance(main.value, Mapping):
            return [self.input(main, label, main.span)]
        if "label" in modifiers:
            advice = "the keys of `input` are the labels"
            self.mistakes.report(MisplacedKey("label", "beside several inputs", advice), modifiers["label"].key.place)
        if not main.value.entries and main.value.complete:
            advice = "write `input: 3x32x32`"
            self.mistakes.report(WrongType("`input`", "a shape", "an empty mapping", advice), main.value.span)
        found: list[tree.Statement] = []
        for entry in main.value.entries:
            name = self.label_name(entry.key)
            shape = self.input(entry, name, entry.span)
            found.append(tree.Broken(None, entry.span) if name is None else shape)
        return found or [tree.Broken(None, main.span)]

    def input(self, entry: Entry, label: tree.Name | None, span: Span) -> tree.Input | tree.Broken:
        sizes, _ = self.calls.sizes(entry)
        if sizes is None:
            return tree.Broken(label, span)
        return tree.Input(label, tuple(tree.Argument(None, size, size.span) for size in sizes), span)

    def word(self, scalar: Scalar) -> tree.Name | None:
        """Returns the word that a statement begins with: the name of a layer, or of something else that can be called."""
        if scalar.text in STRUCTURE_WORDS or scalar.text in ("layers", *MODIFIERS):
            advice = _ADVICE.get(scalar.text, "it stands at the top of the file")
            where = "as a statement without a value" if scalar.text in _ADVICE else "among layers"
            self.mistakes.report(MisplacedKey(scalar.text, where, advice), scalar.place)
            return None
        return self.calls.name(scalar, "the name of a layer", _advice(scalar.text))

    def label(self, entry: Entry) -> tree.Name | None:
        """Returns the label that `label: conv1` gives."""
        if isinstance(entry.value, Scalar):
            return self.label_name(entry.value)
        if not isinstance(entry.value, Unreadable):
            advice = "write `label: conv1`"
            self.mistakes.report(WrongType("`label`", "a name", kind(entry.value), advice), entry.value.span)
        return None

    def label_name(self, scalar: Scalar) -> tree.Name | None:
        if _LABEL.fullmatch(scalar.text):
            return tree.Name(scalar.text, scalar.place)
        advice = "a label is made of letters, digits, `_` and `-`"
        self.mistakes.report(NotAName(scalar.text, "a label", advice), scalar.place)
        return None


_ADVICE = {
    "let": "write `- let: {width: 64}`",
    "input": "write `- input: 3x32x32`",
    "layers": "write `- layers: [...]`",
    "label": "write `- {label: conv1, conv: ...}`",
    "expect": "write `- {conv: ..., expect: 16x5x5}`",
}


def _advice(text: str) -> str | None:
    """Returns what to write instead of a statement in the other notation, such as `conv 64, kernel=3`."""
    word = re.match(r"[^\W\d]\w*", text)
    if word is None:
        return None
    if "=" in text:
        return f"arguments are a mapping: `- {word[0]}: {{out_channels: 64, kernel: 3}}`"
    return f"arguments follow a colon: `- {word[0]}: 64`"
