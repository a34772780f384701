"""References to earlier values: `from`, `reuse`, `output`, and the operands of merges."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnspec.diagnostics.diagnostic import Label
from cnnspec.diagnostics.nearest import nearest
from cnnspec.layers.problems import LayerProblem
from cnnspec.network.expressions import evaluate, said, show, template_name
from cnnspec.network.graph_problems import NotReusable, SharedWeightsDiffer, UnknownReference
from cnnspec.network.naming import Level, label_name
from cnnspec.network.network import MergeNode, Node
from cnnspec.network.problems import Fault, Structure, UnknownName
from cnnspec.network.scope import Flow, Made, Scope, Unknown
from cnnspec.source import Span
from cnnspec.syntax import tree
from cnnspec.syntax.indentation import headless
from cnnspec.syntax.visit import nodes
from cnnspec.values.call import calls_differ
from cnnspec.values.shapes import Shape

if TYPE_CHECKING:
    from cnnspec.network.elaborate import Elaboration

MOST_LABELS = 12  # that a message lists


def refer(walk: Elaboration, expression: tree.Expression, scope: Scope) -> Flow:
    """Returns the value that an expression names; raises Fault where it names none, or Unknown."""
    if isinstance(expression, tree.Name | tree.Template):
        name = expression if isinstance(expression, tree.Name) else template_name(expression, scope)
        try:
            value = scope.find(name.text)
        except KeyError:
            raise _unseen(walk, name, scope) from None
    else:
        value = evaluate(expression, scope)
    if isinstance(value, Flow):
        return value
    if isinstance(expression, tree.Sequence):
        names = ", ".join(item.span.text for item in expression.items)
        problem = UnknownReference("a list is not a value of the network", f"name one after the other: `{names}`")
        raise Fault(problem, expression.span)
    what = f"{show(value)} is" if isinstance(expression, tree.Literal) else f"{said(expression.span.text, value)},"
    raise Fault(UnknownReference(f"{what} not a value of the network", _NAMES), expression.span)


_NAMES = "name an earlier label, `in` or `input`"


def why_unknown(walk: Elaboration, fault: Fault, scope: Scope) -> Fault:
    """Returns a fault for a name in an expression with the reason, where the name is a label that cannot be seen from there.

    Raises Unknown where an earlier mistake may be the reason.
    """
    problem = fault.problem
    if not isinstance(problem, UnknownName) or problem.kind != "name":
        return fault
    for label in scope.names():
        span = fault.span._replace(end=fault.span.start + len(label))
        if "-" in label and span.text == label:
            advice = f"call it `{label.replace('-', '_')}`"
            return Fault(UnknownReference(f"the label `{label}` cannot be referred to: `-` is minus here", advice), span)
    if problem.word in walk.labelled(walk.body_of.body) or problem.word in walk.labelled(walk.definition.body):
        return _unseen(walk, tree.Name(problem.word, fault.span), scope)
    if walk.may_have_lost(problem.word) or _lacks_its_head(fault.span, walk.body_of.body):
        raise Unknown
    return fault


def _lacks_its_head(place: Span, body: tree.Body) -> bool:
    """Returns whether a place is in the lines of a loop, say, of which the first line is missing, and with it its names."""
    strays = (node.span for node in nodes(body) if isinstance(node, tree.Broken) and node.span.text == "}")
    lost = [inside for brace in strays if (inside := headless(brace)) is not None]
    return any(inside.start <= place.start and place.end <= inside.end for inside in lost)


def _unseen(walk: Elaboration, name: tree.Name, scope: Scope) -> Fault:
    """Returns why a label cannot be referred to; raises Unknown where an earlier mistake may be the reason."""
    text = name.text
    if walk.may_have_lost(text):
        raise Unknown
    statement = walk.labelled(walk.body_of.body).get(text)
    if statement is None:
        return _nowhere(walk, name, scope)
    place = Label(statement.label.span, "introduced here")
    if statement.label.span.start > name.span.start:
        advice = "values flow from top to bottom: name one that is there already"
        return Fault(UnknownReference(f"`{text}` is introduced only later", advice), name.span, [place])
    if statement.span.start <= name.span.start < statement.span.end:
        text = f"`{text}` has no value yet: this stands inside of it"
        return Fault(UnknownReference(text, "name it behind its end"), name.span, [place])
    around = _sequence_around(text, scope)
    if around is not None:
        problem = UnknownReference(
            f"`{text}` stands inside the sequence `{around}`", f"write `{around}.{text}`", f"{around}.{text}"
        )
        return Fault(problem, name.span, [place])
    if _are_branches(walk.body_of.body, statement.label.span, name.span):
        text = f"`{text}` cannot be seen from here: it stands in another branch"
        return Fault(UnknownReference(text, "behind the merge it can be named"), name.span, [place])
    return Fault(UnknownReference(f"`{text}` stands in an arm that is not taken"), name.span, [place])


def _are_branches(body: tree.Body, *places: Span) -> bool:
    """Returns whether all places are inside one merge."""
    return any(
        isinstance(node, tree.Merge | tree.Residual)
        and all(node.span.start <= place.start and place.end <= node.span.end for place in places)
        for node in nodes(body)
    )


def _nowhere(walk: Elaboration, name: tree.Name, scope: Scope) -> Fault:
    """Returns what is wrong with a name that no label of the body has."""
    text = name.text
    visible = [known for known in scope.names() if _is_flow(known, scope)]
    guess = None if "{" in name.span.text else nearest(text, visible)  # `enc4` is as near to all its neighbours
    if walk.body_of is not walk.definition and text in walk.labelled(walk.definition.body):
        advice = "a block sees its parameters, the constants of the file, and `input`, the value that entered it"
        return Fault(UnknownReference(f"a block does not see the label `{text}` of its caller", advice), name.span)
    callee = scope.callee(text)
    if callee is not None and guess is None:
        return Fault(UnknownReference(f"{said(text, callee)}, not a value of the network", _NAMES), name.span)
    missing = f"there is no label `{text}`"
    if guess is not None:
        return Fault(UnknownReference(missing, f"did you mean `{guess}`?", guess, name.span.text), name.span)
    known = f"values to name: {', '.join(f'`{label}`' for label in ('in', *visible))}"
    listed = known if len(visible) <= MOST_LABELS else None
    return Fault(UnknownReference(missing, listed, nowhere=name.span.text), name.span)


def _is_flow(name: str, scope: Scope) -> bool:
    try:
        return isinstance(scope.find(name), Flow)
    except Unknown:
        return False


def _sequence_around(text: str, scope: Scope) -> str | None:
    """Returns the labelled sequence, such as `stage.deep`, that has a label `text`."""
    remaining = [(known, scope.find(known)) for known in scope.names() if _is_flow(known, scope)]
    while remaining:
        path, flow = remaining.pop(0)
        inner = flow.inner or {}
        if text in inner:
            return path
        remaining += [(f"{path}.{label}", value) for label, value in inner.items()]
    return None


def go_on_from(walk: Elaboration, statement: tree.From, level: Level, scope: Scope) -> None:
    """Makes an earlier value the current one."""
    label = label_name(statement.label, scope)
    walk.here(statement.word.span)
    flow = refer(walk, statement.value, scope)
    walk.arrive(Flow(flow.shape, flow.value))
    if statement.expect is not None:
        walk.verify(statement.expect, scope)
    if label is not None:
        walk.label(label, scope)


def return_values(walk: Elaboration, statement: tree.Output, level: Level, scope: Scope) -> None:
    """Names what the network returns."""
    if scope is not walk.root or walk.body_of is not walk.definition:
        text = "`output` stands at the end of the network itself, not inside another statement"
        raise Fault(Structure(text, _at_the_end(walk)), statement.word.span)
    walk.here(statement.word.span)
    walk.ended = statement.word.span
    walk.output_span = statement.span
    walk.returns = tuple(refer(walk, value, scope) for value in statement.values)
    walk.return_names = tuple(_written(value, scope) for value in statement.values)


def _written(reference: tree.Expression, scope: Scope) -> str:
    """Returns a reference as its label reads, templates filled in: `head.fc`."""
    if isinstance(reference, tree.Attribute):
        return f"{_written(reference.base, scope)}.{_written(reference.name, scope)}"
    if isinstance(reference, tree.Template):
        return template_name(reference, scope).text
    return reference.span.text


def _at_the_end(walk: Elaboration) -> str:
    if walk.body_of is walk.definition:
        return "move it behind the last `}` before the end of the network"
    return "leave it out: a block returns what its last statement gives"


def reuse(walk: Elaboration, statement: tree.Reuse, level: Level, scope: Scope) -> None:
    """Applies the nodes of an earlier labelled layer or sequence to the current value, with the same weights."""
    label = label_name(statement.label, scope)
    arriving = walk.here(statement.word.span)
    if label is not None:
        level.name(label, label.span)
    target = refer(walk, statement.target, scope)
    if target.made is None:
        advice = "only the label of a layer, a block or a sequence can be reused"
        raise Fault(NotReusable(f"`{statement.target.span.text}` is a value, not a layer", advice), statement.target.span)
    if target.made.gaps:
        raise Unknown
    if arriving.shape is None:
        walk.gaps += 1
        walk.arrive(Flow(None))
    else:
        _replay(walk, target.made, arriving, statement, level)
    if statement.expect is not None:
        walk.verify(statement.expect, scope)
    if label is not None:
        walk.label(label, scope)


def _replay(walk: Elaboration, made: Made, arriving: Flow, statement: tree.Reuse, level: Level) -> None:
    """Adds the nodes of `made` once more behind the value that arrives; what comes out becomes the current value."""
    assert arriving.shape is not None
    values, shapes = {made.entry: arriving.value}, {arriving.value: arriving.shape}
    applications: dict[int, int] = {}  # a sequence may itself reuse layers
    flow = arriving
    for position in range(made.start, made.end):
        node = walk.nodes[position]
        if node.application not in applications:
            walk.applications += 1
            applications[node.application] = walk.applications
        application = applications[node.application]
        caller = node.caller if node.application else level.path
        inputs = tuple(values.get(value, value) for value in node.inputs)
        arrived = tuple(shapes.get(value) or walk.shape(value) for value in inputs)
        origin = node.origin._replace(frames=(*walk.frames, *node.origin.frames))
        again: Node | MergeNode
        if isinstance(node, Node):
            output = _applied(walk, node, arrived[0], statement)
            again = Node(node.path, node.layer, inputs, arrived[0], output, origin, application, caller)
        else:
            output = _merged(node, arrived, statement)
            again = MergeNode(node.level, node.merge, inputs, arrived, output, origin, node.label, application, caller)
        number = walk.add(again)
        values[walk.declared + position], shapes[number] = number, output
        flow = Flow(output, number)
    walk.arrive(flow)


def _applied(walk: Elaboration, node: Node, x: Shape, statement: tree.Reuse) -> Shape:
    """Returns what a layer gives for another input with its weights; raises Fault where it cannot take that input."""
    try:
        y = node.layer.infer(x)
        same = not calls_differ(node.layer.torch(x), node.layer.torch(node.input))
    except LayerProblem as problem:
        place = node.origin.arguments.get(problem.argument or "", node.origin.word)
        raise Fault(problem, statement.span, [Label(place, "the layer stands here")]) from None
    if not same:
        label = Label(node.origin.word, f"made for {node.input}")
        raise Fault(SharedWeightsDiffer(node.name, node.keyword, str(node.input), str(x)), statement.span, [label])
    return y


def _merged(node: MergeNode, shapes: tuple[Shape, ...], statement: tree.Reuse) -> Shape:
    try:
        return node.merge.infer(shapes)
    except LayerProblem as problem:
        raise Fault(problem, statement.span, [Label(node.origin.word, "the merge stands here")]) from None
