"""From a document to its networks: file-level constants, parameters, what was set from outside, and the `train` block."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cnnspec.diagnostics.diagnostic import Diagnostic, Label, diagnose
from cnnspec.diagnostics.problem import UsageError
from cnnspec.network.elaborate import Elaboration
from cnnspec.network.expressions import evaluate
from cnnspec.network.network import Network, NetworkInput
from cnnspec.network.problems import Fault, GivenTwice, NameTaken, NoSuchSetting, NoValueGiven, Structure, UnknownName
from cnnspec.network.recipes import RecipeLines, elaborate_recipe, fit
from cnnspec.network.scope import Scope, Unknown, define
from cnnspec.source import Span
from cnnspec.syntax import tree
from cnnspec.values.shapes import Shape

MAX_LAYERS = 250_000  # of one network, loops unrolled: beyond that, a loop is more likely wrong than a network so large
MOST_DECIDED = 8  # wrong expectations, each of which costs one more walk through the network


@dataclass(frozen=True)
class Outside:
    """What the command line or the Python API decides: parameters, train settings, other inputs, one of the networks.

    `input` replaces the one input of a network, `inputs` those of the names given.
    """

    parameters: dict[str, Any] = field(default_factory=dict)
    train: dict[tuple[str, ...], Any] = field(default_factory=dict)
    data: tree.Call | None = None
    input: Shape | None = None
    inputs: Mapping[str, Shape] = field(default_factory=dict)
    network: str | None = None
    max_layers: int = MAX_LAYERS


class NoSuchName(UsageError):
    """Something set from outside that the file does not have: a usage error."""

    def __init__(self, problem: NoSuchSetting) -> None:
        super().__init__(problem.message)
        self.problem = problem


def networks(document: tree.Document, outside: Outside) -> tuple[list[Network], list[Diagnostic]]:
    """Returns the networks of a document that have no mistake, and all mistakes; raises NoSuchName."""
    diagnostics: list[Diagnostic] = []
    definitions = [item for item in document.definitions if isinstance(item, tree.NetworkDefinition)]
    _verify_names(definitions, outside, diagnostics)
    constants = _constants(document, diagnostics)
    recipe = _recipe(document, constants, outside, diagnostics)
    if not definitions and not any(isinstance(item, tree.Broken) for item in document.definitions):
        _report_no_network(document, diagnostics)
    chosen = [definition for definition in definitions if outside.network in (None, definition.name.text)]
    found = []
    for definition in chosen:
        network = _network(definition, constants, recipe, document, outside, diagnostics)
        if network is not None:
            found.append(network)
            if definition is chosen[-1]:  # the one that is trained
                diagnostics += fit(network, definition.name.span)
    return found, diagnostics


def _verify_names(definitions: list[tree.NetworkDefinition], outside: Outside, diagnostics: list[Diagnostic]) -> None:
    seen: dict[str, Span] = {}
    for definition in definitions:
        name = definition.name
        if name.text in seen:
            labels = [Label(seen[name.text], "defined here")]
            diagnostics.append(diagnose(NameTaken("another network", name.text), name.span, labels=labels))
        elif not name.text[0].isupper():
            capital = name.text[0].upper() + name.text[1:]
            problem = Structure(
                f"the name of a network begins with a capital letter, unlike `{name.text}`", f"write `{capital}`"
            )
            diagnostics.append(diagnose(problem, name.span))
        seen.setdefault(name.text, name.span)
    if outside.network is not None and outside.network not in seen:
        known = ", ".join(seen) or "none"
        raise NoSuchName(NoSuchSetting(f"there is no network `{outside.network}` in this file (it has: {known})"))
    parameters = {
        parameter.name.text
        for definition in definitions
        if outside.network in (None, definition.name.text)
        for parameter in definition.parameters
    }
    for name_given in outside.parameters:
        if name_given not in parameters:
            known = ", ".join(sorted(parameters)) or "none"
            raise NoSuchName(NoSuchSetting(f"the network has no parameter `{name_given}` (it has: {known})"))


def _constants(document: tree.Document, diagnostics: list[Diagnostic]) -> Scope:
    scope = Scope()
    later = {item.name.text: item.name.span for item in document.definitions if isinstance(item, tree.Let)}
    for definition in document.definitions:
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
        elif isinstance(definition, tree.Broken) and definition.name is not None:
            scope.lose(definition.name.text)
    return scope


def _recipe(document: tree.Document, constants: Scope, outside: Outside, diagnostics: list[Diagnostic]) -> RecipeLines:
    blocks = [item for item in document.definitions if isinstance(item, tree.TrainDefinition)]
    for block in blocks[1:]:
        problem = GivenTwice("the block", "train")
        diagnostics.append(diagnose(problem, block.span, labels=[Label(blocks[0].span, "the first one")]))
    return elaborate_recipe(blocks[0] if blocks else None, constants, outside.train, outside.data, diagnostics)


def _report_no_network(document: tree.Document, diagnostics: list[Diagnostic]) -> None:
    if diagnostics:
        return
    end = len(document.source.text)
    what = "this file has no network" if document.source.text.strip() else "this file is empty"
    problem = Structure(what, "write `network Name { input 1x28x28 ... }`")
    diagnostics.append(diagnose(problem, Span(document.source, min(0, end), min(1, end))))


def _network(
    definition: tree.NetworkDefinition,
    constants: Scope,
    recipe: RecipeLines,
    document: tree.Document,
    outside: Outside,
    diagnostics: list[Diagnostic],
) -> Network | None:
    walk = _best_walk(definition, constants, outside)
    mistakes = walk.diagnostics
    output = walk.flow.shape if walk.flow is not None else None
    failed = walk.lost or any(diagnostic.is_error for diagnostic in mistakes)
    diagnostics += mistakes
    if failed or output is None or walk.input is None:
        return None
    return Network(
        name=definition.name.text,
        source=document.source,
        inputs=(NetworkInput(walk.input, None, walk.input_span),),
        nodes=tuple(walk.nodes),
        returns=(len(walk.nodes),),
        settings={parameter.name.text: walk.scope.values[parameter.name.text] for parameter in definition.parameters},
        recipe=recipe.recipe,
        recipe_spans=recipe.spans,
    )


def _best_walk(definition: tree.NetworkDefinition, constants: Scope, outside: Outside) -> Elaboration:
    """Returns the walk that explains a network with the fewest mistakes.

    Behind a `-> shape` that is not what comes out, either may be what the author has in mind; the one that draws more
    consequences is not. The first few such places are decided one after the other.
    """
    chosen: tuple[bool, ...] = ()
    walk = _walk(definition, constants, outside, chosen)
    while len(chosen) < min(walk.disputed, MOST_DECIDED):
        other = _walk(definition, constants, outside, (*chosen, False))
        better = len(other.diagnostics) < len(walk.diagnostics)
        chosen = (*chosen, not better)
        walk = other if better else walk
    return walk


def _walk(
    definition: tree.NetworkDefinition, constants: Scope, outside: Outside, trust_expected: tuple[bool, ...]
) -> Elaboration:
    """Returns one walk through a network; for `trust_expected` see there."""
    scope = Scope(outer=constants)
    walk = Elaboration(scope, outside.input, trust_expected)
    for parameter in definition.parameters:
        try:
            define(parameter.name, _parameter(parameter, scope, outside), scope, walk.diagnostics, "a parameter")
        except (Fault, Unknown) as fault:
            if isinstance(fault, Fault):
                walk.diagnostics.append(diagnose(fault.problem, fault.span, labels=fault.labels))
            scope.lose(parameter.name.text)
    walk.network(definition)
    return walk


def _parameter(parameter: tree.Parameter, scope: Scope, outside: Outside) -> Any:
    name = parameter.name.text
    if name in outside.parameters:
        return outside.parameters[name]
    if parameter.default is not None:
        return evaluate(parameter.default, scope)
    raise Fault(
        NoValueGiven(f"the parameter `{name}` has no value", f"give it a default, or set it with `--set {name}=...`"),
        parameter.name.span,
    )
