"""A tree as plain data: the mappings, lists and values that its YAML and JSON texts hold.

Of the several forms that can be read it is always the same one, and reading it gives an equal tree.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnnspec.syntax import tree
from cnnspec.syntax.print_expression import print_label
from cnnspec.syntax.yaml_settings import settings
from cnnspec.syntax.yaml_statement_forms import body, shape
from cnnspec.syntax.yaml_values import Data, Rows, Section, in_order, value

_ORDER = (tree.Import, tree.Let, tree.BlockDefinition, tree.NetworkDefinition, tree.TrainDefinition)


def form(document: tree.Document) -> Data:
    """Returns the data of a document without mistakes: one mapping, or a list of several."""
    mappings: list[Data] = [_mapping(group) for group in _groups(document.definitions)]
    return Rows(mappings) if len(mappings) != 1 else mappings[0]


def _groups(definitions: Sequence[tree.Definition]) -> Iterator[list[tree.Definition]]:
    """Yields definitions in their order, as many together as one mapping can hold."""
    group: list[tree.Definition] = []
    for definition in definitions:
        if group and not _can_follow(definition, group):
            yield group
            group = []
        group.append(definition)
    if group:
        yield group


def _can_follow(definition: tree.Definition, group: Sequence[tree.Definition]) -> bool:
    """Returns whether the keys of one mapping can hold a definition behind others."""
    rank, last = _rank(definition), _rank(group[-1])
    if rank != last:
        return rank > last
    if isinstance(definition, tree.Let):
        return not any(isinstance(one, tree.Let) and one.name.text == definition.name.text for one in group)
    return isinstance(definition, (tree.Import, tree.BlockDefinition))


def _rank(definition: tree.Definition) -> int:
    """Returns the place of a definition among the keys of a mapping."""
    return next(place for place, kind in enumerate(_ORDER) if isinstance(definition, kind))


def _mapping(definitions: Sequence[tree.Definition]) -> Section:
    """Returns the mapping of definitions that stand in the order of its keys."""
    found = Section()
    paths: list[Data] = [str(one.path.value) for one in definitions if isinstance(one, tree.Import)]
    constants = {one.name.text: value(one.value) for one in definitions if isinstance(one, tree.Let)}
    blocks: list[Data] = [_block(one) for one in definitions if isinstance(one, tree.BlockDefinition)]
    if paths:
        found["import"] = paths[0] if len(paths) == 1 else paths
    if constants:
        found["let"] = constants
    if blocks:
        found["blocks"] = Rows(blocks)
    for one in definitions:
        if isinstance(one, tree.NetworkDefinition):
            found.update(_network(one))
        elif isinstance(one, tree.TrainDefinition):
            found["train"] = settings(one.settings)
    return found


def _block(block: tree.BlockDefinition) -> Section:
    return Section({"block": block.name.text, **_parameters(block.parameters), "layers": body(block.body)})


def _network(network: tree.NetworkDefinition) -> Section:
    inputs = _leading_inputs(network.body)
    found = Section({"network": network.name.text, **_parameters(network.parameters)})
    if inputs and inputs[0].label is None:
        found["input"] = shape(inputs[0])
    elif inputs:
        found["input"] = {print_label(one.label): shape(one) for one in inputs if one.label is not None}
    found["layers"] = body(network.body[len(inputs) :])
    return found


def _leading_inputs(statements: tree.Body) -> Sequence[tree.Input]:
    """Returns the inputs that stand behind the key `input`: one without a label, or several with labels that differ."""
    found: dict[str, tree.Input] = {}
    for statement in statements:
        if not isinstance(statement, tree.Input):
            break
        if statement.label is None:
            return list(found.values()) or [statement]
        if print_label(statement.label) in found:
            break
        found[print_label(statement.label)] = statement
    return list(found.values())


def _parameters(parameters: Sequence[tree.Parameter]) -> dict[str, Data]:
    """Returns the entry `params`, if there are parameters: a mapping where all have defaults, else a list."""
    if not parameters:
        return {}
    found = in_order(
        (None, one.name.text) if one.default is None else (one.name.text, value(one.default)) for one in parameters
    )
    return {"params": found[0] if len(found) == 1 and isinstance(found[0], dict) else found}
