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
    """`in.channels`."""

    base: Expression
    name: Name
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


Expression: TypeAlias = Literal | Size | Name | Attribute | Index | Apply | Unary | Binary | Comparison | Conditional | Sequence


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
    """`conv1: conv 6, kernel=5 -> 6x24x24`: a layer, or a line of `train { }`."""

    label: Name | None
    word: Name
    arguments: tuple[Argument, ...]
    expect: Expectation | None
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Input:
    """`input 1x28x28`: the shape of one sample."""

    label: Name | None
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

    label: Name | None
    body: Body
    expect: Expectation | None
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Broken:
    """A statement that could not be read; the mistake is reported, and what comes after it stays silent about shapes.

    `name` is the label or constant that it would have introduced.
    """

    name: Name | None
    span: Span = _span()


Statement: TypeAlias = Call | Input | Let | Group | Broken
Body: TypeAlias = tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Parameter:
    """`classes=10` in the head of a network."""

    name: Name
    default: Expression | None
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class NetworkDefinition:
    """`network Name(parameters) { ... }`."""

    name: Name
    parameters: tuple[Parameter, ...]
    body: Body
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class TrainDefinition:
    """`train { ... }`: one `Call` for each setting."""

    settings: Body
    span: Span = _span()


Definition: TypeAlias = NetworkDefinition | TrainDefinition | Let | Broken


@dataclass(frozen=True, slots=True)
class Document:
    """A whole file."""

    definitions: tuple[Definition, ...]
    source: Source = field(compare=False, repr=False)
