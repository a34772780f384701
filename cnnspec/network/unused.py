"""Lints: blocks, parameters and constants that nothing mentions, and results that go nowhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from cnnspec.diagnostics.diagnostic import Diagnostic, diagnose
from cnnspec.network.graph_problems import Unused, UnusedBlock, UnusedConstant, UnusedParameter, UnusedResult
from cnnspec.network.network import Network, Node
from cnnspec.syntax import tree
from cnnspec.syntax.visit import nodes, used_words


def unused_definitions(document: tree.Document) -> list[Diagnostic]:
    """Returns what a file introduces and never uses; a statement that could not be read may have used anything.

    A file without a network is a collection for others to import: only the insides of its blocks are looked at.
    """
    definitions = document.definitions
    constants = [[node for node in nodes(definition) if isinstance(node, tree.Let | tree.Broken)] for definition in definitions]
    if any(isinstance(node, tree.Broken) for found in constants for node in found):
        return []
    words = [used_words(definition) for definition in definitions]
    found = list(_unused_at_top(definitions, words)) if _has_network(definitions) else []
    for definition, lets, used in zip(definitions, constants, words, strict=True):
        if isinstance(definition, tree.NetworkDefinition | tree.BlockDefinition):
            for parameter in definition.parameters:
                if parameter.name.text not in used:
                    found.append(diagnose(UnusedParameter(parameter.name.text), parameter.name.span))
            for let in lets:
                if let.name is not None and let.name.text not in used:
                    found.append(diagnose(UnusedConstant(let.name.text), let.name.span))
    return found


def _has_network(definitions: tuple[tree.Definition, ...]) -> bool:
    return any(isinstance(definition, tree.NetworkDefinition) for definition in definitions)


def _unused_at_top(definitions: tuple[tree.Definition, ...], words: list[set[str]]) -> Iterator[Diagnostic]:
    users = Counter(word for used in words for word in used)
    for definition, own in zip(definitions, words, strict=True):
        if isinstance(definition, tree.Let | tree.BlockDefinition):
            name = definition.name
            if users[name.text] == (name.text in own):  # nothing else uses it
                kind: type[Unused] = UnusedBlock if isinstance(definition, tree.BlockDefinition) else UnusedConstant
                yield diagnose(kind(name.text), name.span)


def unused_results(network: Network) -> list[Diagnostic]:
    """Returns the layers and inputs whose values nothing takes and the network does not return."""
    used = {value for node in network.nodes for value in node.inputs} | set(network.returns)
    first = len(network.inputs)
    found = [
        diagnose(UnusedResult(given.name or "input", is_input=True), given.span)
        for number, given in enumerate(network.inputs)
        if number not in used and given.span is not None
    ]
    seen = set()
    for number, node in enumerate(network.nodes, first):
        if number not in used and node.origin.word not in seen:
            seen.add(node.origin.word)
            label = node.path[-1] if isinstance(node, Node) and not node.path[-1].isdigit() else node.keyword
            found.append(diagnose(UnusedResult(label), node.origin.word))
    return found
