"""From a document to its networks: file-level constants, parameters, what was set from outside, and the `train` block."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from cnnspec.diagnostics.diagnostic import Diagnostic, Label, diagnose
from cnnspec.diagnostics.problem import UsageError
from cnnspec.network.elaborate import Elaboration
from cnnspec.network.file_scope import file_scope, lower_case
from cnnspec.network.findings import Findings
from cnnspec.network.imports import Imports, Library
from cnnspec.network.lints.find import lint
from cnnspec.network.network import Network, NetworkInput
from cnnspec.network.problems import GivenTwice, NameTaken, NoSuchSetting, Structure
from cnnspec.network.recipe_lines import Overrides, RecipeLines
from cnnspec.network.scope import FileScope, Scope
from cnnspec.network.unused import unused_definitions, unused_results
from cnnspec.network.walks import best_walk
from cnnspec.source import Source, Span
from cnnspec.syntax import tree
from cnnspec.values.shapes import Shape

MAX_LAYERS = 250_000  # of one network, loops unrolled: beyond that, a loop is more likely wrong than a network so large


@dataclass(frozen=True)
class Outside:
    """What the command line or the Python API decides: parameters, train settings, other inputs, one of the networks.

    `input` replaces the one input of a network, `inputs` those of the names given. `beside` are the networks beside the one
    that is asked for, where it comes out of its file once more and nobody had asked for it by name.
    """

    parameters: dict[str, Any] = field(default_factory=dict)
    train: Overrides = field(default_factory=dict)
    data: tree.Call | None = None
    input: Shape | None = None
    inputs: Mapping[str, Shape] = field(default_factory=dict)
    network: str | None = None
    max_layers: int = MAX_LAYERS
    budgets: tuple[tree.Expression, ...] = ()
    beside: tuple[Network, ...] = ()


class NoSuchName(UsageError):
    """Something set from outside that the file does not have: a usage error."""

    def __init__(self, problem: NoSuchSetting) -> None:
        super().__init__(problem.message)
        self.problem = problem


@dataclass(frozen=True)
class _File:
    """What all networks of one file have in common."""

    document: tree.Document
    scope: FileScope
    recipe: RecipeLines
    imported: tuple[Source, ...]


def networks(document: tree.Document, outside: Outside, library: Library) -> tuple[list[Network], list[Diagnostic]]:
    """Returns the networks of a document that have no mistake, and all mistakes; raises NoSuchName."""
    diagnostics: list[Diagnostic] = []
    imports = Imports(library, diagnostics)
    everything = list(imports.definitions(document))
    definitions = [item for item in document.definitions if isinstance(item, tree.NetworkDefinition)]
    _verify_names(definitions, outside, diagnostics)
    of_file = Findings()
    scope = file_scope(everything, imports.incomplete, of_file)
    diagnostics += of_file.diagnostics
    recipe = _recipe(document, scope, outside, diagnostics)
    file = _File(document, scope, recipe, tuple(imports.sources))
    if not any(isinstance(item, tree.NetworkDefinition | tree.BlockDefinition | tree.Broken) for item in document.definitions):
        _report_no_network(document, diagnostics)
    chosen = [definition for definition in definitions if outside.network in (None, definition.name.text)]
    found: list[Network] = []
    for definition in chosen:
        network = _network(definition, file, outside, diagnostics)
        if network is not None:
            if definition is chosen[-1] and (beside := (*outside.beside, *found)):
                network = replace(network, beside=beside)
            found.append(network)
            diagnostics += _new([*unused_results(network), *lint(network, is_trained=definition is chosen[-1])], diagnostics)
            if definition is chosen[-1] and network.recipe is not None:  # the one that is trained
                from cnnspec.network.recipes import fit

                diagnostics += fit(network, definition.name.span)
    if any(diagnostic.is_error for diagnostic in diagnostics):
        return found, diagnostics  # what looks unused may be what the mistakes are about
    return found, diagnostics + unused_definitions(document)


def _verify_names(definitions: list[tree.NetworkDefinition], outside: Outside, diagnostics: list[Diagnostic]) -> None:
    seen: dict[str, Span] = {}
    for definition in definitions:
        name = definition.name
        if name.text in seen:
            labels = [Label(seen[name.text], "defined here")]
            diagnostics.append(diagnose(NameTaken("another network", name.text), name.span, labels=labels))
        elif (problem := lower_case("network", name)) is not None:
            diagnostics.append(diagnose(problem, name.span))
        seen.setdefault(name.text, name.span)
    if outside.network is not None and outside.network not in seen:
        raise _no_such("there is no network", outside.network, "in this file", seen)
    chosen = [definition for definition in definitions if outside.network in (None, definition.name.text)]
    parameters = {parameter.name.text for definition in chosen for parameter in definition.parameters}
    for name_given in outside.parameters:
        if name_given not in parameters:
            raise _no_parameter(name_given, outside.parameters[name_given], sorted(parameters))
    _verify_inputs(chosen, outside)


def _verify_inputs(chosen: list[tree.NetworkDefinition], outside: Outside) -> None:
    """Raises NoSuchName where `--input` names an input that no network has, or names none where there are several."""
    names = [_input_names(definition) for definition in chosen]
    for name in outside.inputs:
        if names and not any(name in known for known in names):
            labels = dict.fromkeys(label for known in names for label in known if label)
            raise _no_such("the network has no input", name, "", labels)
    for known in names:
        if outside.input is not None and len(known) > 1:
            example = next((label for label in known if label), "left")
            text = f"the network has {len(known)} inputs: say which one, such as `--input {example}={outside.input}`"
            raise NoSuchName(NoSuchSetting(text))


def _input_names(definition: tree.NetworkDefinition) -> list[str | None]:
    inputs = [statement for statement in definition.body if isinstance(statement, tree.Input)]
    return [statement.label.text if isinstance(statement.label, tree.Name) else None for statement in inputs]


def _no_such(what: str, name: str, where: str, known: Iterable[str]) -> NoSuchName:
    place = f" {where}" if where else ""
    return NoSuchName(NoSuchSetting(f"{what} `{name}`{place} (it has: {', '.join(known) or 'none'})"))


def _no_parameter(name: str, value: Any, known: list[str]) -> NoSuchName:
    """Returns the mistake of a parameter that the network does not have, which may be a setting of `train`."""
    from cnnspec.diagnostics.nearest import nearest
    from cnnspec.recipe.elsewhere import full_name

    mistake = _no_such("the network has no parameter", name, "", known)
    meant = None if nearest(name, known) else full_name(name)
    if meant is None:
        return mistake
    shown = value if isinstance(value, str | int | float) else "..."
    return NoSuchName(NoSuchSetting(f"{mistake}; did you mean `{meant}={shown}`?"))


def _recipe(document: tree.Document, constants: Scope, outside: Outside, diagnostics: list[Diagnostic]) -> RecipeLines:
    blocks = [item for item in document.definitions if isinstance(item, tree.TrainDefinition)]
    for block in blocks[1:]:
        problem = GivenTwice("the block", "train")
        diagnostics.append(diagnose(problem, block.span, labels=[Label(blocks[0].span, "the first one")]))
    if not blocks and not outside.train and outside.data is None:
        return RecipeLines()
    from cnnspec.network.recipes import elaborate_recipe  # half of all files say nothing of training, and start sooner

    return elaborate_recipe(blocks[0] if blocks else None, constants, outside.train, outside.data, diagnostics)


def _report_no_network(document: tree.Document, diagnostics: list[Diagnostic]) -> None:
    if diagnostics or any(isinstance(item, tree.Let) for item in document.definitions):
        return  # constants alone are a file to import
    end = len(document.source.text)
    what = "this file has no network" if document.source.text.strip() else "this file is empty"
    problem = Structure(what, "write `network Name { input 1x28x28 ... }`")
    diagnostics.append(diagnose(problem, Span(document.source, min(0, end), min(1, end))))


def _network(
    definition: tree.NetworkDefinition, file: _File, outside: Outside, diagnostics: list[Diagnostic]
) -> Network | None:
    walk = best_walk(definition, file.scope, outside)
    mistakes = walk.diagnostics
    if walk.findings.has_errors:
        from cnnspec.network.symbolic.nearest_inputs import with_nearest

        mistakes = with_nearest(mistakes, walk, file.scope, outside, lambda other: _assembled(other, file))
    diagnostics += _new(mistakes, diagnostics)
    network = None if any(diagnostic.is_error for diagnostic in mistakes) else _assembled(walk, file)
    if network is None:
        return None
    missed = _missed(network, definition, walk, outside)
    diagnostics += missed
    return None if missed else network


def _assembled(walk: Elaboration, file: _File) -> Network | None:
    """Returns the network that a walk without mistakes has found, None where something stayed unknown."""
    definition = walk.definition
    if walk.lost or walk.returns is None:
        return None
    inputs = [NetworkInput(given.shape, given.name, given.span) for given in walk.inputs if given.shape is not None]
    if len(inputs) < walk.declared or any(flow.shape is None for flow in walk.returns):
        return None
    return Network(
        name=definition.name.text,
        source=file.document.source,
        inputs=tuple(inputs),
        nodes=tuple(walk.nodes),
        returns=tuple(flow.value for flow in walk.returns),
        return_names=walk.return_names,
        output_span=walk.output_span,
        conditions=tuple(walk.conditions),
        blocks=dict(walk.blocks),
        settings={parameter.name.text: walk.root.values[parameter.name.text] for parameter in definition.parameters},
        recipe=file.recipe.recipe,
        recipe_spans=file.recipe.spans,
        imported=file.imported,
    )


def _missed(network: Network, definition: tree.NetworkDefinition, walk: Elaboration, outside: Outside) -> list[Diagnostic]:
    """Returns the budgets of the file and those from outside, which see no name of the file, that a network does not meet."""
    if not walk.requirements and not outside.budgets:
        return []
    from cnnspec.network.budgets import Requirement, verify_budgets  # few files have budgets

    asked = Requirement(outside.budgets, Scope(), definition.name.span)
    return list(verify_budgets(network, [*walk.requirements, asked]))


def _new(found: list[Diagnostic], diagnostics: list[Diagnostic]) -> list[Diagnostic]:
    """Returns what is not said yet of a block that another network calls too."""
    said = {(diagnostic.code, diagnostic.span) for diagnostic in diagnostics} if found else set()
    return [diagnostic for diagnostic in found if (diagnostic.code, diagnostic.span) not in said]
