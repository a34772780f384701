"""What each rule of the grammar builds: the tree comes into being while the parser reduces, without a second pass."""

from __future__ import annotations

from typing import Any

from cnnspec.source import Span
from cnnspec.syntax import tree
from cnnspec.syntax.lexer import Token
from cnnspec.syntax.operators import arrange

Children = list[Any]


def _name(token: Token) -> tree.Name:
    return tree.Name(token.value, token.span)


class Actions:
    """One method for each rule or alias in grammar.lark; `c` are the children, punctuation included."""

    # lists

    def none(self, c: Children) -> list[Any]:
        return []

    def first(self, c: Children) -> list[Any]:
        return [c[0]]

    def append(self, c: Children) -> list[Any]:
        c[0].append(c[1])
        return c[0]  # type: ignore[no-any-return]

    def more(self, c: Children) -> list[Any]:
        c[0].append(c[2])
        return c[0]  # type: ignore[no-any-return]

    # definitions

    def document(self, c: Children) -> tuple[tree.Definition, ...]:
        return tuple(c[0])

    def expression_only(self, c: Children) -> tree.Expression:
        return c[0]  # type: ignore[no-any-return]

    def network_plain(self, c: Children) -> tree.NetworkDefinition:
        return tree.NetworkDefinition(_name(c[1]), (), c[2].statements, c[0].span.to(c[1].span))

    def network_empty(self, c: Children) -> tree.NetworkDefinition:
        return tree.NetworkDefinition(_name(c[1]), (), c[4].statements, c[0].span.to(c[3].span))

    def network_full(self, c: Children) -> tree.NetworkDefinition:
        return tree.NetworkDefinition(_name(c[1]), tuple(c[3]), c[6].statements, c[0].span.to(c[5].span))

    def open(self, c: Children) -> Token:
        return c[0]  # type: ignore[no-any-return]

    def parameter_required(self, c: Children) -> tree.Parameter:
        return tree.Parameter(_name(c[0]), None, c[0].span)

    def parameter_default(self, c: Children) -> tree.Parameter:
        return tree.Parameter(_name(c[0]), c[1], c[0].span.to(c[1].span))

    def train(self, c: Children) -> tree.TrainDefinition:
        return tree.TrainDefinition(c[1].statements, c[0].span)

    def let(self, c: Children) -> tree.Let:
        return tree.Let(_name(c[1]), c[2], c[0].span.to(c[2].span))

    # statements

    def body_empty(self, c: Children) -> Braces:
        return Braces((), c[0].span.to(c[1].span))

    def body_line(self, c: Children) -> Braces:
        return Braces((c[1],), c[0].span.to(c[2].span))

    def body_lines(self, c: Children) -> Braces:
        return Braces(tuple(c[2]), c[0].span.to(c[3].span))

    def call(self, c: Children) -> tree.Call:
        expect = c.pop() if type(c[-1]) is tree.Expectation else None
        arguments = tuple(c.pop()) if type(c[-1]) is list else ()
        word = c.pop()
        end = (expect or (arguments[-1] if arguments else word)).span
        if c:
            return tree.Call(_name(c[0]), _name(word), arguments, expect, c[0].span.to(end))
        return tree.Call(None, _name(word), arguments, expect, word.span.to(end))

    def group(self, c: Children) -> tree.Group:
        expect = c.pop() if type(c[-1]) is tree.Expectation else None
        braces: Braces = c.pop()
        label = _name(c[0]) if c else None
        begin = c[0].span if c else braces.span
        return tree.Group(label, braces.statements, expect, begin.to((expect or braces).span))

    def input(self, c: Children) -> tree.Input:
        arguments = tuple(c.pop())
        label = _name(c[0]) if len(c) == 2 else None
        return tree.Input(label, arguments, c[0].span.to(arguments[-1].span))

    def expectation(self, c: Children) -> tree.Expectation:
        return tree.Expectation(tuple(c[1]), c[1][0].span.to(c[1][-1].span))

    def positional(self, c: Children) -> tree.Argument:
        return tree.Argument(None, c[0], c[0].span)

    def named(self, c: Children) -> tree.Argument:
        return tree.Argument(_name(c[0]), c[1], c[0].span.to(c[1].span))

    # expressions

    def conditional(self, c: Children) -> tree.Conditional:
        return tree.Conditional(c[2], c[0], c[4], c[0].span.to(c[4].span))

    def operations(self, c: Children) -> tree.Expression:
        return arrange(c[0])

    def chain_first(self, c: Children) -> list[Any]:
        return [*_items(c[0]), c[1], *_items(c[2])]

    def chain_more(self, c: Children) -> list[Any]:
        c[0].append(c[1])
        c[0].extend(_items(c[2]))
        return c[0]  # type: ignore[no-any-return]

    def prefixed(self, c: Children) -> Prefixed:
        return Prefixed([c[0], *_items(c[1])])

    def signed(self, c: Children) -> tree.Expression:
        return arrange(c[0].items)

    def literal(self, c: Children) -> tree.Literal:
        return tree.Literal(c[0].value, c[0].span)

    def size(self, c: Children) -> tree.Size:
        return tree.Size(c[0].value, c[0].span)

    def name(self, c: Children) -> tree.Name:
        return tree.Name(c[0].value, c[0].span)

    def attribute(self, c: Children) -> tree.Attribute:
        return tree.Attribute(c[0], _name(c[2]), c[0].span.to(c[2].span))

    def index(self, c: Children) -> tree.Index:
        return tree.Index(c[0], c[2], c[0].span.to(c[3].span))

    def apply(self, c: Children) -> tree.Apply:
        return tree.Apply(_name(c[0]), tuple(c[2]), c[0].span.to(c[4].span))

    def apply_empty(self, c: Children) -> tree.Apply:
        return tree.Apply(_name(c[0]), (), c[0].span.to(c[2].span))

    def parenthesized(self, c: Children) -> tree.Expression:
        return c[1]  # type: ignore[no-any-return]

    def tuple_empty(self, c: Children) -> tree.Sequence:
        return tree.Sequence("tuple", (), c[0].span.to(c[1].span))

    def tuple_one(self, c: Children) -> tree.Sequence:
        return tree.Sequence("tuple", (c[1],), c[0].span.to(c[3].span))

    def tuple_more(self, c: Children) -> tree.Sequence:
        return tree.Sequence("tuple", (c[1], *c[3]), c[0].span.to(c[5].span))

    def list_empty(self, c: Children) -> tree.Sequence:
        return tree.Sequence("list", (), c[0].span.to(c[1].span))

    def list_items(self, c: Children) -> tree.Sequence:
        return tree.Sequence("list", tuple(c[1]), c[0].span.to(c[3].span))


class Braces:
    """A body while its statement is not yet complete."""

    __slots__ = ("span", "statements")

    def __init__(self, statements: tree.Body, span: Span) -> None:
        self.statements = statements
        self.span = span


class Prefixed:
    """Signs and an operand, not yet arranged: in `-2 ** 2` the sign binds less than what follows."""

    __slots__ = ("items",)

    def __init__(self, items: list[Any]) -> None:
        self.items = items


def _items(operand: Any) -> list[Any]:
    return operand.items if type(operand) is Prefixed else [operand]
