"""Options as text (`--set width=64`, `--input 3x64x64`, `--data csv,"people.csv"`) to values."""

from __future__ import annotations

import math
import numbers
import operator
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from cnnspec.diagnostics.problem import Problem, UsageError
from cnnspec.layers.registry import lookup
from cnnspec.network.definitions import MAX_LAYERS, Outside
from cnnspec.network.expressions import evaluate
from cnnspec.network.functions import Undefined, bounded
from cnnspec.network.network import Network
from cnnspec.network.problems import BadExpression, Fault, UnknownName
from cnnspec.network.recipe_lines import Override, in_python, typed_value
from cnnspec.network.scope import Callee, Scope
from cnnspec.network.sizes import verified_sizes
from cnnspec.source import Source, Span
from cnnspec.syntax import tree
from cnnspec.syntax.node import Node
from cnnspec.syntax.parse import parse, parse_expression
from cnnspec.syntax.visit import used_words
from cnnspec.values.shapes import Shape

GivenShape: TypeAlias = str | Sequence[int]


@dataclass(frozen=True)
class Options:
    """What is decided outside the file, as text: `--set name=value`, `--input`, `--data`, `--network`, `--max-layers`.

    From Python, `set` may be values by names as well. `input` is one shape for a network of one input, or shapes by the names
    of the inputs; `budgets` are read already, and `beside` is as in `Outside`.
    """

    set: Sequence[str] | Mapping[str, Any] = ()
    parameters: Mapping[str, Any] | None = None
    input: GivenShape | Mapping[str, GivenShape] | None = None
    data: str | None = None
    network: str | None = None
    max_layers: int = MAX_LAYERS
    budgets: tuple[tree.Expression, ...] = ()
    beside: tuple[Network, ...] = ()


class BadOption(UsageError):
    """An option whose value cannot be read: a usage error."""

    def __init__(self, problem: Problem, span: Span) -> None:
        advice = f"; {problem.help}" if problem.help else ""
        super().__init__(f"{span.source.name} {_short(span.source.text)}: {problem.message}{advice}")
        self.problem = problem
        self.span = span


def again(network: Network) -> Options:
    """Returns the options with which the same network comes out of its file once more; what is symbolic stands in the file."""
    known = [given for given in network.inputs if not given.shape.is_symbolic]
    shapes = {given.name: given.shape.sizes for given in known if given.name is not None}
    alone = known[0].shape.sizes if known else None
    return Options(
        parameters=network.settings,
        input=shapes if len(network.inputs) > 1 else alone,
        network=network.name,
        max_layers=max(MAX_LAYERS, len(network.nodes)),
        beside=network.beside,
    )


def outside(options: Options) -> Outside:
    """Returns the options as values; raises BadOption, and TypeError for values from Python that no spec could hold."""
    values: dict[str, Any] = {name: _plain(name, value) for name, value in (options.parameters or {}).items()}
    train: dict[tuple[str, ...], Override] = {}
    for name, override in _settings(options.set):
        if name.startswith("train."):
            train[tuple(name.split(".")[1:])] = override
        else:
            values[name] = override.value
    given = options.input
    return Outside(
        parameters=values,
        train=train,
        data=None if options.data is None else _data(options.data),
        input=None if given is None or isinstance(given, Mapping) else _shape(given),
        inputs={name: _shape(shape, f"--input {name}") for name, shape in given.items()} if isinstance(given, Mapping) else {},
        network=options.network,
        max_layers=options.max_layers,
        budgets=options.budgets,
        beside=options.beside,
    )


def _settings(given: Sequence[str] | Mapping[str, Any]) -> Iterator[tuple[str, Override]]:
    if not isinstance(given, Mapping):
        for text in given:
            name, value = _setting(text)
            yield name, Override(value, typed_value(text))
        return
    for name, value in given.items():
        _verify_name(name, name, "write a name such as `train.optimizer.lr`")
        yield name, in_python(name, _plain(name, value))


def _verify_name(name: str, text: str, advice: str) -> None:
    """Raises BadOption for what is no name of a setting; `text` is what was written."""
    everything = Span(Source("--set", text), 0, len(text))
    if not name.replace(".", "_").isidentifier():
        raise BadOption(BadExpression(advice), everything)
    if name == "train.data":
        raise BadOption(BadExpression("a data set is chosen with `--data`, in Python with `data=`"), everything)


def _setting(text: str) -> tuple[str, Any]:
    source = Source("--set", text)
    name, equals, value = text.partition("=")
    _verify_name(name.strip() if equals else "", text, "write `--set name=value`")
    if not value.strip():
        return name.strip(), ""
    expression, mistakes = parse_expression(source, len(name) + 1, len(text))
    is_setting = name.strip().startswith("train.")
    if expression is None or mistakes:
        if is_setting and _is_plain(value):
            return name.strip(), value.strip()
        advice = "quote strings: `--set 'name=\"two words\"'`"
        if "," in value and _is_plain(value.replace(",", "")):
            advice = f"several values stand in brackets: `--set '{name}=[{value}]'`"
        raise BadOption(BadExpression(f"`{_short(value)}` is no value", advice), Span(source, len(name) + 1, len(text)))
    if isinstance(expression, tree.Name):
        return name.strip(), expression.text
    if is_setting:
        return name.strip(), _in_setting(expression)
    try:
        return name.strip(), _value(expression)
    except BadOption as refusal:
        if isinstance(refusal.problem, UnknownName) and refusal.problem.help is None:
            problem = BadExpression(refusal.problem.message, f"quote strings: `--set '{name}=\"{value}\"'`")
            raise BadOption(problem, refusal.span) from None
        raise


def _in_setting(expression: tree.Expression) -> Any:
    """Returns what an expression stands for in a setting of `train`, where no name means anything: `scans.npz` is a string."""
    if isinstance(expression, tree.Sequence):
        return tuple(_in_setting(item) for item in expression.items)
    if used_words(expression) and _is_plain(expression.span.text):
        return expression.span.text
    return _value(expression)


def _is_plain(text: str) -> bool:
    """Returns whether a text that is no expression may be a name or a path, to which somebody gave no quotes."""
    return not any(sign in text for sign in "\"'()[]{},=")


def _value(expression: tree.Expression) -> Any:
    """Returns what an expression stands for; words that may be layers or blocks, as in `[relu, Basic]`, stay words."""
    words = used_words(expression)
    layers = {word: Callee(word) for word in words if lookup(word) is not None}
    blocks = {word: word for word in words if word[0].isupper()}
    try:
        return evaluate(expression, Scope(values={**blocks, **layers}))
    except Fault as fault:
        raise BadOption(fault.problem, fault.span) from None


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."


def _shape(given: GivenShape, option: str = "--input") -> Shape:
    text = given if isinstance(given, str) else "x".join(map(str, given))
    source = Source(option, text)
    expression, mistakes = parse_expression(source, 0, len(text))
    if expression is None or mistakes:
        raise BadOption(BadExpression("write a shape such as `3x64x64`"), Span(source, 0, len(text)))
    try:
        sizes = verified_sizes([expression], expression.span, Scope())
    except Fault as fault:
        problem = fault.problem
        if isinstance(expression, tree.Size) and any(isinstance(size, str) for size in expression.sizes):  # 3xHxW
            problem = BadExpression("an input from outside has numbers", "write a shape such as `3x64x64`")
        raise BadOption(problem, fault.span) from None
    if len(sizes) > 4:
        raise BadOption(BadExpression("an input has one to four sizes"), Span(source, 0, len(text)))
    return Shape(sizes)


def _data(text: str) -> tree.Call:
    """Returns `--data mnist, root="..."` as the statement that a `train` block would hold; it points into `text`."""
    before, source = "train { data ", Source("--data", text)
    document, mistakes = parse(Source(source.name, f"{before}{text} }}"))
    match document.definitions:
        case (tree.TrainDefinition(settings=(tree.Call(arguments=[_, *_]) as call,)),) if not mistakes:
            moved = _moved(call, source, len(before))
            assert isinstance(moved, tree.Call)
            return moved
    from cnnspec.network.remedies.data_lines import by_path, quoted, written  # lines without mistakes do without

    line = quoted(text) or by_path(text, Path())
    advice = None if line is None else f"text stands in quotes: `{written('data', line, source.name)}`"
    problem = BadExpression('write a data set as in a spec, such as `mnist` or `csv, "people.csv"`', advice)
    raise BadOption(problem, Span(source, 0, len(text)))


def _moved(node: object, source: Source, offset: int) -> object:
    """Returns a piece of a tree as if its text stood in `source`, by so many characters further ahead."""
    if isinstance(node, Span):
        return Span(source, max(node.start - offset, 0), max(node.end - offset, 0))
    if isinstance(node, tuple):
        return tuple(_moved(item, source, offset) for item in node)
    if isinstance(node, Node):
        return type(node)(*(_moved(getattr(node, name), source, offset) for name in type(node).fields))
    return node


def _plain(name: str, value: Any) -> Any:
    """Returns a value from Python as expressions have it: lists as tuples, the numbers of numpy and torch as Python's."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return tuple(_plain(name, item) for item in value)
    if isinstance(value, numbers.Real) and not isinstance(value, numbers.Rational):
        value = float(value)
    if isinstance(value, float) and not math.isfinite(value):
        raise UsageError(f"`{name}` takes a finite number, not {value}")
    try:
        return bounded(value if value is None or isinstance(value, bool | int | float | str) else operator.index(value))
    except TypeError:
        raise TypeError(f"the parameter {name!r} takes a number, a string or a list of them, not {value!r}") from None
    except Undefined as reason:
        raise UsageError(f"the parameter `{name}`: {reason.text}") from None
