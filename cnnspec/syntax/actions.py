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

    def extend(self, c: Children) -> list[Any]:
        c[0].extend(c[1])
        return c[0]  # type: ignore[no-any-return]

    def first_of(self, c: Children) -> Any:
        return c[0]

    # definitions

    def document(self, c: Children) -> tuple[tree.Definition, ...]:
        return tuple(c[0])

    def expression_only(self, c: Children) -> tree.Expression:
        return c[0]  # type: ignore[no-any-return]

    def network(self, c: Children) -> tree.NetworkDefinition:
        end = c[2][-1] if c[2] else c[1]
        return tree.NetworkDefinition(_name(c[1]), tuple(c[2][:-1]), c[3].statements, c[0].span.to(end.span))

    def block(self, c: Children) -> tree.BlockDefinition:
        end = c[2][-1] if c[2] else c[1]
        return tree.BlockDefinition(_name(c[1]), tuple(c[2][:-1]), c[3].statements, c[0].span.to(end.span))

    def head_empty(self, c: Children) -> list[Any]:
        return [c[1]]

    def head_full(self, c: Children) -> list[Any]:
        return [*c[1], c[3]]  # the parenthesis behind the parameters is where the head ends

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

    def bring(self, c: Children) -> tree.Import:
        return tree.Import(self.literal(c[1:]), c[0].span.to(c[1].span))

    # bodies

    def body_empty(self, c: Children) -> Braces:
        return Braces((), c[0].span.to(c[1].span))

    def body_line(self, c: Children) -> Braces:
        return Braces((c[1],), c[0].span.to(c[2].span))

    def body_lines(self, c: Children) -> Braces:
        return Braces(tuple(c[2]), c[0].span.to(c[3].span))

    def lost(self, c: Children) -> list[tree.Broken]:
        return c[0].value  # type: ignore[no-any-return]

    # statements

    def call(self, c: Children) -> tree.Call:
        expect = c.pop() if type(c[-1]) is tree.Expectation else None
        arguments = tuple(c.pop()) if type(c[-1]) is list else ()
        word = c.pop()
        end = (expect or (arguments[-1] if arguments else word)).span
        if c:
            return tree.Call(c[0], _name(word), arguments, expect, c[0].span.to(end))
        return tree.Call(None, _name(word), arguments, expect, word.span.to(end))

    def group(self, c: Children) -> tree.Group:
        label, (braces,), expect, span = _taken_apart(c)
        return tree.Group(label, braces.statements, expect, span)

    def input(self, c: Children) -> tree.Input:
        label, (_, arguments), _, span = _taken_apart(c)
        return tree.Input(label, tuple(arguments), span)

    def merge(self, c: Children) -> tree.Merge:
        label, (word, braces), expect, span = _taken_apart(c)
        return tree.Merge(label, _name(word), braces.statements, expect, span)

    def join(self, c: Children) -> tree.Join:
        label, (word, operands), expect, span = _taken_apart(c)
        return tree.Join(label, _name(word), tuple(operands), expect, span)

    def residual(self, c: Children) -> tree.Residual:
        label, (word, main, *rest), expect, span = _taken_apart(c)
        shortcut = rest[1].statements if rest else None
        return tree.Residual(label, _name(word), main.statements, shortcut, expect, span)

    def repeat(self, c: Children) -> tree.Repeat:
        label, (word, count, *counter, braces), expect, span = _taken_apart(c)
        return tree.Repeat(label, _name(word), count, counter[0] if counter else None, braces.statements, expect, span)

    def loop(self, c: Children) -> tree.For:
        label, (word, names, _, items, *counter, braces), expect, span = _taken_apart(c)
        targets = tuple(_name(name) for name in names)
        counted = counter[0] if counter else None
        return tree.For(label, _name(word), targets, items, counted, braces.statements, expect, span)

    def counter(self, c: Children) -> tree.Name:
        return _name(c[1])

    def choice(self, c: Children) -> tree.If:
        label, (arms, *rest), expect, span = _taken_apart(c)
        begin = arms[0].span
        word = tree.Name("if", Span(begin.source, begin.start, begin.start + len("if")))
        return tree.If(label, word, tuple(arms), rest[1].statements if rest else None, expect, span)

    def arm(self, c: Children) -> tree.Arm:
        return tree.Arm(c[1], c[2].statements, c[0].span.to(c[2].span))

    def go_on(self, c: Children) -> tree.From:
        label, (word, value), expect, span = _taken_apart(c)
        return tree.From(label, _name(word), value, expect, span)

    def reuse(self, c: Children) -> tree.Reuse:
        label, (word, target), expect, span = _taken_apart(c)
        return tree.Reuse(label, _name(word), target, expect, span)

    def output(self, c: Children) -> tree.Output:
        return tree.Output(_name(c[0]), tuple(c[1]), c[0].span.to(c[1][-1].span))

    def require(self, c: Children) -> tree.Require:
        return tree.Require(_name(c[0]), tuple(c[1]), c[0].span.to(c[1][-1].span))

    def label(self, c: Children) -> tree.Name:
        return _name(c[0])

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

    def pieces(self, c: Children) -> list[Any]:
        return [*c[0], *c[1:]] if type(c[0]) is list else c

    def template(self, c: Children) -> tree.Template:
        pieces = [*c[0], *c[1:]]
        parts = [piece.value if type(piece) is Token else piece for piece in pieces if not _is_brace(piece)]
        return tree.Template(tuple(parts), pieces[0].span.to(pieces[-1].span))

    def attribute(self, c: Children) -> tree.Attribute:
        name = c[2] if type(c[2]) is tree.Template else _name(c[2])
        return tree.Attribute(c[0], name, c[0].span.to(name.span))

    def index(self, c: Children) -> tree.Index:
        return tree.Index(c[0], c[2], c[0].span.to(c[3].span))

    def apply(self, c: Children) -> tree.Apply:
        return tree.Apply(_name(c[0]), tuple(c[2]), c[0].span.to(c[4].span))

    def apply_empty(self, c: Children) -> tree.Apply:
        return tree.Apply(_name(c[0]), (), c[0].span.to(c[2].span))

    def parenthesized(self, c: Children) -> tree.Expression:
        return c[1].replaced(span=c[0].span.to(c[2].span))  # type: ignore[no-any-return]

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


def _taken_apart(c: Children) -> tuple[tree.Label | None, Children, tree.Expectation | None, Span]:
    """Returns the label of a statement, what stands between, the expectation, and the place of all of it."""
    first, last = c[0], c[-1]
    begin = first[0].span if type(first) is list else first.span
    end = last[-1].span if type(last) is list else last.span
    expect = c.pop() if type(last) is tree.Expectation else None
    label = c.pop(0) if type(first) is tree.Name or type(first) is tree.Template else None
    return label, c, expect, begin.to(end)


def _is_brace(piece: Any) -> bool:
    return type(piece) is Token and piece.type != "TEXT"
