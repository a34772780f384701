"""The mappings at the top of a YAML file: imports, constants, blocks, a network, a recipe.

Definitions come out in the order of their keys, `blocks` never behind the `network` of the same mapping.
"""

from __future__ import annotations

from collections.abc import Sequence

from cnnspec.diagnostics.diagnostic import Label
from cnnspec.source import Source, Span
from cnnspec.syntax import tree
from cnnspec.syntax.yaml_broken import CNN_ADVICE, looks_like_cnn
from cnnspec.syntax.yaml_builder import Mistakes
from cnnspec.syntax.yaml_keys import with_meant
from cnnspec.syntax.yaml_nodes import Entry, Listing, Mapping, Node, Scalar, Unreadable, kind
from cnnspec.syntax.yaml_problems import (
    MisplacedKey,
    MissingKey,
    MissingValue,
    NotAName,
    TwoDefinitions,
    UnknownKey,
    WrongType,
)
from cnnspec.syntax.yaml_statements import Statements
from cnnspec.syntax.yaml_train import Settings
from cnnspec.syntax.yaml_words import BLOCK_KEYS, DEFINITIONS

_PARTS = ("params", "input", "layers")  # of a network or block


class Definitions:
    """Reads the top of a file."""

    def __init__(self, source: Source, mistakes: Mistakes) -> None:
        self.source = source
        self.mistakes = mistakes
        self.statements = Statements(mistakes)
        self.settings = Settings(mistakes)

    def read(self, root: Node) -> list[tree.Definition]:
        """Returns the definitions of all mappings in the file."""
        if isinstance(root, Scalar) and root.is_null:
            return []
        found: list[tree.Definition] = []
        for node in root.items if isinstance(root, Listing) else (root,):
            if isinstance(node, Mapping):
                found += self.mapping(node)
            elif not isinstance(node, Unreadable):
                self.report_no_mapping(node)
        return found

    def report_no_mapping(self, node: Node) -> None:
        advice = "a spec begins with `network: Name`"
        if looks_like_cnn(self.source):
            advice = CNN_ADVICE
        span = node.span
        if "\n" in span.text:
            span = Span(span.source, span.start, self.source.text.index("\n", span.start))
        self.mistakes.report(WrongType("the content of a spec", "a mapping", kind(node), advice), span)

    def mapping(self, node: Mapping) -> list[tree.Definition]:
        """Returns the definitions of one mapping, of which at most one is a network, or a block of its own."""
        found: list[tree.Definition] = []
        entries = with_meant({entry.key.text: entry for entry in node.entries}, DEFINITIONS)
        for key, entry in entries.items():
            if key == "import":
                found += self.imports(entry)
            elif key == "let":
                found += self.statements.calls.lets(entry.value, entry.span)
            elif key == "train":
                found.append(self.settings.read(entry))
            elif key == "blocks":
                found[_network_in(found) :] = [*self.blocks(entry), *found[_network_in(found) :]]
            elif key == "network" or (key == "block" and "network" not in entries):
                found.append(self.definition(entry, entries, node))
            elif key == "block":
                self.mistakes.report(TwoDefinitions(), entry.key.place, [Label(entries["network"].key.place, "the other one")])
            elif key not in DEFINITIONS:
                self.mistakes.report(UnknownKey(key, "at the top of a spec", DEFINITIONS, _ADVICE.get(key)), entry.key.place)
        orphan = next((entries[key] for key in _PARTS if key in entries), None)
        if orphan is not None and "network" not in entries and "block" not in entries and node.complete:
            self.mistakes.report(MissingKey("network", "this spec", "network: Name"), orphan.key.place)
            self.body(entries)  # so that its mistakes are not found only after this one is corrected
            found.append(tree.Broken(None, orphan.span))
        return found

    def imports(self, entry: Entry) -> Sequence[tree.Import | tree.Broken]:
        """Returns one import for each file; a path is text and never an expression."""
        found: list[tree.Import | tree.Broken] = []
        for node in entry.value.items if isinstance(entry.value, Listing) else (entry.value,):
            if isinstance(node, Scalar) and not node.is_null:
                found.append(tree.Import(tree.Literal(node.text, node.place), node.span))
                continue
            found.append(tree.Broken(None, node.span))
            if isinstance(node, Scalar):
                self.mistakes.report(MissingValue("import"), entry.key.place)
            elif not isinstance(node, Unreadable):
                advice = "write `import: blocks.cnn`, or `import: [blocks.cnn, heads.cnn]`"
                self.mistakes.report(WrongType("`import`", "a file, or a list of files", kind(node), advice), node.span)
        return found

    def blocks(self, entry: Entry) -> Sequence[tree.Definition]:
        """Returns the blocks of `blocks: [...]`."""
        if not isinstance(entry.value, Listing):
            if not isinstance(entry.value, Unreadable):
                place = entry.key.place if kind(entry.value) == "nothing" else entry.value.span
                advice = "begin each block with `- block: Name`"
                self.mistakes.report(WrongType("`blocks`", "a list of blocks", kind(entry.value), advice), place)
            return [tree.Broken(None, entry.span)]
        found: list[tree.Definition] = []
        for node in entry.value.items:
            if isinstance(node, Mapping):
                found.append(self.block(node))
            elif not isinstance(node, Unreadable):
                advice = "write `- {block: Name, layers: [...]}`"
                self.mistakes.report(WrongType("an item of `blocks`", "a mapping", kind(node), advice), node.span)
        if not entry.value.complete:
            found.append(tree.Broken(None, entry.span))
        return found

    def block(self, node: Mapping) -> tree.Definition:
        """Returns the block of one item of `blocks`."""
        entries = with_meant({entry.key.text: entry for entry in node.entries}, BLOCK_KEYS)
        for key, entry in entries.items():
            if key not in (*BLOCK_KEYS, "input"):
                self.mistakes.report(UnknownKey(key, "in a block", BLOCK_KEYS), entry.key.place)
        if "block" in entries:
            return self.definition(entries["block"], entries, node)
        if node.complete:
            self.mistakes.report(MissingKey("block", "this item of `blocks`", "block: Name"), node.span)
        return tree.Broken(None, node.span)

    def definition(self, entry: Entry, entries: dict[str, Entry], node: Mapping) -> tree.Definition:
        """Returns the network or block whose name stands in `entry`."""
        kind_of, is_block = entry.key.text, entry.key.text == "block"
        name = self.name(entry)
        parameters = self.parameters(entries["params"]) if "params" in entries else []
        lost = [item for item in parameters if isinstance(item, tree.Broken)]  # so that nobody reports their names as unknown
        if is_block and "input" in entries:
            advice = "a block takes what arrives where it is called: `input.channels`, `input.height` ..."
            self.mistakes.report(MisplacedKey("input", "beside `block`", advice), entries["input"].key.place)
        body = [*lost, *self.body(entries)]
        if not node.complete:
            body.append(tree.Broken(None, node.span))
        elif "layers" not in entries:
            owner = f"this {kind_of}" if name is None else f"the {kind_of} `{name.text}`"
            self.mistakes.report(MissingKey("layers", owner, "layers: [...]"), entry.span)
            body.append(tree.Broken(None, entry.span))
        if name is None:
            return tree.Broken(None, entry.span)
        sound = tuple(item for item in parameters if isinstance(item, tree.Parameter))
        if is_block:
            return tree.BlockDefinition(name, sound, tuple(body), entry.span)
        return tree.NetworkDefinition(name, sound, tuple(body), entry.span)

    def body(self, entries: dict[str, Entry]) -> list[tree.Statement]:
        """Returns the statements of a network or block: its inputs, then its layers."""
        found: list[tree.Statement] = []
        if "input" in entries:
            found += self.statements.inputs(entries["input"], None, {})
        if "layers" in entries:
            found += self.statements.body(entries["layers"])
        return found

    def name(self, entry: Entry) -> tree.Name | None:
        """Returns the name of a network or block."""
        word = entry.key.text
        example = "block: Basic" if word == "block" else "network: LeNet"
        if isinstance(entry.value, Scalar):
            if not entry.value.is_null:
                return self.statements.calls.free_name(entry.value, f"the name of a {word}")
            self.mistakes.report(NotAName("", f"the name of a {word}", f"write `{example}`"), entry.key.place)
        elif not isinstance(entry.value, Unreadable):
            parts = "`params` and `layers`" if word == "block" else "`params`, `input` and `layers`"
            advice = f"write `{example}`, and {parts} beside it"
            self.mistakes.report(WrongType(f"`{word}`", "a name", kind(entry.value), advice), entry.value.span)
        return None

    def parameters(self, entry: Entry) -> list[tree.Parameter | tree.Broken]:
        """Returns the parameters of `{classes: 10, act: }` or of `[act, {classes: 10}]`; one without a value is required."""
        found: list[tree.Parameter | tree.Broken] = []
        for node in entry.value.items if isinstance(entry.value, Listing) else (entry.value,):
            if isinstance(node, Mapping):
                found += [self.parameter(item) for item in node.entries]
            elif isinstance(entry.value, Listing) and isinstance(node, Scalar) and not node.is_null:
                name = self.statements.calls.free_name(node, "the name of a parameter")
                found.append(tree.Broken(None, node.span) if name is None else tree.Parameter(name, None, node.span))
            elif not isinstance(node, Unreadable):
                is_item = isinstance(entry.value, Listing)
                subject, wanted = ("a parameter", "a name") if is_item else ("`params`", "a mapping or a list")
                advice = "write `params: {classes: 10}`, or `params: [channels, {stride: 1}]`"
                self.mistakes.report(WrongType(subject, wanted, kind(node), advice), node.span)
        return found

    def parameter(self, entry: Entry) -> tree.Parameter | tree.Broken:
        calls = self.statements.calls
        name = calls.free_name(entry.key, "the name of a parameter")
        is_required = isinstance(entry.value, Scalar) and entry.value.is_null
        default = None if is_required else calls.named_value(entry)
        if name is None or (default is None and not is_required):
            return tree.Broken(name, entry.span)
        return tree.Parameter(name, default, entry.key.place if is_required else entry.span)


def _network_in(definitions: Sequence[tree.Definition]) -> int:
    """Returns the place of the network among the definitions of one mapping, their number without one."""
    places = (place for place, found in enumerate(definitions) if isinstance(found, tree.NetworkDefinition))
    return next(places, len(definitions))


_ADVICE = {
    "networks": "several networks are a list at the top of the file: `- network: A`, `- network: B`",
    "name": "the name of a network is the value of `network`, that of a block the value of `block`",
    "imports": "other files are named behind `import`: `import: [blocks.cnn, heads.cnn]`",
}
