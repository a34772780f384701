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

Three steps: `yaml_json` and `yaml_events` turn text into nodes, `yaml_builder` keeps the limits, and `yaml_definitions`,
`yaml_statements`, `yaml_constructs`, `yaml_train`, `yaml_calls` and `yaml_scalars` turn nodes into the tree. A file is one
mapping, or a list of such mappings, read one after the other: that is how a file holds several networks.
"""

from __future__ import annotations

from collections.abc import Callable

from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.source import Source, Span
from cnnspec.syntax import tree
from cnnspec.syntax.parse import MAX_CHARACTERS
from cnnspec.syntax.problems import TooLarge
from cnnspec.syntax.yaml_builder import Abandoned, Builder, Mistakes
from cnnspec.syntax.yaml_definitions import Definitions
from cnnspec.syntax.yaml_events import read_events
from cnnspec.syntax.yaml_json import begins_like_json, read_json
from cnnspec.syntax.yaml_nodes import Node


def parse_yaml(source: Source) -> tuple[tree.Document, list[Diagnostic]]:
    """Returns the tree of a YAML or JSON file and the mistakes in it; a statement with a mistake is `Broken`."""
    mistakes = Mistakes()
    root = _nodes(source, mistakes)
    definitions = Definitions(source, mistakes).read(root) if root is not None else []
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
