"""What to write where a recipe and its network do not fit: in the line of `train { }`, or in the network."""

from __future__ import annotations

import re
from dataclasses import replace

from cnnspec.diagnostics.diagnostic import Diagnostic, Edit, Fix, Label
from cnnspec.network.ending import activation, last_change
from cnnspec.network.network import MergeNode, Network, Node
from cnnspec.network.remedies.rewriting import (
    Edits,
    behind_statement,
    fix,
    with_arguments,
    with_input,
    with_layer,
    without_statement,
)
from cnnspec.recipe.activation_problems import AlwaysTheSame, NotProbabilities, SecondActivation
from cnnspec.recipe.problems import (
    MoreOutputsThanClasses,
    NesterovWithoutMomentum,
    OutputNotFlat,
    RecipeProblem,
    SingleOutput,
    TooFewOutputs,
)
from cnnspec.recipe.sample_problems import NoImages, SampleDiffers
from cnnspec.source import Source, Span
from cnnspec.values.shapes import Shape

_WIDTHS = ("out_features", "out_channels")
_PARAMETER = re.compile(r"(?:\w+\s*[=:]\s*)?([A-Za-z_]\w*)$")


def remedied(diagnostic: Diagnostic, problem: RecipeProblem, network: Network) -> Diagnostic:
    """Returns the diagnostic of a recipe that does not fit its network with what would make it fit."""
    fixes = (*diagnostic.fixes, *_fixes(diagnostic.span, problem, network))
    if isinstance(problem, SecondActivation):
        diagnostic = _at_activation(diagnostic, network, "this loss applies it")
    if isinstance(problem, AlwaysTheSame):
        diagnostic = _at_activation(diagnostic, network, "this loss cannot change it")
    if isinstance(problem, NotProbabilities) and problem.is_along_other_axis:
        diagnostic = _at_activation(diagnostic, network, "this loss takes the classes along the channels")
    if isinstance(problem, TooFewOutputs | MoreOutputsThanClasses) and not _has_empty_classes(problem):
        name = _parameter_of_outputs(network)
        if name is not None:
            text = f"`--set {name}={problem.classes}`: the parameter `{name}` says how many outputs there are"
            diagnostic = replace(diagnostic, help=text)
    return replace(diagnostic, fixes=fixes)


def _has_empty_classes(problem: RecipeProblem) -> bool:
    """Returns whether it is the data that is to be mended, of which some folders hold no images."""
    return isinstance(problem, TooFewOutputs) and bool(problem.empty)


def _activation(network: Network) -> Node | None:
    """Returns the layer that bounds the outputs or, where several do, the last one."""
    node: Node | MergeNode | None = activation(network, network.returns[0]) or last_change(network, network.returns[0])
    return node if isinstance(node, Node) else None


def _at_activation(diagnostic: Diagnostic, network: Network, of_loss: str) -> Diagnostic:
    """Returns the diagnostic of an activation at that layer, which may be written far from the loss."""
    node = _activation(network)
    if node is None:
        return diagnostic
    loss = network.recipe_spans.get("loss")
    labels = () if loss is None else (Label(loss, of_loss),)
    return replace(diagnostic, span=node.origin.word, labels=(*diagnostic.labels, *labels))


def _fixes(line: Span, problem: RecipeProblem, network: Network) -> tuple[Fix, ...]:
    match problem:
        case TooFewOutputs() | MoreOutputsThanClasses() if not _has_empty_classes(problem):
            return _as_many_outputs(problem.classes, network)
        case SampleDiffers(is_trained=False) if problem.sample:
            return (*_resized(line, problem), *_input(problem.suitable, network))
        case NoImages(is_trained=False):
            return _input(problem.suitable, network)
        case OutputNotFlat():
            return _flattened(problem.output, network)
        case SingleOutput():
            if line.text.startswith("loss "):  # other arguments go with the loss
                return fix(f"write `loss {problem.instead}`", (Edit(line, f"loss {problem.instead}"),))
            return _other_word(line, problem.loss, problem.instead)
        case NotProbabilities():
            return _with_other_loss(line, problem, network)
        case AlwaysTheSame(loss="bce", outputs=1) if problem.activation:
            return _with_sigmoid(network)
        case SecondActivation():
            return _without_activation(network)
        case NesterovWithoutMomentum():
            return fix("write `momentum=0.9`", (Edit(line._replace(start=line.end), ", momentum=0.9"),))
    return ()


def _as_many_outputs(classes: int, network: Network) -> tuple[Fix, ...]:
    """Returns the fix in the layer that decides how many outputs there are, or in the parameter that it takes."""
    node = _widest_choice(network, network.returns[0])
    if node is None:
        return ()
    field, argument = _width(node)
    parameter = _PARAMETER.match(argument.text)
    edits: Edits = with_arguments(node.origin, {field: classes})
    if parameter is not None:
        edits = _value_of(parameter[1], argument.source, classes) or edits
    return fix(f"write `{node.keyword} {classes}`", edits)


def _parameter_of_outputs(network: Network) -> str | None:
    """Returns the parameter of the network that the layer takes which decides how many outputs there are; None without one."""
    node = _widest_choice(network, network.returns[0])
    if node is None or node.origin.frames:  # names in a block are its own
        return None
    name = _PARAMETER.match(_width(node)[1].text)
    return name[1] if name is not None and name[1] in network.settings else None


def _width(node: Node) -> tuple[str, Span]:
    """Returns the argument that says how many outputs a layer has, and where it is written."""
    return next((name, node.origin.arguments[name]) for name in _WIDTHS if name in node.origin.arguments)


def _widest_choice(network: Network, value: int) -> Node | None:
    """Returns the last layer whose number of outputs is written."""
    first = len(network.inputs)
    while value >= first:
        node = network.nodes[value - first]
        if isinstance(node, Node) and any(name in node.origin.arguments for name in _WIDTHS):
            return node
        value = node.inputs[0]
    return None


def _value_of(name: str, source: Source, number: int) -> Edits:
    """Returns the edit of the number that a parameter or constant is given where it is introduced."""
    given = re.search(rf"\b{name}[\"']?\s*[=:]\s*(?P<number>\d+)\b", source.text)
    return (Edit(Span(source, *given.span("number")), str(number)),) if given else ()


def _resized(line: Span, problem: SampleDiffers) -> tuple[Fix, ...]:
    """Returns the fix that lets the data be resized, where it can be and has as many channels."""
    resize = problem.resize
    if resize is None or not line.text.startswith("data "):
        return ()
    return fix(f"write `resize={resize}`", (Edit(line._replace(start=line.end), f", resize={resize}"),))


def _input(shape: Shape, network: Network) -> tuple[Fix, ...]:
    return () if network.input_span is None else fix(f"write `input {shape}`", with_input(network.input_span, shape))


def _flattened(output: Shape, network: Network) -> tuple[Fix, ...]:
    """Returns the fix that ends the network with a flat value, of as many numbers as there are classes."""
    last = network.nodes[-1] if network.nodes else None
    if last is None or last.origin.frames:
        return ()
    data = network.recipe.data if network.recipe is not None else None
    classes = data.classes if data is not None else None
    is_enough = classes is None or output.features in (output.channels, classes)
    lines = ["flatten"] if is_enough else ["flatten", f"linear {classes}"]
    title = " and ".join(f"`{line}`" for line in lines)
    return fix(f"end the network with {title}", behind_statement(last.origin.statement, lines))


def _without_activation(network: Network) -> tuple[Fix, ...]:
    node = _activation(network)
    if node is None:
        return ()
    return fix(f"leave out the `{node.keyword}`", without_statement(node.origin.statement))


def _with_sigmoid(network: Network) -> tuple[Fix, ...]:
    node = _activation(network)
    return () if node is None else fix("write `sigmoid`", with_layer(node.origin, "sigmoid"))


def _with_other_loss(line: Span, problem: NotProbabilities, network: Network) -> tuple[Fix, ...]:
    """Returns the fix that takes what comes before the activation, or the classes for what they are."""
    if problem.is_along_other_axis and problem.ending.log_axes is not None:
        return _along(problem.ending.log_axes.of_classes, network)
    node = activation(network, network.returns[0])
    if node is None:
        return _other_word(line, problem.loss, problem.instead)
    edits = (*_word(line, problem.loss, problem.instead), *without_statement(node.origin.statement))
    return fix(f"leave out the `{node.keyword}`, and write `{problem.instead}`", edits) if len(edits) > 1 else ()


def _along(axis: int, network: Network) -> tuple[Fix, ...]:
    node = _activation(network)
    return () if node is None else fix(f"write `{node.keyword} axis={axis}`", with_arguments(node.origin, {"axis": axis}))


def _other_word(line: Span, word: str, other: str) -> tuple[Fix, ...]:
    return fix(f"write `{other}`", _word(line, word, other))


def _word(line: Span, word: str, other: str) -> Edits:
    """Returns the edit of a word in a line; none where it does not stand there."""
    found = re.search(rf"\b{word}\b", line.text)
    if found is None:
        return ()
    return (Edit(Span(line.source, line.start + found.start(), line.start + found.end()), other),)
