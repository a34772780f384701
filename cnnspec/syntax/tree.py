"""The syntax tree: what was written and where, without meaning.

Both notations (`.cnn` and YAML) produce these nodes, so everything behind the parser exists once. Equality ignores spans:
two texts that say the same thing are equal trees. This module knows no layer and no optimizer.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from cnnspec.source import Source, Span


def _span() -> Span:
    """Returns the field declaration that every node ends with."""
    return field(compare=False, repr=False)  # type: ignore[no-any-return]


# Expressions ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Literal:
    """`64`, `0.5`, `"mean"`, `true`, `none`."""

    value: int | float | str | bool | None
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Size:
    """`1x28x28`, `3xHxW`: integers and the names of symbolic sizes."""

    sizes: tuple[int | str, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Name:
    """An identifier in an expression: a parameter, a constant, a label, or a word such as `same`."""

    text: str
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Attribute:
    """`in.channels`, or `encoder.enc{i}`: a fact about a value, or a label inside a labelled sequence."""

    base: Expression
    name: Label
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Index:
    """`widths[2]`."""

    base: Expression
    index: Expression
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Apply:
    """`min(a, b)`: one of the built-in functions."""

    function: Name
    arguments: tuple[Expression, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Unary:
    """`-x`, `+x`, `not x`."""

    operator: str
    operand: Expression
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Binary:
    """Arithmetic and `and`, `or`."""

    operator: str
    left: Expression
    right: Expression
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Comparison:
    """`a < b`, and chains such as `0 < a <= b`, which mean what they mean in Python."""

    first: Expression
    rest: tuple[tuple[str, Expression], ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Conditional:
    """`a if condition else b`."""

    condition: Expression
    then: Expression
    otherwise: Expression
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Sequence:
    """`(1, 2)` or `[1, 2]`; `kind` is `"tuple"` or `"list"`."""

    kind: str
    items: tuple[Expression, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Template:
    """`enc{4 - i}`: a label, or a reference to one, whose text has places for values."""

    parts: tuple[str | Expression, ...]
    span: Span = _span()


Expression: TypeAlias = (
    Literal | Size | Name | Template | Attribute | Index | Apply | Unary | Binary | Comparison | Conditional | Sequence
)
Label: TypeAlias = Name | Template


# Statements -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a call; `name` is None for a positional one."""

    name: Name | None
    value: Expression
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Expectation:
    """`-> 16x5x5`: the sizes that the author expects after a statement."""

    sizes: tuple[Expression, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Call:
    """`conv1: conv 6, kernel=5 -> 6x24x24`: a layer, a block, or a line of `train { }`."""

    label: Label | None
    word: Name
    arguments: tuple[Argument, ...]
    expect: Expectation | None
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Input:
    """`input 1x28x28`: the shape of one sample."""

    label: Label | None
    arguments: tuple[Argument, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Let:
    """`let width = 64`."""

    name: Name
    value: Expression
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Group:
    """`features: { ... }`: a labelled sequence; without a label it only groups."""

    label: Label | None
    body: Body
    expect: Expectation | None
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Merge:
    """`add { ... }`, `concat { ... }`, `multiply { ... }`: each statement of the body is one branch of the same input."""

    label: Label | None
    word: Name
    branches: Body
    expect: Expectation | None
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Join:
    """`concat in, enc1`: the current value is merged with labelled ones."""

    label: Label | None
    word: Name
    operands: tuple[Expression, ...]
    expect: Expectation | None
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Residual:
    """`residual { ... } shortcut { ... }`: the sum of two branches; a `shortcut` of None is the identity."""

    label: Label | None
    word: Name
    main: Body
    shortcut: Body | None
    expect: Expectation | None
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Repeat:
    """`repeat 3 as i { ... }`; `counter` is the name behind `as`."""

    label: Label | None
    word: Name
    count: Expression
    counter: Name | None
    body: Body
    expect: Expectation | None
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class For:
    """`for t, c in [(1, 16), (6, 24)] as i { ... }`: one round for each item, which several `targets` take apart."""

    label: Label | None
    word: Name
    targets: tuple[Name, ...]
    items: Expression
    counter: Name | None
    body: Body
    expect: Expectation | None
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Arm:
    """One condition of an `if` with what it chooses."""

    condition: Expression
    body: Body
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class If:
    """`if a { ... } else if b { ... } else { ... }`: `arms` are the conditions in turn, `otherwise` the last body."""

    label: Label | None
    word: Name
    arms: tuple[Arm, ...]
    otherwise: Body | None
    expect: Expectation | None
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class From:
    """`from enc1`: goes on from an earlier value."""

    label: Label | None
    word: Name
    value: Expression
    expect: Expectation | None
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Reuse:
    """`reuse enc`: an earlier labelled layer or sequence once more, with the same weights."""

    label: Label | None
    word: Name
    target: Expression
    expect: Expectation | None
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Output:
    """`output head_a, head_b`: the values that the network returns, in this order."""

    word: Name
    values: tuple[Expression, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Require:
    """`require parameters <= 5_000_000, macs <= 300e6`: budgets."""

    word: Name
    budgets: tuple[Expression, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Broken:
    """A statement that could not be read; the mistake is reported, and what comes after it stays silent about shapes.

    `name` is the label or constant that it would have introduced.
    """

    name: Name | None
    span: Span = _span()


Statement: TypeAlias = (
    Call | Input | Let | Group | Merge | Join | Residual | Repeat | For | If | From | Reuse | Output | Require | Broken
)
Body: TypeAlias = tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Parameter:
    """`classes=10` in the head of a network or block."""

    name: Name
    default: Expression | None
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class BlockDefinition:
    """`block Name(parameters) { ... }`; its span is the head without the body."""

    name: Name
    parameters: tuple[Parameter, ...]
    body: Body
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class NetworkDefinition:
    """`network Name(parameters) { ... }`; its span is the head without the body."""

    name: Name
    parameters: tuple[Parameter, ...]
    body: Body
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class TrainDefinition:
    """`train { ... }`: one `Call` for each setting."""

    settings: Body
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Import:
    """`import "blocks.cnn"`: the blocks and constants of another file; `path` as it is written."""

    path: Literal
    span: Span = _span()


Definition: TypeAlias = NetworkDefinition | BlockDefinition | TrainDefinition | Let | Import | Broken


@dataclass(frozen=True, slots=True)
class Document:
    """A whole file."""

    definitions: tuple[Definition, ...]
    source: Source = field(compare=False, repr=False)
