"""The arguments of a statement, as YAML writes them."""

from __future__ import annotations

from cnnspec.source import Span
from cnnspec.syntax import tree
from cnnspec.syntax.depth import MAX_NESTING
from cnnspec.syntax.problems import NestedTooDeep
from cnnspec.syntax.yaml_builder import Mistakes
from cnnspec.syntax.yaml_nodes import Entry, Listing, Mapping, Node, Scalar, Unreadable, kind
from cnnspec.syntax.yaml_problems import MisplacedKey, MissingValue, NotAName, WrongType, shown
from cnnspec.syntax.yaml_scalars import Scalars, is_identifier, is_reserved

Arguments = list[tree.Argument]

_NAME_ADVICE = "a name is made of letters, digits and `_`, and does not begin with a digit"
_COMMA_ADVICE = "inside `{ }` YAML ends a value at the comma: put a value with commas in quotation marks"


class Calls:
    """Reads values, names and argument lists; what has a mistake comes out as None."""

    def __init__(self, mistakes: Mistakes) -> None:
        self.mistakes = mistakes
        self.scalars = Scalars(mistakes)

    def value(self, node: Node, subject: str, *, setting: bool = False, depth: int = 0) -> tree.Expression | None:
        """Returns the expression of one argument; a list is a list of values, also for arguments that take a tuple."""
        if isinstance(node, Scalar):
            return self.scalars.setting(node) if setting else self.scalars.expression(node)
        if isinstance(node, Listing):
            if depth >= MAX_NESTING:
                self.mistakes.report(NestedTooDeep(MAX_NESTING), Span(node.span.source, node.span.start, node.span.start + 1))
                return None
            items = [self.item(item, subject, setting=setting, depth=depth) for item in node.items]
            found = tuple(item for item in items if item is not None)
            return tree.Sequence("list", found, node.span) if node.complete and len(found) == len(items) else None
        if isinstance(node, Mapping):
            advice = "write a number, a word, an expression, or a list of them"
            self.mistakes.report(WrongType(subject, "a value or a list of values", "a mapping", advice), node.span)
        return None

    def item(self, node: Node, subject: str, *, setting: bool, depth: int = 0) -> tree.Expression | None:
        """Returns the expression of one item in a list."""
        if isinstance(node, Scalar) and node.is_empty:
            advice = "write the value, or `none`"
            self.mistakes.report(WrongType(f"an item of {subject}", "a value", "nothing", advice), node.span)
            return None
        return self.value(node, subject, setting=setting, depth=depth + 1)

    def named_value(self, entry: Entry, *, setting: bool = False) -> tree.Expression | None:
        """Returns the expression behind a key."""
        if isinstance(entry.value, Scalar) and entry.value.is_empty:
            self.mistakes.report(MissingValue(entry.key.text), entry.key.place)
            return None
        return self.value(entry.value, f"`{shown(entry.key.text)}`", setting=setting)

    def name(self, scalar: Scalar, what: str, advice: str | None = None) -> tree.Name | None:
        """Returns an identifier; `what` it names stands in the message where it is none."""
        if is_identifier(scalar.text):
            return tree.Name(scalar.text, scalar.place)
        self.mistakes.report(NotAName(scalar.text, what, advice or _NAME_ADVICE), scalar.place)
        return None

    def free_name(self, scalar: Scalar, what: str, advice: str | None = None) -> tree.Name | None:
        """Returns an identifier that expressions can use, so no word such as `if` or `true`."""
        if is_reserved(scalar.text):
            self.mistakes.report(NotAName(scalar.text, what, "this word has a meaning of its own in expressions"), scalar.place)
            return None
        return self.name(scalar, what, advice)

    def positional(self, node: Node, subject: str, *, setting: bool) -> Arguments | None:
        """Returns the arguments of a scalar, which is one, or of a list, which is several in the order of the list.

        A mapping in the list holds named ones, whatever their names are.
        """
        found: Arguments = []
        complete = not isinstance(node, Listing) or node.complete
        for item in node.items if isinstance(node, Listing) else (node,):
            if isinstance(item, Mapping) and isinstance(node, Listing):
                complete = complete and item.complete
                named = [self.named(entry, setting=setting) for entry in item.entries]
                found += [argument for argument in named if argument is not None]
                complete = complete and None not in named
                continue
            value = self.item(item, subject, setting=setting, depth=-1)
            if value is None:
                complete = False
            else:
                found.append(tree.Argument(None, value, item.span))
        return found if complete else None

    def named(self, entry: Entry, *, setting: bool) -> tree.Argument | None:
        """Returns a named argument."""
        is_bare = isinstance(entry.value, Scalar) and entry.value.is_empty
        name = self.name(entry.key, "the name of an argument", _COMMA_ADVICE if is_bare else None)
        if name is None and is_bare:
            return None
        value = self.named_value(entry, setting=setting)
        return None if name is None or value is None else tree.Argument(name, value, entry.span)

    def arguments(self, node: Node, word: str, *, setting: bool = False) -> tuple[Arguments | None, Entry | None]:
        """Returns the arguments behind a word, and the `expect` among them.

        Nothing: none. A scalar: one positional argument. A list: several. A mapping: named ones, the positional ones
        under `args` if there are any.
        """
        if isinstance(node, Unreadable):
            return None, None
        if isinstance(node, Scalar) and node.is_null:
            return [], None
        if not isinstance(node, Mapping):
            return self.positional(node, f"`{shown(word)}`", setting=setting), None
        positional: Arguments = []
        named: Arguments = []
        expect: Entry | None = None
        complete = node.complete
        for entry in node.entries:
            key = entry.key
            if key.text == "expect" and not setting:
                expect = entry
                continue
            if key.text == "label" and not setting:
                advice = f"it stands beside the word: `- {{label: ..., {shown(word)}: ...}}`"
                self.mistakes.report(MisplacedKey("label", f"among the arguments of `{shown(word)}`", advice), key.place)
                complete = False
                continue
            if key.text == "args":
                found = self.positional(entry.value, "`args`", setting=setting)
                complete = complete and found is not None
                positional = found or []
                continue
            argument = self.named(entry, setting=setting)
            if argument is None:
                complete = False
            else:
                named.append(argument)
        return (positional + named if complete else None), expect

    def lets(self, node: Node, place: Span) -> list[tree.Let | tree.Broken]:
        """Returns the constants of `let: {width: 64}`; `place` is the whole statement."""
        if not self.is_mapping(node, "`let`", "let: {width: 64}"):
            return [tree.Broken(None, place)]
        assert isinstance(node, Mapping)
        found: list[tree.Let | tree.Broken] = []
        for entry in node.entries:
            name = self.free_name(entry.key, "the name of a constant")
            value = self.named_value(entry)
            broken = tree.Broken(name, entry.span)
            found.append(broken if name is None or value is None else tree.Let(name, value, entry.span))
        return found

    def expectation(self, entry: Entry) -> tree.Expectation | None:
        """Returns the sizes of `expect: 16x5x5`, `expect: c, H // 2, W // 2` or `expect: [16, 5, 5]`."""
        sizes, span = self.sizes(entry)
        return None if sizes is None else tree.Expectation(tuple(sizes), span)

    def sizes(self, entry: Entry) -> tuple[list[tree.Expression] | None, Span]:
        """Returns the sizes behind a key, and their place."""
        return self.several(entry, "a shape", f"{shown(entry.key.text)}: 16x5x5")

    def several(self, entry: Entry, wanted: str, example: str) -> tuple[list[tree.Expression] | None, Span]:
        """Returns the expressions behind a key, written as one text with commas or as a list, and their place."""
        node, subject = entry.value, f"`{shown(entry.key.text)}`"
        if isinstance(node, Unreadable):
            return None, node.span
        if isinstance(node, Scalar) and not node.is_null:
            return self.scalars.between_commas(node), node.place
        if not isinstance(node, Listing) or not node.items:
            found = "an empty list" if isinstance(node, Listing) else kind(node)
            place = entry.key.place if found == "nothing" else node.span
            self.mistakes.report(WrongType(subject, wanted, found, f"write `{example}`"), place)
            return None, node.span
        values = [self.item(item, subject, setting=False) for item in node.items]
        sizes = [value for value in values if value is not None]
        return (sizes if node.complete and len(sizes) == len(values) else None), node.span

    def is_mapping(self, node: Node, subject: str, example: str) -> bool:
        """Reports a node that should be a mapping and is none."""
        if not isinstance(node, (Mapping, Unreadable)):
            self.mistakes.report(WrongType(subject, "a mapping", kind(node), f"write `{example}`"), node.span)
        return isinstance(node, Mapping)
