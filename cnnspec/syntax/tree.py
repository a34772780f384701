"""The syntax tree: what was written and where, without meaning.

Both notations (`.cnn` and YAML) produce these nodes, so everything behind the parser exists once. Equality ignores spans:
two texts that say the same thing are equal trees. This module knows no layer and no optimizer.
"""

from __future__ import annotations

from typing import TypeAlias

from cnnspec.source import Source, Span
from cnnspec.syntax.node import Node

# Expressions ----------------------------------------------------------------------------------------------------------


class Literal(Node):
    """`64`, `0.5`, `"mean"`, `true`, `none`."""

    value: int | float | str | bool | None
    span: Span


class Size(Node):
    """`1x28x28`, `3xHxW`: integers and the names of symbolic sizes."""

    sizes: tuple[int | str, ...]
    span: Span


class Name(Node):
    """An identifier in an expression: a parameter, a constant, a label, or a word such as `same`."""

    text: str
    span: Span


class Attribute(Node):
    """`in.channels`, or `encoder.enc{i}`: a fact about a value, or a label inside a labelled sequence."""

    base: Expression
    name: Label
    span: Span


class Index(Node):
    """`widths[2]`."""

    base: Expression
    index: Expression
    span: Span


class Apply(Node):
    """`min(a, b)`: one of the built-in functions."""

    function: Name
    arguments: tuple[Expression, ...]
    span: Span


class Unary(Node):
    """`-x`, `+x`, `not x`."""

    operator: str
    operand: Expression
    span: Span


class Binary(Node):
    """Arithmetic and `and`, `or`."""

    operator: str
    left: Expression
    right: Expression
    span: Span


class Comparison(Node):
    """`a < b`, and chains such as `0 < a <= b`, which mean what they mean in Python."""

    first: Expression
    rest: tuple[tuple[str, Expression], ...]
    span: Span


class Conditional(Node):
    """`a if condition else b`."""

    condition: Expression
    then: Expression
    otherwise: Expression
    span: Span


class Sequence(Node):
    """`(1, 2)` or `[1, 2]`; `kind` is `"tuple"` or `"list"`."""

    kind: str
    items: tuple[Expression, ...]
    span: Span


class Template(Node):
    """`enc{4 - i}`: a label, or a reference to one, whose text has places for values."""

    parts: tuple[str | Expression, ...]
    span: Span


Expression: TypeAlias = (
    Literal | Size | Name | Template | Attribute | Index | Apply | Unary | Binary | Comparison | Conditional | Sequence
)
Label: TypeAlias = Name | Template


# Statements -----------------------------------------------------------------------------------------------------------


class Argument(Node):
    """One argument of a call; `name` is None for a positional one."""

    name: Name | None
    value: Expression
    span: Span


class Expectation(Node):
    """`-> 16x5x5`: the sizes that the author expects after a statement."""

    sizes: tuple[Expression, ...]
    span: Span


class Call(Node):
    """`conv1: conv 6, kernel=5 -> 6x24x24`: a layer, a block, or a line of `train { }`."""

    label: Label | None
    word: Name
    arguments: tuple[Argument, ...]
    expect: Expectation | None
    span: Span


class Input(Node):
    """`input 1x28x28`: the shape of one sample."""

    label: Label | None
    arguments: tuple[Argument, ...]
    span: Span


class Let(Node):
    """`let width = 64`."""

    name: Name
    value: Expression
    span: Span


class Group(Node):
    """`features: { ... }`: a labelled sequence; without a label it only groups."""

    label: Label | None
    body: Body
    expect: Expectation | None
    span: Span


class Merge(Node):
    """`add { ... }`, `concat { ... }`, `multiply { ... }`: each statement of the body is one branch of the same input."""

    label: Label | None
    word: Name
    branches: Body
    expect: Expectation | None
    span: Span


class Join(Node):
    """`concat in, enc1`: the current value is merged with labelled ones."""

    label: Label | None
    word: Name
    operands: tuple[Expression, ...]
    expect: Expectation | None
    span: Span


class Residual(Node):
    """`residual { ... } shortcut { ... }`: the sum of two branches; a `shortcut` of None is the identity."""

    label: Label | None
    word: Name
    main: Body
    shortcut: Body | None
    expect: Expectation | None
    span: Span


class Repeat(Node):
    """`repeat 3 as i { ... }`; `counter` is the name behind `as`."""

    label: Label | None
    word: Name
    count: Expression
    counter: Name | None
    body: Body
    expect: Expectation | None
    span: Span


class For(Node):
    """`for t, c in [(1, 16), (6, 24)] as i { ... }`: one round for each item, which several `targets` take apart."""

    label: Label | None
    word: Name
    targets: tuple[Name, ...]
    items: Expression
    counter: Name | None
    body: Body
    expect: Expectation | None
    span: Span


class Arm(Node):
    """One condition of an `if` with what it chooses."""

    condition: Expression
    body: Body
    span: Span


class If(Node):
    """`if a { ... } else if b { ... } else { ... }`: `arms` are the conditions in turn, `otherwise` the last body."""

    label: Label | None
    word: Name
    arms: tuple[Arm, ...]
    otherwise: Body | None
    expect: Expectation | None
    span: Span


class From(Node):
    """`from enc1`: goes on from an earlier value."""

    label: Label | None
    word: Name
    value: Expression
    expect: Expectation | None
    span: Span


class Reuse(Node):
    """`reuse enc`: an earlier labelled layer or sequence once more, with the same weights."""

    label: Label | None
    word: Name
    target: Expression
    expect: Expectation | None
    span: Span


class Output(Node):
    """`output head_a, head_b`: the values that the network returns, in this order."""

    word: Name
    values: tuple[Expression, ...]
    span: Span


class Require(Node):
    """`require parameters <= 5_000_000, macs <= 300e6`: budgets."""

    word: Name
    budgets: tuple[Expression, ...]
    span: Span


class Broken(Node):
    """A statement that could not be read; the mistake is reported, and what comes after it stays silent about shapes.

    `name` is the label or constant that it would have introduced.
    """

    name: Name | None
    span: Span


Statement: TypeAlias = (
    Call | Input | Let | Group | Merge | Join | Residual | Repeat | For | If | From | Reuse | Output | Require | Broken
)
Body: TypeAlias = tuple[Statement, ...]


class Parameter(Node):
    """`classes=10` in the head of a network or block."""

    name: Name
    default: Expression | None
    span: Span


class BlockDefinition(Node):
    """`block Name(parameters) { ... }`; its span is the head without the body."""

    name: Name
    parameters: tuple[Parameter, ...]
    body: Body
    span: Span


class NetworkDefinition(Node):
    """`network Name(parameters) { ... }`; its span is the head without the body."""

    name: Name
    parameters: tuple[Parameter, ...]
    body: Body
    span: Span


class TrainDefinition(Node):
    """`train { ... }`: one `Call` for each setting."""

    settings: Body
    span: Span


class Import(Node):
    """`import "blocks.cnn"`: the blocks and constants of another file; `path` as it is written."""

    path: Literal
    span: Span


Definition: TypeAlias = NetworkDefinition | BlockDefinition | TrainDefinition | Let | Import | Broken


class Document(Node):
    """A whole file."""

    definitions: tuple[Definition, ...]
    source: Source
