"""The settings behind `train:`; a setting is a line of `train { }` in the other notation.

`batch: 256` is `batch 256`; `optimizer: {sgd: {lr: 0.9}}` is `optimizer sgd, lr=0.9`: a mapping names the kind, and behind
it stand the arguments. A list is the same setting several times, one line for each item. A mapping with `args` holds the
arguments themselves, for settings without a kind. Where the order between different settings matters, `train` itself is
a list of mappings.
"""

from __future__ import annotations

from collections.abc import Sequence

from cnnspec.source import Span
from cnnspec.syntax import tree
from cnnspec.syntax.yaml_builder import Mistakes
from cnnspec.syntax.yaml_calls import Arguments, Calls
from cnnspec.syntax.yaml_nodes import Entry, Listing, Mapping, Node, Scalar, Unreadable, kind
from cnnspec.syntax.yaml_problems import SeveralKinds, WrongType, shown


class Settings:
    """Reads `train:`; a setting with a mistake is `Broken`."""

    def __init__(self, mistakes: Mistakes) -> None:
        self.mistakes = mistakes
        self.calls = Calls(mistakes)

    def read(self, entry: Entry) -> tree.TrainDefinition:
        """Returns the recipe behind the key `train`; the span is that of the key."""
        found: list[tree.Statement] = []
        node = entry.value
        for part in node.items if isinstance(node, Listing) else (node,):
            if isinstance(part, Scalar) and not part.is_null and isinstance(node, Listing):
                word = self.calls.name(part, "the name of a setting")
                found.append(tree.Broken(None, part.span) if word is None else tree.Call(None, word, (), None, part.place))
            elif isinstance(part, Mapping):
                for setting in part.entries:
                    found += self.setting(setting)
            elif not isinstance(part, Unreadable):
                advice = "write `train: {data: fashion_mnist, epochs: 10}`"
                place = entry.key.place if kind(part) == "nothing" else part.span
                self.mistakes.report(WrongType("`train`", "a mapping of settings", kind(part), advice), place)
        return tree.TrainDefinition(tuple(found), entry.key.place)

    def setting(self, entry: Entry) -> Sequence[tree.Statement]:
        """Returns one line for each value of a setting."""
        if entry.key.text == "let":
            return self.calls.lets(entry.value, entry.span)
        word = self.calls.name(entry.key, "the name of a setting")
        if not isinstance(entry.value, Listing):
            return [self.line(word, entry.key, entry.value, entry.span)]
        found: list[tree.Statement] = []
        for item in entry.value.items:
            if isinstance(item, Listing) or (isinstance(item, Scalar) and item.is_empty):
                subject = f"an item of `{shown(entry.key.text)}`"
                advice = f"several arguments follow a kind: `{shown(entry.key.text)}: {{kind: [1, 2]}}`"
                self.mistakes.report(WrongType(subject, "one setting", kind(item), advice), item.span)
                found.append(tree.Broken(None, item.span))
            else:
                found.append(self.line(word, entry.key, item, item.span))
        return found

    def line(self, word: tree.Name | None, key: Scalar, value: Node, span: Span) -> tree.Statement:
        """Returns the call of one setting."""
        arguments = self.arguments(key.text, value)
        if word is None or arguments is None:
            return tree.Broken(None, span)
        return tree.Call(None, word, tuple(arguments), None, span)

    def arguments(self, setting: str, value: Node) -> Arguments | None:
        """Returns the kind, as the first argument, and what stands behind it."""
        if not isinstance(value, Mapping) or not value.entries:
            return self.calls.arguments(value, setting, setting=True)[0]
        keys = [entry.key for entry in value.entries]
        if any(key.text == "args" for key in keys):
            return self.calls.arguments(value, setting, setting=True)[0]
        if len(keys) > 1:
            self.mistakes.report(SeveralKinds(setting, tuple(key.text for key in keys)), keys[1].place)
            return None
        kind_name = self.calls.free_name(keys[0], f"a kind of `{shown(setting)}`")
        arguments, _ = self.calls.arguments(value.entries[0].value, keys[0].text, setting=True)
        if kind_name is None or arguments is None or not value.complete:
            return None
        return [tree.Argument(None, kind_name, kind_name.span), *arguments]
