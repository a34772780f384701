"""Statements that hold other statements or refer to labels: loops, choices, merges, outputs.

    - {repeat: 3, as: i, layers: [...]}             - {for: [t, c], in: ["(1, 16)", "(6, 24)"], layers: [...]}
    - {if: stride != 1, then: [...], else: [...]}   - {residual: [...], shortcut: [...]}
    - add: {branches: [...]}                        - concat: [in, "enc{4 - i}"]

A mapping behind `else` is a further `if`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cnnspec.source import Span
from cnnspec.syntax import tree
from cnnspec.syntax.yaml_builder import Mistakes
from cnnspec.syntax.yaml_calls import Calls
from cnnspec.syntax.yaml_nodes import Entry, Listing, Mapping, Node, Scalar, Unreadable, kind
from cnnspec.syntax.yaml_problems import MisplacedKey, MissingKey, UnknownKey, WrongType
from cnnspec.syntax.yaml_scalars import parts_between_commas
from cnnspec.syntax.yaml_words import EXAMPLES, MERGES, MODIFIERS


@dataclass(frozen=True, slots=True)
class Construct:
    """The mapping of one statement: its word with what stands behind it, and the keys beside it."""

    main: Entry
    beside: dict[str, Entry]
    modifiers: dict[str, Entry]
    label: tree.Label | None
    span: Span
    complete: bool

    @property
    def text(self) -> str:
        return self.main.key.text

    @property
    def word(self) -> tree.Name:
        return tree.Name(self.text, self.main.key.place)


class Constructs:
    """Reads one statement of this kind; `body` reads the statements behind a key. What has a mistake comes out as None."""

    def __init__(self, mistakes: Mistakes, calls: Calls, body: Callable[[Entry], tree.Body]) -> None:
        self.mistakes = mistakes
        self.calls = calls
        self.body = body
        self.readers: dict[str, Callable[[Construct, tree.Expectation | None], tree.Statement | None]] = {
            "repeat": self.repeat,
            "for": self.loop,
            "if": self.choice,
            "residual": self.residual,
            "from": self.origin,
            "reuse": self.reuse,
            **dict.fromkeys(MERGES, self.merge),
        }

    def read(self, construct: Construct) -> tree.Statement | None:
        """Returns the statement of a word of `COMPANIONS`."""
        if construct.text in ("output", "require"):
            return self.declaration(construct)
        expect, is_sound = self.expectation(construct)
        statement = self.readers[construct.text](construct, expect)
        return statement if is_sound else None

    def expectation(self, construct: Construct) -> tuple[tree.Expectation | None, bool]:
        """Returns the shape that is expected, if one is, and whether it could be read."""
        if "expect" not in construct.modifiers:
            return None, True
        expect = self.calls.expectation(construct.modifiers["expect"])
        return expect, expect is not None

    # loops and choices

    def repeat(self, construct: Construct, expect: tree.Expectation | None) -> tree.Repeat | None:
        count = self.calls.named_value(construct.main)
        counter, is_sound = self.counter(construct)
        body = self.required_body(construct, "layers")
        if count is None or body is None or not is_sound:
            return None
        return tree.Repeat(construct.label, construct.word, count, counter, body, expect, construct.span)

    def loop(self, construct: Construct, expect: tree.Expectation | None) -> tree.For | None:
        targets = self.targets(construct.main)
        items = self.calls.named_value(construct.beside["in"]) if "in" in construct.beside else None
        if "in" not in construct.beside and construct.complete:
            self.mistakes.report(MissingKey("in", "this `for`", 'in: "[64, 128]"'), construct.main.key.place)
        counter, is_sound = self.counter(construct)
        body = self.required_body(construct, "layers")
        if targets is None or items is None or body is None or not is_sound:
            return None
        return tree.For(construct.label, construct.word, targets, items, counter, body, expect, construct.span)

    def targets(self, entry: Entry) -> tuple[tree.Name, ...] | None:
        """Returns the names that each item of a loop is given: `c`, `t, c`, `[t, c]`."""
        node = entry.value
        parts: Sequence[Node] = node.items if isinstance(node, Listing) else (node,)
        if isinstance(node, Scalar) and not node.is_null:
            parts = parts_between_commas(node)
        elif isinstance(node, Listing) and not parts:
            problem = WrongType("`for`", "a name, or several", "an empty list", f"write `{EXAMPLES['for']}`")
            self.mistakes.report(problem, node.span)
        names = [self.name(part, entry.key, "a loop variable") for part in parts]
        sound = tuple(name for name in names if name is not None)
        is_complete = not isinstance(node, Listing) or node.complete
        return sound if sound and len(sound) == len(names) and is_complete else None

    def counter(self, construct: Construct) -> tuple[tree.Name | None, bool]:
        """Returns the name behind `as`, if there is one, and whether it could be read."""
        if "as" not in construct.beside:
            return None, True
        entry = construct.beside["as"]
        name = self.name(entry.value, entry.key, "a counter")
        return name, name is not None

    def choice(self, construct: Construct, expect: tree.Expectation | None) -> tree.If | None:
        """Returns an `if` with all that is nested behind `else`; without recursion, since there may be many."""
        condition, keys, complete = construct.main, construct.beside, construct.complete
        arms: list[tree.Arm | None] = []
        otherwise: tree.Body | None = None
        while True:
            value = self.calls.named_value(condition)
            then, last = keys.get("then"), keys.get("else")
            body = self.body(then) if then is not None else None
            if then is None and complete:
                self.mistakes.report(MissingKey("then", "this `if`", "then: [...]"), condition.key.place)
            span = condition.span if then is None else condition.span.to(then.span)
            arms.append(None if value is None or body is None else tree.Arm(value, body, span))
            if last is None:
                break
            if not isinstance(last.value, Mapping):
                otherwise = self.body(last)
                break
            keys, complete = self.chosen(last.value, "behind `else`", ("if", "then", "else")), last.value.complete
            if "if" not in keys:
                if complete:
                    advice = "a mapping there is a further `if`; begin each statement with `- `"
                    problem = WrongType("`else`", "a list of statements", "a mapping without `if`", advice)
                    self.mistakes.report(problem, last.value.span)
                return None
            condition = keys["if"]
        sound = tuple(arm for arm in arms if arm is not None)
        if len(sound) < len(arms):
            return None
        return tree.If(construct.label, construct.word, sound, otherwise, expect, construct.span)

    # branches

    def residual(self, construct: Construct, expect: tree.Expectation | None) -> tree.Residual:
        main = self.body(construct.main)
        shortcut = self.body(construct.beside["shortcut"]) if "shortcut" in construct.beside else None
        return tree.Residual(construct.label, construct.word, main, shortcut, expect, construct.span)

    def merge(self, construct: Construct, expect: tree.Expectation | None) -> tree.Merge | tree.Join | None:
        word, node = construct.text, construct.main.value
        if not isinstance(node, Mapping):
            operands, _ = self.calls.several(construct.main, "a label, a list of labels, or branches", EXAMPLES[word])
            if operands is None:
                return None
            return tree.Join(construct.label, construct.word, tuple(operands), expect, construct.span)
        keys = self.chosen(node, f"behind `{word}`", ("branches",))
        if "branches" not in keys:
            if node.complete and not node.entries:
                self.mistakes.report(MissingKey("branches", f"this `{word}`", "branches: [...]"), construct.main.key.place)
            return None
        branches = self.body(keys["branches"])
        return tree.Merge(construct.label, construct.word, branches, expect, construct.span)

    # references

    def origin(self, construct: Construct, expect: tree.Expectation | None) -> tree.From | None:
        value = self.calls.named_value(construct.main)
        return None if value is None else tree.From(construct.label, construct.word, value, expect, construct.span)

    def reuse(self, construct: Construct, expect: tree.Expectation | None) -> tree.Reuse | None:
        target = self.calls.named_value(construct.main)
        return None if target is None else tree.Reuse(construct.label, construct.word, target, expect, construct.span)

    def declaration(self, construct: Construct) -> tree.Output | tree.Require | None:
        """Returns `output` or `require`, which are no values and so have neither label nor shape."""
        word = construct.text
        for key, entry in construct.modifiers.items():
            advice = "each output is named by a label already" if word == "output" else "it states limits of the whole network"
            self.mistakes.report(MisplacedKey(key, f"beside `{word}`", advice), entry.key.place)
        wanted = "a label or a list of labels" if word == "output" else "a comparison or a list of them"
        values, _ = self.calls.several(construct.main, wanted, EXAMPLES[word])
        if values is None:
            return None
        node_type = tree.Output if word == "output" else tree.Require
        return node_type(construct.word, tuple(values), construct.span)

    # what several have in common

    def required_body(self, construct: Construct, key: str) -> tree.Body | None:
        if key in construct.beside:
            return self.body(construct.beside[key])
        if construct.complete:
            self.mistakes.report(MissingKey(key, f"this `{construct.text}`", f"{key}: [...]"), construct.main.key.place)
        return None

    def chosen(self, node: Mapping, where: str, known: tuple[str, ...]) -> dict[str, Entry]:
        """Returns the entries with known keys, and reports the others."""
        for entry in node.entries:
            key = entry.key
            if key.text in MODIFIERS:
                advice = "it stands beside the word that begins the statement"
                self.mistakes.report(MisplacedKey(key.text, where, advice), key.place)
            elif key.text not in known:
                self.mistakes.report(UnknownKey(key.text, where, known), key.place)
        return {entry.key.text: entry for entry in node.entries if entry.key.text in known}

    def name(self, node: Node, key: Scalar, what: str) -> tree.Name | None:
        """Returns the name that a node behind a key, or in a list behind it, holds."""
        advice = f"write `{EXAMPLES[key.text]}`"
        if isinstance(node, Scalar) and not node.is_null:
            return self.calls.free_name(node, f"the name of {what}", advice)
        if not isinstance(node, Unreadable):
            place = key.place if node.span.start == node.span.end else node.span
            self.mistakes.report(WrongType(f"`{key.text}`", "a name", kind(node), advice), place)
        return None
