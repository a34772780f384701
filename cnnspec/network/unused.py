"""Lints: blocks, parameters and constants that nothing mentions, and results that go nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cnnspec.diagnostics.diagnostic import Diagnostic, diagnose
from cnnspec.network.graph_problems import UnusedBlock, UnusedConstant, UnusedParameter, UnusedResult
from cnnspec.network.network import Network, Node
from cnnspec.syntax import tree
from cnnspec.syntax.visit import nodes


def unused_definitions(document: tree.Document) -> list[Diagnostic]:
    """Returns what a file introduces and never uses.

    A file without a network is a collection for others to import: only the insides of its blocks are looked at.
    """
    found: list[Diagnostic] = []
    if any(isinstance(node, tree.Broken) for node in nodes(document)):
        return found  # it may have used anything
    is_program = any(isinstance(item, tree.NetworkDefinition) for item in document.definitions)
    if is_program:
        found += _unused_at_top(document.definitions)
    for definition in document.definitions:
        if isinstance(definition, tree.NetworkDefinition | tree.BlockDefinition):
            words = set(_words((definition.parameters, definition.body)))
            found += [
                diagnose(UnusedParameter("parameter", parameter.name.text), parameter.name.span)
                for parameter in definition.parameters
                if parameter.name.text not in words
            ]
            found += [
                diagnose(UnusedConstant("constant", item.name.text), item.name.span)
                for item in nodes(definition.body)
                if isinstance(item, tree.Let) and item.name.text not in words
            ]
    return found


def _unused_at_top(definitions: tuple[tree.Definition, ...]) -> Iterator[Diagnostic]:
    words = [set(_words(definition)) for definition in definitions]
    for position, definition in enumerate(definitions):
        if isinstance(definition, tree.Let) and not any(definition.name.text in used for used in words):
            yield diagnose(UnusedConstant("constant", definition.name.text), definition.name.span)
        elif isinstance(definition, tree.BlockDefinition):
            others = (used for number, used in enumerate(words) if number != position)
            if not any(definition.name.text in used for used in others):
                yield diagnose(UnusedBlock("block", definition.name.text), definition.name.span)


def _words(root: Any) -> Iterator[str]:
    """Yields the words that a tree uses, whatever they stand for, but not those that it introduces."""
    introduced = set()
    for node in nodes(root):
        for place in ("name", "label", "counter"):
            name = getattr(node, place, None)
            if isinstance(name, tree.Name) and not isinstance(node, tree.Attribute):
                introduced.add(id(name))
        for target in getattr(node, "targets", ()):
            introduced.add(id(target))
    for node in nodes(root):
        if isinstance(node, tree.Name) and id(node) not in introduced:
            yield node.text
        elif isinstance(node, tree.Size):
            yield from (part for part in node.sizes if isinstance(part, str))


def unused_results(network: Network) -> list[Diagnostic]:
    """Returns the layers and inputs whose values nothing takes and the network does not return."""
    used = {value for node in network.nodes for value in node.inputs} | set(network.returns)
    first = len(network.inputs)
    found = [
        diagnose(UnusedResult(given.name or "input"), given.span)
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
