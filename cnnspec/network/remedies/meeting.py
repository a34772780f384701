"""What makes two values meet in a merge: layers that turn exactly one of the two shapes into one that fits the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple, TypeAlias

from cnnspec.diagnostics.diagnostic import Diagnostic, Edit
from cnnspec.layers.merge_problems import MergedRanksDiffer, MergedSizesDiffer, MergeProblem
from cnnspec.layers.merges import MERGES
from cnnspec.network.network import Origin
from cnnspec.network.remedies.bridging import Meeting, Statement, bridged, expressed
from cnnspec.network.remedies.even_input import even_input
from cnnspec.network.remedies.regularity import regular, regular_where_they_meet
from cnnspec.network.remedies.rewriting import Edits, fix, with_arguments, with_input
from cnnspec.network.walk import Past
from cnnspec.network.written import arguments, in_notation, line_of, notation
from cnnspec.syntax import tree
from cnnspec.values.shapes import Shape

Sizes: TypeAlias = tuple[int, ...]

OWN_BRANCH = "in a branch of its own"


class Way(NamedTuple):
    """Layers that make `result` of `source`."""

    layers: tuple[str, ...]
    source: Shape
    result: Shape

    def __str__(self) -> str:
        return " and ".join(f"`{layer}`" for layer in self.layers)


class Offer(NamedTuple):
    """What would do, in words, as the title of a fix, and as edits."""

    advice: str
    title: str
    edits: Edits


def remedy(diagnostic: Diagnostic, problem: MergeProblem, meeting: Meeting, past: Past) -> Diagnostic:
    """Returns a merge's diagnostic with advice that makes the two values meet, where there is a simple one."""
    if past.is_symbolic:
        return diagnostic
    statement, current = meeting.statement, meeting.current
    first, second = problem.first, problem.second
    turns = [(second, first), (first, second)]
    if current == first or (isinstance(statement, tree.Residual) and first == 1):
        turns.reverse()
    found: list[Offer] = []
    if isinstance(problem, MergedSizesDiffer):
        found = [offer for source, goal in turns if (offer := _padding(problem, source, goal, meeting, past))]
    every = regular_where_they_meet(past, meeting.values)
    if every is not None and not found and not isinstance(statement, tree.Join):
        found.append(Offer(f"write {every.text}, which keeps the size", f"write {every.text}", every.edits))
    for source, goal in turns:
        way = _way(problem.shapes[source], problem.shapes[goal], problem)
        if way is not None:
            way = way._replace(layers=tuple(expressed(layer, goal, meeting, past) for layer in way.layers))
            advice = _advice(_worded(way, statement), statement, source, source == current)
            found.append(Offer(advice, f"insert {way}", bridged(way.layers, source, meeting)))
    found += [Offer("", f"write {change.text}", change.edits) for change in regular(past)]
    found += _of_all_branches(problem, meeting, past)
    larger = even_input(problem, meeting, past)
    told = [offer.advice for offer in found[:1] if offer.advice]
    told += [f"or write `input {shape}`, which fits as it is" for shape, is_sure in larger[:1] if is_sure]
    told += [advice for advice in (_without_current(problem, statement),) if advice]
    fixes = [each for offer in found for each in fix(offer.title, offer.edits)]
    fixes += [each for shape, _ in larger for each in fix(f"write `input {shape}`", with_input(past.input_spans[0], shape))]
    return replace(diagnostic, help="; ".join(told) or diagnostic.help, fixes=tuple(fixes))


def _worded(way: Way, statement: Statement) -> Way:
    """Returns a way with its layers in the notation of the file."""
    kind = notation(Origin(statement.span, statement.word.span, {}))
    return way._replace(layers=tuple(in_notation(layer, kind) for layer in way.layers))


def _of_all_branches(problem: MergeProblem, meeting: Meeting, past: Past) -> Iterator[Offer]:
    """Yields what gives all of several branches the positions that most of them have."""
    spatial = [shape.spatial for shape in problem.shapes]
    if len(spatial) < 3 or not isinstance(problem, MergedSizesDiffer):
        return
    goal = max(range(len(spatial)), key=lambda position: spatial.count(spatial[position]))
    edits: list[Edit] = []
    for source, sizes in enumerate(spatial):
        if sizes == spatial[goal]:
            continue
        offer = _padding(problem, source, goal, meeting, past)
        way = _way(problem.shapes[source], problem.shapes[goal], problem)
        if offer is None and way is None:
            return
        edits += offer.edits if offer is not None else bridged(way.layers, source, meeting) if way is not None else ()
    yield Offer("", f"give all branches {'x'.join(map(str, spatial[goal]))} positions", tuple(edits))


def _without_current(problem: MergeProblem, statement: Statement) -> str | None:
    """Returns how to merge only the values that are written, where these meet and `in`, which is not, is in their way."""
    if not isinstance(statement, tree.Join) or len(problem.shapes) != len(statement.operands) + 1 or len(problem.shapes) < 3:
        return None
    try:
        MERGES[problem.keyword].infer(problem.shapes[1:])
    except MergeProblem:
        return None
    names = [f"`{operand.span.text}`" for operand in statement.operands]
    kind = notation(Origin(statement.span, statement.word.span, {}))
    first = in_notation(f"from {statement.operands[0].span.text}", kind)
    return f"`{first}` before it merges only {', '.join(names[:-1])} and {names[-1]}"


def _padding(problem: MergeProblem, source: int, goal: int, meeting: Meeting, past: Past) -> Offer | None:
    """Returns the offer to pad a layer on the way to one value, so that it is as large as the other."""
    from cnnspec.network.remedies.find import padded  # files without mistakes do without

    x, y = problem.shapes[source], problem.shapes[goal]
    if x.spatial == y.spatial or (problem.keyword != "concat" and x.channels != y.channels):
        return None
    wanted = Shape((x.channels, *y.spatial))
    found = padded(meeting.values[source], wanted, meeting.values[goal], meeting.frames, past)
    if found is None:
        return None
    node, changed = found
    written = f"write `{arguments(node.origin, changed)}` {line_of(node.origin.word, meeting.statement.span.source)}"
    advice = f"{written}, which gives {wanted} in the place of {x}"
    return Offer(advice, written, with_arguments(node.origin, changed))


def _advice(way: Way, statement: Statement, position: int, is_current: bool) -> str:
    makes = f"{'makes' if len(way.layers) == 1 else 'make'} {way.result} of {way.source}"
    if isinstance(statement, tree.Join):
        return f"{way} {'before it' if is_current else OWN_BRANCH} {makes}"
    if isinstance(statement, tree.Merge):
        return f"{way} at the end of that branch {makes}"
    if position == 0:
        return f"{way} at the end of the residual {makes}"
    if statement.shortcut:
        return f"{way} at the end of the shortcut {makes}"
    is_short = len(way.layers) == 1 and notation(Origin(statement.span, statement.word.span, {})) == "cnn"
    path = f"`shortcut {{ {way.layers[0]} }}`" if is_short else f"a `shortcut` of {way}"
    return f"give the residual a second path: {path} makes {way.result} of {way.source}"


def _way(source: Shape, goal: Shape, problem: MergeProblem) -> Way | None:
    """Returns how `source` becomes what can be merged with `goal`, in as few layers as there may be."""
    if isinstance(problem, MergedRanksDiffer):
        return _between_ranks(source, goal, problem.keyword)
    if source.rank == 1:
        return Way((f"linear {goal.features}",), source, goal)
    is_concat = problem.keyword == "concat"
    if not is_concat and not (source.channels_first and goal.channels_first):
        return None
    if not is_concat and _serves(source, goal):
        return Way((f"conv {goal.channels}, kernel=1",), source, Shape((goal.channels, *source.spatial)))
    result = Shape((source.channels if is_concat else goal.channels, *goal.spatial))
    if not is_concat:
        strides = [_stride(size, wanted) for size, wanted in zip(source.spatial, goal.spatial, strict=True)]
        if None not in strides:
            stride = "" if set(strides) == {1} else f", stride={_same(strides)}"
            return Way((f"conv {goal.channels}, kernel=1{stride}",), source, result)
    if _shrinks(source.spatial, goal.spatial):
        window = _window(source.spatial, goal.spatial)
        return Way((f"maxpool {window}" if is_concat else f"conv {goal.channels}, kernel={window}",), source, result)
    resize = _resize(source.spatial, goal.spatial)
    channels = () if result.channels == source.channels else (f"conv {goal.channels}, kernel=1",)
    return Way((*channels, *resize), source, result)


def _serves(source: Shape, goal: Shape) -> bool:
    """Returns whether the positions of `source` serve all of `goal`'s, being single where they differ."""
    return all(size in (1, wanted) for size, wanted in zip(source.spatial, goal.spatial, strict=True))


def _between_ranks(source: Shape, goal: Shape, keyword: str) -> Way | None:
    if source.rank == 1 and keyword == "multiply" and source.features == goal.channels:  # a gate for each channel
        single = (source.features, *(1 for _ in goal.spatial))
        return Way((f"reshape {', '.join(map(str, single))}",), source, Shape(single))
    if goal.rank != 1 or (keyword == "multiply" and source.channels == goal.features):
        return None
    if source.channels == goal.features and source.features != goal.features:
        return Way(("global_avgpool", "flatten"), source, goal)
    if keyword == "concat" or source.features == goal.features:
        return Way(("flatten",), source, Shape((source.features,)))
    return Way(("flatten", f"linear {goal.features}"), source, goal)


def _stride(size: int, goal: int) -> int | None:
    """Returns the smallest stride for which floor((size - 1) / stride) + 1 is the goal, None where there is none."""
    if goal > size:
        return None
    if goal == 1:
        return size
    stride = (size - 1) // (goal - 1)
    while stride > 1 and (size - 1) // (stride - 1) + 1 == goal:
        stride -= 1
    return stride if (size - 1) // stride + 1 == goal else None


def _shrinks(sizes: Sizes, goal: Sizes) -> bool:
    """Returns whether a value is so much larger than the goal that some of it is skipped rather than cut off."""
    pairs = list(zip(sizes, goal, strict=True))
    return all(size >= wanted for size, wanted in pairs) and any(size >= 2 * wanted for size, wanted in pairs)


def _window(sizes: Sizes, goal: Sizes) -> str:
    """Returns the smallest kernels, and strides, of an unpadded window that gives the goal."""
    strides = [size // wanted for size, wanted in zip(sizes, goal, strict=True)]
    kernels = [size - stride * wanted + 1 for size, wanted, stride in zip(sizes, goal, strides, strict=True)]
    return f"{_same(kernels)}, stride={_same(strides)}"


def _resize(sizes: Sizes, goal: Sizes) -> tuple[str, ...]:
    """Returns the layers that give a value other positions: by a factor, then by cutting or adding some at the edges."""
    pairs = list(zip(sizes, goal, strict=True))
    if all(size >= wanted for size, wanted in pairs):
        return (f"crop {_edges(sizes, goal, outwards=False)}",)
    if any(size > wanted for size, wanted in pairs):
        return (f"zero_pad {_edges(sizes, goal)}",)  # what is negative crops
    factors = [wanted // size for size, wanted in pairs]
    if max(factors) == 1:
        return (f"zero_pad {_edges(sizes, goal)}",)
    grown = tuple(size * factor for size, factor in zip(sizes, factors, strict=True))
    rest = (f"zero_pad {_edges(grown, goal)}",) if grown != tuple(goal) else ()
    return (f"upsample {_same(factors)}", *rest)


def _edges(sizes: Sizes, goal: Sizes, *, outwards: bool = True) -> str:
    """Returns how much is added (inwards: cut off) at both ends of each axis; the last axis comes first, as torch has it."""
    amounts: list[int] = []
    for size, wanted in reversed(list(zip(sizes, goal, strict=True))):
        more = wanted - size if outwards else size - wanted
        amounts += (more // 2, more - more // 2)
    return _same(amounts)


def _same(numbers: list[int | None] | list[int]) -> str:
    """Returns one number for all where they are equal, else a tuple."""
    return str(numbers[0]) if len(set(numbers)) == 1 else f"({', '.join(map(str, numbers))})"
