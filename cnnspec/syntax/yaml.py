"""YAML and JSON text to the same syntax tree that `.cnn` text becomes.

    let: {width: 64}
    network: LeNet
    params: {classes: 10}
    input: 1x28x28
    layers:
      - conv: {out_channels: 6, kernel: 5, padding: 2}
      - sigmoid
      - avgpool: 2
      - {label: features, layers: [flatten], expect: 784}
      - linear: classes
    train: {data: fashion_mnist, optimizer: {sgd: {lr: 0.9}}, epochs: 10}

Three steps: `yaml_json` and `yaml_events` turn text into nodes, `yaml_builder` keeps the limits, and this file with
`yaml_statements`, `yaml_train`, `yaml_calls` and `yaml_scalars` turns nodes into the tree. A file is one mapping, or a list
of such mappings, read one after the other: that is how a file holds several networks. Definitions come out in the order of
their keys, a network at its `network`.
"""

from __future__ import annotations

from collections.abc import Callable

from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.source import Source, Span
from cnnspec.syntax import tree
from cnnspec.syntax.yaml_broken import CNN_ADVICE, looks_like_cnn
from cnnspec.syntax.yaml_builder import Abandoned, Builder, Mistakes
from cnnspec.syntax.yaml_events import read_events
from cnnspec.syntax.yaml_json import begins_like_json, read_json
from cnnspec.syntax.yaml_nodes import Entry, Listing, Mapping, Node, Scalar, Unreadable, kind
from cnnspec.syntax.yaml_problems import MissingKey, NotAName, TooLarge, UnknownKey, WrongType
from cnnspec.syntax.yaml_statements import Statements
from cnnspec.syntax.yaml_train import Settings

KEYS = ("let", "network", "params", "input", "layers", "train")
MAX_CHARACTERS = 16 * 1024 * 1024
_NETWORK_KEYS = ("params", "input", "layers")


def parse_yaml(source: Source) -> tuple[tree.Document, list[Diagnostic]]:
    """Returns the tree of a YAML or JSON file and the mistakes in it; a statement with a mistake is `Broken`."""
    mistakes = Mistakes()
    root = _nodes(source, mistakes)
    definitions = _Definitions(source, mistakes).read(root) if root is not None else []
    found = sorted(mistakes.diagnostics, key=lambda diagnostic: diagnostic.span.start)
    return tree.Document(tuple(definitions), source), found


def _nodes(source: Source, mistakes: Mistakes) -> Node | None:
    """Returns what the text holds; None for an empty file, or where nothing could be read."""
    if len(source.text) > MAX_CHARACTERS:
        mistakes.report(TooLarge("characters", MAX_CHARACTERS), Span(source, MAX_CHARACTERS, MAX_CHARACTERS))
        return None
    must_be_json = source.name.lower().endswith(".json")
    if must_be_json or begins_like_json(source):
        so_far = Mistakes()
        root, is_json = _build(source, so_far, read_json)
        if is_json or must_be_json:
            mistakes.diagnostics += so_far.diagnostics
            return root
    root, _ = _build(source, mistakes, read_events)
    return root


def _build(source: Source, mistakes: Mistakes, read: Callable[[Source, Builder, Mistakes], bool]) -> tuple[Node | None, bool]:
    """Returns the root that a reader builds, and whether it could read all of the text, at least up to a limit."""
    builder = Builder(source, mistakes)
    try:
        is_whole = read(source, builder, mistakes)
    except Abandoned:
        return None, True
    return builder.root, is_whole


class _Definitions:
    """Reads the mappings at the top of a file."""

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
        """Returns the definitions of one mapping: constants, at most one network, at most one recipe."""
        found: list[tree.Definition] = []
        entries = {entry.key.text: entry for entry in node.entries}
        for key, entry in entries.items():
            if key == "let":
                found += self.statements.calls.lets(entry.value, entry.span)
            elif key == "train":
                found.append(self.settings.read(entry))
            elif key == "network":
                found.append(self.network(entry, entries, node))
            elif key not in KEYS:
                self.mistakes.report(UnknownKey(key, "at the top of a spec", KEYS, _ADVICE.get(key)), entry.key.place)
        orphan = next((entries[key] for key in _NETWORK_KEYS if key in entries), None)
        if orphan is not None and "network" not in entries and node.complete:
            self.mistakes.report(MissingKey("network", "this spec", "network: Name"), orphan.key.place)
            self.body(entries)  # so that its mistakes are not found only after this one is corrected
            found.append(tree.Broken(None, orphan.span))
        return found

    def network(self, entry: Entry, entries: dict[str, Entry], node: Mapping) -> tree.NetworkDefinition | tree.Broken:
        name = self.network_name(entry)
        parameters = self.parameters(entries["params"]) if "params" in entries else []
        lost = [item for item in parameters if isinstance(item, tree.Broken)]  # so that nobody reports their names as unknown
        body = [*lost, *self.body(entries)]
        if not node.complete:
            body.append(tree.Broken(None, node.span))
        elif "layers" not in entries:
            owner = "this network" if name is None else f"the network `{name.text}`"
            self.mistakes.report(MissingKey("layers", owner, "layers: [...]"), entry.span)
            body.append(tree.Broken(None, entry.span))
        if name is None:
            return tree.Broken(None, entry.span)
        sound = tuple(item for item in parameters if isinstance(item, tree.Parameter))
        return tree.NetworkDefinition(name, sound, tuple(body), entry.span)

    def body(self, entries: dict[str, Entry]) -> list[tree.Statement]:
        """Returns the statements of a network: its inputs, then its layers."""
        found: list[tree.Statement] = []
        if "input" in entries:
            found += self.statements.inputs(entries["input"], None, {})
        if "layers" in entries:
            found += self.statements.body(entries["layers"].value, entries["layers"].key.place)
        return found

    def network_name(self, entry: Entry) -> tree.Name | None:
        if isinstance(entry.value, Scalar):
            if not entry.value.is_null:
                return self.statements.calls.free_name(entry.value, "the name of a network")
            self.mistakes.report(NotAName("", "the name of a network", "write `network: LeNet`"), entry.key.place)
        elif not isinstance(entry.value, Unreadable):
            advice = "write `network: LeNet`, and `params`, `input` and `layers` beside it"
            self.mistakes.report(WrongType("`network`", "a name", kind(entry.value), advice), entry.value.span)
        return None

    def parameters(self, entry: Entry) -> list[tree.Parameter | tree.Broken]:
        """Returns the parameters of a network; nothing behind a name makes it one that must be set from outside."""
        calls = self.statements.calls
        if not calls.is_mapping(entry.value, "`params`", "params: {classes: 10}"):
            return []
        assert isinstance(entry.value, Mapping)
        found: list[tree.Parameter | tree.Broken] = []
        for item in entry.value.entries:
            name = calls.free_name(item.key, "the name of a parameter")
            is_required = isinstance(item.value, Scalar) and item.value.is_null
            default = None if is_required else calls.named_value(item)
            if name is None or (default is None and not is_required):
                found.append(tree.Broken(name, item.span))
            else:
                found.append(tree.Parameter(name, default, item.key.place if is_required else item.span))
        return found


_ADVICE = {
    "networks": "several networks are a list at the top of the file: `- network: A`, `- network: B`",
    "name": "the name of a network is the value of `network`",
}
