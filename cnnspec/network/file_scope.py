"""What a file and its imports define for all networks and blocks in it: constants, and blocks."""

from __future__ import annotations

from collections.abc import Iterable

from cnnspec.diagnostics.diagnostic import Diagnostic, Label, diagnose
from cnnspec.diagnostics.problem import Problem
from cnnspec.layers.registry import lookup
from cnnspec.network.expressions import evaluate
from cnnspec.network.graph_problems import BlockShadowsLayer
from cnnspec.network.problems import Fault, NameTaken, Structure, UnknownName
from cnnspec.network.scope import FileScope, Unknown, define
from cnnspec.syntax import tree


def file_scope(definitions: Iterable[tree.Definition], incomplete: bool, diagnostics: list[Diagnostic]) -> FileScope:
    """Returns the scope around all bodies; mistakes are added to `diagnostics`.

    Blocks may stand in any order; a constant sees those before it.
    """
    found = list(definitions)
    networks = frozenset(item.name.text for item in found if isinstance(item, tree.NetworkDefinition))
    scope = FileScope(networks=networks, incomplete=incomplete, lacks_blocks=incomplete)
    for definition in found:
        if isinstance(definition, tree.BlockDefinition):
            _add_block(definition, scope, diagnostics)
    later = {item.name.text: item.name.span for item in found if isinstance(item, tree.Let)}
    for definition in found:
        if isinstance(definition, tree.Let):
            try:
                define(definition.name, evaluate(definition.value, scope), scope, diagnostics)
            except Fault as fault:
                labels = [*fault.labels]
                if isinstance(fault.problem, UnknownName) and fault.problem.word in later:
                    labels.append(Label(later[fault.problem.word], "introduced only here"))
                diagnostics.append(diagnose(fault.problem, fault.span, labels=labels))
                scope.lose(definition.name.text)
            except Unknown:
                scope.lose(definition.name.text)
        elif isinstance(definition, tree.Broken):
            if definition.name is not None:
                scope.lose(definition.name.text)
            else:
                scope.lacks_blocks = True
    return scope


def _add_block(definition: tree.BlockDefinition, scope: FileScope, diagnostics: list[Diagnostic]) -> None:
    name = definition.name
    layer = lookup(name.text)
    if name.text in scope.blocks:
        labels = [Label(scope.blocks[name.text].name.span, "defined here")]
        diagnostics.append(diagnose(NameTaken("another block", name.text), name.span, labels=labels))
    elif layer is not None:
        diagnostics.append(diagnose(BlockShadowsLayer(name.text, layer.kind.keyword), name.span))
    else:
        problem = lower_case("block", name)
        if problem is not None:
            diagnostics.append(diagnose(problem, name.span))
    scope.blocks.setdefault(name.text, definition)


def lower_case(what: str, name: tree.Name) -> Problem | None:
    """Returns what is wrong with the name of a block or network, None for one that begins with a capital letter."""
    if name.text[0].isupper():
        return None
    capital = name.text[0].upper() + name.text[1:]
    return Structure(f"the name of a {what} begins with a capital letter, unlike `{name.text}`", f"write `{capital}`")
