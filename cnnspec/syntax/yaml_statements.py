"""The lists of statements behind `layers:`, `then:` and their like: one item for each statement.

A word alone is a layer without arguments; a list is a group; a mapping holds one word, and beside it `label`, `expect`
and what the word asks for. The order of these keys means nothing. A label may be any word: it is never a key.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from cnnspec.diagnostics.diagnostic import Label
from cnnspec.diagnostics.nearest import nearest
from cnnspec.source import Span
from cnnspec.syntax import tree
from cnnspec.syntax.depth import MAX_NESTING
from cnnspec.syntax.problems import NestedTooDeep
from cnnspec.syntax.yaml_builder import Mistakes
from cnnspec.syntax.yaml_calls import Calls
from cnnspec.syntax.yaml_constructs import Construct, Constructs
from cnnspec.syntax.yaml_keys import with_meant
from cnnspec.syntax.yaml_labels import Labels
from cnnspec.syntax.yaml_nodes import Entry, Listing, Mapping, Node, Scalar, Unreadable, kind
from cnnspec.syntax.yaml_problems import MisplacedKey, NoLayer, TwoLayers, UnknownKey, WrongType
from cnnspec.syntax.yaml_words import COMPANIONS, EXAMPLES, MODIFIERS, RESERVED


class Statements:
    """Reads the body of a network or block; a statement with a mistake is `Broken`."""

    def __init__(self, mistakes: Mistakes) -> None:
        self.mistakes = mistakes
        self.calls = Calls(mistakes)
        self.labels = Labels(mistakes)
        self.constructs = Constructs(mistakes, self.calls, self.body)
        self.depth = 0

    def body(self, entry: Entry) -> tree.Body:
        """Returns the statements behind a key such as `layers`."""
        node, place = entry.value, entry.key.place
        if isinstance(node, Listing):
            return self.items(node)
        if not isinstance(node, Unreadable):
            at = place if kind(node) == "nothing" else node.span
            advice = f"begin each statement with `- `, or write `{entry.key.text}: []`"
            self.mistakes.report(WrongType(f"`{entry.key.text}`", "a list of statements", kind(node), advice), at)
        return (tree.Broken(None, place),)

    def items(self, node: Listing) -> tree.Body:
        """Returns the statements of a list."""
        if self.depth >= MAX_NESTING:
            self.mistakes.report(NestedTooDeep(MAX_NESTING), Span(node.span.source, node.span.start, node.span.start + 1))
            return (tree.Broken(None, node.span),)
        self.depth += 1
        found: list[tree.Statement] = []
        for item in node.items:
            found += self.statement(item)
        if not node.complete:
            found.append(tree.Broken(None, node.span))
        self.depth -= 1
        return tuple(found)

    def statement(self, node: Node) -> Sequence[tree.Statement]:
        """Returns what one item of a list says: one statement, or several with `let` and `input`."""
        if isinstance(node, Scalar):
            if node.is_null:
                self.mistakes.report(NoLayer("nothing"), node.span)
                return [tree.Broken(None, node.span)]
            word = self.word(node)
            return [tree.Broken(None, node.span) if word is None else tree.Call(None, word, (), None, node.place)]
        if isinstance(node, Listing):
            return [tree.Group(None, self.items(node), None, node.span)]
        if isinstance(node, Mapping):
            return self.mapping(node)
        return [tree.Broken(None, node.span)]

    def mapping(self, node: Mapping) -> Sequence[tree.Statement]:
        """Returns the statement of a mapping: one word, and what stands beside it."""
        modifiers = {entry.key.text: entry for entry in node.entries if entry.key.text in MODIFIERS}
        others = [entry for entry in node.entries if entry.key.text not in MODIFIERS]
        label = self.labels.behind(modifiers["label"]) if "label" in modifiers else None
        broken = tree.Broken(label if isinstance(label, tree.Name) else None, node.span)
        if not others:
            if node.complete:
                self.mistakes.report(NoLayer(" and ".join(f"`{key}`" for key in modifiers) or "nothing"), node.span)
            return [broken]
        main = _main(others)
        companions = COMPANIONS.get(main.key.text, ())
        is_sound = self.is_alone(main, [entry for entry in others if entry is not main and entry.key.text not in companions])
        known = with_meant({entry.key.text: entry for entry in others if entry is not main}, (*companions, *MODIFIERS))
        beside = {key: known[key] for key in companions if key in known}
        is_sound = is_sound and ("label" not in modifiers or label is not None)
        if main.key.text == "let":
            return self.lets(main, modifiers)
        if main.key.text == "input":
            return self.inputs(main, label, modifiers)
        statement = self.one(main, Construct(main, beside, modifiers, label, node.span, node.complete))
        return [broken if statement is None or not is_sound else statement]

    def is_alone(self, main: Entry, others: list[Entry]) -> bool:
        """Reports what cannot stand beside a word; returns whether there is nothing."""
        if not others:
            return True
        word, other = main.key.text, others[0].key
        first = [Label(main.key.place, "the statement begins here")]
        companions = COMPANIONS.get(word, ())
        beside = (*companions, *MODIFIERS, *(COMPANIONS if word == "layers" else ()))  # `layers` may be what `repaet` repeats
        if companions or nearest(other.text, beside) is not None:
            problem = UnknownKey(other.text, f"beside `{word}`", beside)
            self.mistakes.report(problem, other.place, first)
        else:
            is_empty = isinstance(main.value, Scalar) and main.value.is_null
            self.mistakes.report(TwoLayers(word, other.text, is_empty), other.place, first)
        return False

    def one(self, main: Entry, construct: Construct) -> tree.Statement | None:
        """Returns the statement of one word."""
        if main.key.text == "layers":
            return self.group(construct)
        if main.key.text in COMPANIONS and main.key.text != "call":
            return self.constructs.read(construct)
        called = self.called(main) if main.key.text == "call" else main
        return None if called is None else self.call(called, construct)

    def called(self, main: Entry) -> Entry | None:
        """Returns the entry behind `call`, which may be any word: `call: layers`, `call: {layers: 3}`."""
        node = main.value
        if isinstance(node, Scalar) and not node.is_null:
            return Entry(node, Scalar("", False, Span(node.span.source, node.span.end, node.span.end), None))
        if isinstance(node, Mapping) and len(node.entries) == 1 and node.complete:
            return node.entries[0]
        if isinstance(node, Mapping) and len(node.entries) > 1:
            first, second = (entry.key for entry in node.entries[:2])
            self.mistakes.report(TwoLayers(first.text, second.text, False), second.place)
        elif not isinstance(node, Unreadable):
            advice = "write `- call: name`, or `- call: {name: arguments}`"
            found = "an empty mapping" if isinstance(node, Mapping) else kind(node)
            place = main.key.place if found == "nothing" else node.span
            self.mistakes.report(WrongType("`call`", "the name of what is called", found, advice), place)
        return None

    def call(self, called: Entry, construct: Construct) -> tree.Call | None:
        is_escaped = called is not construct.main
        word = self.calls.name(called.key, "the name of a layer") if is_escaped else self.word(called.key)
        arguments, among = self.calls.arguments(called.value, called.key.text)
        beside = construct.modifiers.get("expect")
        if beside is not None and among is not None:
            first = Label(beside.key.place, "the other one")
            advice = "leave one of the two out"
            self.mistakes.report(MisplacedKey("expect", "both beside the word and inside it", advice), among.key.place, [first])
            return None
        written = beside or among
        expect = self.calls.expectation(written) if written is not None else None
        if word is None or arguments is None or (written is not None and expect is None):
            return None
        return tree.Call(construct.label, word, tuple(arguments), expect, construct.span)

    def group(self, construct: Construct) -> tree.Group | None:
        expect, is_sound = self.constructs.expectation(construct)
        body = self.body(construct.main)
        is_sound = is_sound and isinstance(construct.main.value, Listing)
        return tree.Group(construct.label, body, expect, construct.span) if is_sound else None

    def lets(self, main: Entry, modifiers: dict[str, Entry]) -> Sequence[tree.Statement]:
        for key, entry in modifiers.items():
            self.mistakes.report(MisplacedKey(key, "beside `let`", "a constant has only a name"), entry.key.place)
        return self.calls.lets(main.value, main.span)

    def inputs(self, main: Entry, label: tree.Label | None, modifiers: dict[str, Entry]) -> Sequence[tree.Statement]:
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
            name = self.labels.label(entry.key)
            shape = self.input(entry, name, entry.span)
            found.append(tree.Broken(None, entry.span) if name is None else shape)
        return found or [tree.Broken(None, main.span)]

    def input(self, entry: Entry, label: tree.Label | None, span: Span) -> tree.Input | tree.Broken:
        if isinstance(entry.value, Listing) and entry.value.items:
            arguments = self.calls.positional(entry.value, f"`{entry.key.text}`", setting=False)
        else:
            sizes, _ = self.calls.sizes(entry)
            arguments = None if sizes is None else [tree.Argument(None, size, size.span) for size in sizes]
        if arguments is None:
            return tree.Broken(label if isinstance(label, tree.Name) else None, span)
        return tree.Input(label, tuple(arguments), span)

    def word(self, scalar: Scalar) -> tree.Name | None:
        """Returns the word that a statement begins with: the name of a layer, or of something else that can be called."""
        if scalar.text in RESERVED:
            self.mistakes.report(_misplaced(scalar.text), scalar.place)
            return None
        return self.calls.name(scalar, "the name of a layer", _advice(scalar.text))


def _main(entries: list[Entry]) -> Entry:
    """Returns the entry whose key says what the statement is."""
    if len(entries) == 1:
        return entries[0]
    words = [entry for entry in entries if entry.key.text in COMPANIONS]
    other_than_layers = [entry for entry in words if entry.key.text != "layers"]
    layers = [entry for entry in entries if nearest(entry.key.text, MODIFIERS) is None]  # `lable` is none
    return (other_than_layers or words or layers or entries)[0]


def _misplaced(word: str) -> MisplacedKey:
    """Returns what is wrong with a reserved word where a layer is named."""
    if word in COMPANIONS:
        return MisplacedKey(word, "as a statement without a value", f"write `{EXAMPLES[word]}`")
    called = f"; if a parameter has this name: `- call: {word}`"
    if word in EXAMPLES:
        return MisplacedKey(word, "on its own", f"write `{EXAMPLES[word]}`{called}")
    return MisplacedKey(word, "among layers", f"it stands at the top of the file{called}")


def _advice(text: str) -> str | None:
    """Returns what to write instead of a statement in the other notation, such as `conv 64, kernel=3`."""
    word = re.match(r"[^\W\d]\w*", text)
    if word is None:
        return None
    if "=" in text and word[0] not in EXAMPLES:
        return f"arguments are a mapping: `- {word[0]}: {{out_channels: 64, kernel: 3}}`"
    return f"write `{EXAMPLES[word[0]]}`" if word[0] in EXAMPLES else f"arguments follow a colon: `- {word[0]}: 64`"
