"""Statements that call something: a layer, a block, or a parameter that stands for one of them.

A block sees nothing but its arguments, the constants of the file and the value that enters it, so it is elaborated once for
each combination of them; further calls repeat what came out. Likewise a layer whose arguments are plain numbers is made once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from cnnspec.diagnostics.nearest import nearest
from cnnspec.layers.base import Layer
from cnnspec.layers.problems import DeclaredSizeDiffers, LayerProblem
from cnnspec.layers.registry import Word, known_words, lookup
from cnnspec.network.bind import bind, create
from cnnspec.network.expressions import show
from cnnspec.network.graph_problems import NotCallable, RecursiveBlock
from cnnspec.network.naming import Level, label_name
from cnnspec.network.network import BlockCall, Frame, MergeNode, Node, Origin, Path
from cnnspec.network.parameters import bind_parameters, given_arguments
from cnnspec.network.problems import Fault, RankAsserted, UnknownLayer
from cnnspec.network.scope import LOST, Flow, Made, Scope, Unknown
from cnnspec.network.walk import Attempt, assumed, explain, other_rank
from cnnspec.source import Span
from cnnspec.syntax import tree
from cnnspec.syntax.lexer import STRUCTURE_WORDS
from cnnspec.values.shapes import Shape

if TYPE_CHECKING:
    from cnnspec.network.elaborate import Elaboration


class MadeLayer(NamedTuple):
    """A layer that is the same in every round: its arguments are literals."""

    word: Word
    layer: Layer
    spans: dict[str, Span]


class Record(NamedTuple):
    """What a block comes to for one combination of arguments and input, to be repeated elsewhere.

    `path`, `entry` and `first` are the level, the value that entered, and the number of the first value inside, as they were;
    `depth` is the number of frames around the body. `gaps` counts the nodes that mistakes kept away; `is_doubted`
    says whether what comes out is a guess behind a mistake.
    """

    nodes: tuple[Node | MergeNode, ...]
    block: BlockCall
    inside: tuple[tuple[Path, BlockCall], ...]
    path: Path
    entry: int
    first: int
    depth: int
    flow: Flow
    gaps: int
    is_doubted: bool
    stated: tuple[tuple[int, tuple[int, ...]], ...]


def call(walk: Elaboration, statement: tree.Call, level: Level, scope: Scope) -> None:
    """Elaborates the call of a layer or block."""
    made = walk.constant_layers.get(id(statement))
    if made is None:
        name = _callee(statement.word, scope, walk)
        definition = walk.file.blocks.get(name)
        if definition is not None:
            _call_block(walk, definition, statement, level, scope)
            return
        word = lookup(name)
        if word is None:
            if name != statement.word.text:
                raise _no_such_callee(walk, statement.word, name)
            _go_on(walk, statement, _unknown(walk, statement, level, scope), scope)
            return
    else:
        word = made.word
    start = walk.mark()
    x = walk.here(statement.word.span).shape
    label = label_name(statement.label, scope)
    path = level.name(label, statement.word.span)
    if made is None:
        made = _make(walk, statement, word, scope)
    if x is None:
        walk.gaps += 1
        _go_on(walk, statement, Flow(None), scope)
    else:
        _go_on(walk, statement, _apply(walk, made, statement, x, path), scope, label, start)


def _callee(word: tree.Name, scope: Scope, walk: Elaboration) -> str:
    """Returns the name of the layer or block that a statement calls; raises Fault where its word names something else."""
    try:
        value = scope.find(word.text)
    except KeyError:
        return word.text
    if isinstance(value, str):
        return value
    if word.text in walk.file.blocks or lookup(word.text) is not None:
        return word.text  # labels and parameters have a namespace of their own
    advice = None
    if isinstance(value, Flow):
        advice = f"`from {word.text}` goes on from it, `reuse {word.text}` applies the layer again"
    elif value is None:
        advice = "the layer `identity` does nothing"
    raise Fault(NotCallable(f"`{word.text}` is {show(value)}: it is no layer and no block", advice), word.span)


def _no_such_callee(walk: Elaboration, word: tree.Name, name: str) -> Fault:
    if walk.file.lacks_blocks:
        raise Unknown
    guess = nearest(name, (*known_words(), *walk.file.blocks))
    text = f"`{word.text}` is {show(name)}, and there is no such layer or block"
    return Fault(NotCallable(text, f"did you mean `{guess}`?" if guess else None), word.span)


def _make(walk: Elaboration, statement: tree.Call, word: Word, scope: Scope) -> MadeLayer:
    """Returns the layer of a call; raises Fault for its arguments, or Unknown."""
    bound = bind(word.kind, statement.arguments, scope)
    made = MadeLayer(word, create(word.kind, bound, statement.word), bound.spans)
    if statement.word.text == word.kind.keyword and all(_is_constant(argument.value) for argument in statement.arguments):
        walk.constant_layers[id(statement)] = made
    return made


def _is_constant(expression: tree.Expression) -> bool:
    if isinstance(expression, tree.Sequence):
        return all(map(_is_constant, expression.items))
    return isinstance(expression, tree.Literal)


def _apply(walk: Elaboration, made: MadeLayer, statement: tree.Call, x: Shape, path: Path) -> Flow:
    """Returns what comes out of a layer, having added its node; a mistake is reported."""
    assert walk.flow is not None
    key = (id(made.layer), x)
    y = walk.inferred.get(key)
    origin = Origin(statement.span, statement.word.span, made.spans, walk.frames)
    if y is None:
        asserted = asserted_rank(made.word, statement.word, x)
        if asserted is not None:
            attempt = Attempt(made.layer, x, walk.flow.value, origin)
            walk.findings.put(other_rank(asserted, attempt, walk.past), walk.frames)
        try:
            y = made.layer.infer(x)
            if x.is_symbolic and not walk.is_freed:
                from cnnspec.network.symbolic.verification import verify_weights

                verify_weights(made.layer, x, walk)
        except LayerProblem as problem:
            walk.gaps += 1
            if asserted is not None:
                return Flow(None)
            attempt = Attempt(made.layer, x, walk.flow.value, origin)
            walk.findings.put(explain(problem, attempt, walk.past), walk.frames)
            walk.doubted |= not isinstance(problem, DeclaredSizeDiffers)
            if isinstance(problem, DeclaredSizeDiffers) and _names_something(made.spans[problem.field]):
                walk.misled.append(walk.frames)
            return Flow(assumed(made.layer, x, problem))
        if id(statement) in walk.constant_layers:
            walk.inferred[key] = y
    return Flow(y, walk.add(Node(path, made.layer, (walk.flow.value,), x, y, origin)))


def _names_something(argument: Span) -> bool:
    """Returns whether the value of a named argument is not made of numbers alone."""
    return any(map(str.isalpha, argument.text.partition("=")[2]))


def _unknown(walk: Elaboration, statement: tree.Call, level: Level, scope: Scope) -> Flow:
    """Reports a word that is no layer; returns what comes out of the layer that was meant, where that is clear."""
    from cnnspec.layers.elsewhere import our_layer, our_merge  # files without mistakes do without
    from cnnspec.layers.elsewhere_differs import layer_advice
    from cnnspec.syntax.recovery import introduces_constant

    word = statement.word
    named = statement.arguments[0].name if len(statement.arguments) == 1 else None
    if named is not None and introduces_constant(word.text):
        elsewhere = None if nearest(word.text, ("let",)) else "let"
        walk.report(UnknownLayer("layer", word.text, ("let",), elsewhere=elsewhere), word.span)
        scope.lose(named.text)
        return walk.flow or Flow(None)
    if word.text in walk.file.networks:
        advice = f"write `block {word.text}`, without an `input`"
        raise Fault(NotCallable(f"`{word.text}` is a network: only layers and blocks can be called", advice), word.span)
    walk.gaps += 1
    if word.text[0].isupper() and any(lost.span.text.startswith("block") for lost in walk.lost_labels):
        raise Unknown  # it is defined where no block can be
    known = (*known_words(), *walk.file.blocks, *STRUCTURE_WORDS)
    elsewhere = our_layer(word.text) or our_merge(word.text)
    if walk.file.lacks_blocks and word.text[0].isupper() and elsewhere is None:
        raise Unknown
    if walk.file.incomplete and nearest(word.text, known) is None and elsewhere is None:
        raise Unknown  # it may be an imported constant that names a layer
    said = layer_advice(word.text) if nearest(word.text, walk.file.blocks) is None else None
    if said is not None:
        raise Fault(UnknownLayer("layer", word.text, known, advice=said), word.span)
    problem = UnknownLayer("layer", word.text, known, elsewhere=elsewhere)
    if word.text[0].isupper() and problem.elsewhere is None:
        problem = UnknownLayer("layer or block", word.text, known, blocks=tuple(walk.file.blocks))
    walk.report(problem, word.span)
    if walk.flow is None:
        walk.enter(Flow(None))  # it may have been meant to be `input`
    meant = lookup(problem.replacement) if problem.replacement else None
    if meant is None or walk.flow is None or walk.flow.shape is None:
        return Flow(None)
    try:
        level.name(label_name(statement.label, scope), word.span)
        layer = create(meant.kind, bind(meant.kind, statement.arguments, scope), word)
        return Flow(layer.infer(walk.flow.shape))
    except (Fault, Unknown, LayerProblem):
        return Flow(None)  # perhaps it was not meant, and then this would be no mistake


def _go_on(
    walk: Elaboration,
    statement: tree.Call,
    flow: Flow,
    scope: Scope,
    label: tree.Name | None = None,
    start: Made | None = None,
    *,
    block: str | None = None,
) -> None:
    """Makes what comes out the current value, verifies what the author expects, and gives it the label."""
    walk.arrive(flow)
    if statement.expect is not None:
        before = sum(walk.disputed.values())
        walk.verify(statement.expect, scope)
        if block is not None and flow.shape is not None:
            walk.expected_of.setdefault(block, {}).setdefault(statement.expect.span, sum(walk.disputed.values()) == before)
    if statement.label is not None:
        label = label or label_name(statement.label, scope)
        assert label is not None
        made = walk.made_since(start) if start is not None else LOST
        walk.label(label, scope, made=made, is_block=block is not None)


# blocks


def _call_block(walk: Elaboration, definition: tree.BlockDefinition, statement: tree.Call, level: Level, scope: Scope) -> None:
    entry = walk.here(statement.word.span)
    start = walk.mark()
    label = label_name(statement.label, scope)
    path = level.name(label, statement.word.span)
    given = given_arguments(definition, statement, scope)
    key = (definition.name.text, _frozen(tuple(given.items())), entry.shape)
    record = walk.records.get(key)
    if record is None:
        record = _elaborate(walk, definition, given, statement, path, entry)
        walk.records[key] = record
    else:
        _repeat(walk, record, statement, path, entry)
    _go_on(walk, statement, walk.flow or Flow(None), scope, label, start, block=definition.name.text)


def _elaborate(
    walk: Elaboration, definition: tree.BlockDefinition, given: dict[str, Any], statement: tree.Call, path: Path, entry: Flow
) -> Record:
    """Returns what a block comes to, having elaborated its body in place."""
    name = definition.name.text
    running = [frame.name for frame in walk.frames if frame.kind == "block"]
    if name in running:
        raise Fault(RecursiveBlock((*running[running.index(name) :], name)), statement.word.span)
    walk.turn(statement.word.span)
    outer = walk.root, walk.body_of, walk.frames
    walk.root, walk.body_of = Scope(outer=walk.file), definition
    first, blocks, gaps, stated = len(walk.nodes), len(walk.blocks), walk.gaps, len(walk.stated)
    try:
        block = BlockCall(name, bind_parameters(walk, definition, given))
        walk.blocks.append((path, block))
        walk.frames = (*walk.frames, Frame("block", name, block.arguments, statement.word.span, statement))
        walk.enter(entry)
        walk.body(definition.body, Level(path), walk.root)
        flow, depth = walk.flow or Flow(None), len(walk.frames)
    finally:
        walk.root, walk.body_of, walk.frames = outer
    walk.arrive(flow)
    inside = tuple(walk.blocks[blocks + 1 :])
    start, lost = walk.declared + first, walk.gaps - gaps
    return Record(
        tuple(walk.nodes[first:]),
        block,
        inside,
        path,
        entry.value,
        start,
        depth,
        flow,
        lost,
        walk.doubted,
        tuple(walk.stated[stated:]),
    )


def _repeat(walk: Elaboration, record: Record, statement: tree.Call, path: Path, entry: Flow) -> None:
    """Adds the nodes of a block once more, behind another value and below another path."""
    if record.gaps:
        walk.gaps += record.gaps
        walk.doubted = record.is_doubted
        walk.arrive(Flow(record.flow.shape))
        return
    problem = walk.expansion.over(len(walk.nodes) + len(record.nodes))
    if problem is not None:
        walk.abandon(problem, statement.word.span)
    shift = walk.declared + len(walk.nodes) - record.first
    cut = len(record.path)
    frames = (*walk.frames, Frame("block", *record.block, statement.word.span))
    for node in record.nodes:
        inputs = tuple([value + shift if value >= record.first else entry.value for value in node.inputs])
        written, word, arguments, inner = node.origin
        origin = Origin(written, word, arguments, frames + inner[record.depth :])
        caller = path + node.caller[cut:] if node.application else ()
        again: Node | MergeNode
        if type(node) is Node:
            again = Node(path + node.path[cut:], node.layer, inputs, node.input, node.output, origin, node.application, caller)
        else:
            assert isinstance(node, MergeNode)
            level = path + node.level[cut:]
            again = MergeNode(level, node.merge, inputs, node.shapes, node.output, origin, node.label, node.application, caller)
        walk.nodes.append(again)
    walk.stated += [(value + shift if value >= record.first else entry.value, sizes) for value, sizes in record.stated]
    walk.blocks.append((path, record.block))
    walk.blocks += [(path + inside[cut:], block) for inside, block in record.inside]
    value = record.flow.value
    walk.arrive(Flow(record.flow.shape, value + shift if value >= record.first else entry.value))


def _frozen(value: Any) -> Any:
    """Returns a key that tells 1, 1.0 and true apart."""
    return tuple(map(_frozen, value)) if isinstance(value, tuple) else (type(value), value)


def asserted_rank(word: Word, written: tree.Name, x: Shape) -> RankAsserted | None:
    """Returns that a spelling such as `conv2d` asserts other axes than arrive; `batchnorm1d` takes flat values too."""
    if word.rank is None or word.rank == x.rank - 1:
        return None
    ranks = word.kind.ranks
    if x.rank == 1 and ranks and (word.rank == 1 or 0 not in ranks):
        return None  # what takes no flat value says so itself
    return RankAsserted(written.text, word.rank, str(x), x.rank - 1, word.kind.keyword)
