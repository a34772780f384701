"""Mutants of the zoo: copies of its specs, each with one change such as slips of the pen and of the editor make.

The same seed gives the same mutants, whatever their number.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from cnnspec.source import Source, Span
from cnnspec.syntax import tree
from cnnspec.syntax.parse import parse
from cnnspec.syntax.visit import nodes

SPECS = sorted((Path(__file__).parents[2] / "specs").glob("*.cnn"))
SPECS = [path for path in SPECS if "\nnetwork " in path.read_text(encoding="utf-8")]  # not blocks for others to import

_CODE = re.compile(r'"(?:[^"\\\n]|\\.)*"|#[^\n]*')
_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?:e-?\d+)?|(?<=x)\d+|(?<=\dx)\d+")
_WORD = re.compile(r"[A-Za-z_]\w{2,}")
_BRACE = re.compile(r"[{}]")
_LINE = re.compile(r"^[^\n]*\S[^\n]*\n", re.MULTILINE)


@dataclass(frozen=True)
class Change:
    """The text between two offsets becomes another one."""

    start: int
    end: int
    content: str = ""


@dataclass(frozen=True)
class Mutant:
    """A spec with one change; `line` is where it begins (1-based, in the changed text), `last` where it ends."""

    path: Path
    kind: str
    text: str
    line: int
    last: int

    @property
    def source(self) -> Source:
        return Source(str(self.path), self.text)

    def __str__(self) -> str:
        return f"{self.path.name}, {self.kind} at line {self.line}:\n{self.text}"


@dataclass(frozen=True)
class Spec:
    """A spec of the zoo: its text, its text with strings and comments blanked out, and what stands in it."""

    path: Path
    text: str
    code: str
    nodes: tuple[Any, ...]

    def found(self, *kinds: type) -> list[Any]:
        """Returns the nodes of some kinds, in the order of the text."""
        return [node for node in self.nodes if isinstance(node, kinds)]


Choose = Callable[[Spec, random.Random], Change | None]


@cache
def spec(path: Path) -> Spec:
    """Returns what is needed to change a spec."""
    text = path.read_text(encoding="utf-8")
    code = _CODE.sub(lambda match: " " * len(match[0]), text)
    document, mistakes = parse(Source(str(path), text))
    assert not mistakes
    found = sorted(nodes(document.definitions), key=lambda node: (node.span.start, node.span.end))
    return Spec(path, text, code, tuple(found))


def mutants(count: int, seed: int = 0) -> Iterator[Mutant]:
    """Yields so many mutants, of each kind and each spec in turn; `seed` chooses where they are changed, and how."""
    number, made = 0, 0
    while made < count:
        kind = tuple(KINDS)[number % len(KINDS)]
        path = SPECS[number // len(KINDS) % len(SPECS)]
        found = mutant(kind, path, random.Random(f"{seed}/{number}"))
        number += 1
        if found is not None:
            made += 1
            yield found


def mutant(kind: str, path: Path, chance: random.Random) -> Mutant | None:
    """Returns one mutant of a spec, None where it has nothing to change in this way."""
    of = spec(path)
    change = KINDS[kind](of, chance)
    if change is None:
        return None
    text = of.text[: change.start] + change.content + of.text[change.end :]
    if text == of.text:
        return None
    line = text.count("\n", 0, change.start) + 1
    return Mutant(path, kind, text, line, line + change.content.rstrip("\n").count("\n"))


def _pick(items: list[Any], chance: random.Random) -> Any:
    return chance.choice(items) if items else None


def _change_number(of: Spec, chance: random.Random) -> Change | None:
    match = _pick(list(_NUMBER.finditer(of.code)), chance)
    if match is None:
        return None
    text = match[0]
    if not text.isdigit():
        return Change(*match.span(), chance.choice(("0", "1", "2", f"{text}1", f"1{text}")))
    number = int(text)
    others = (number + 1, max(number - 1, 0), 2 * number, number // 2, 0, 10 * number, number + chance.randint(2, 20))
    return Change(*match.span(), str(chance.choice(others)))


def _drop_line(of: Spec, chance: random.Random) -> Change | None:
    match = _pick([line for line in _LINE.finditer(of.text) if of.code[slice(*line.span())].strip()], chance)
    return match and Change(*match.span())


def _swap_lines(of: Spec, chance: random.Random) -> Change | None:
    lines = [line.span() for line in re.finditer(r"[^\n]*\n", of.text)]
    pairs = [(a, b) for a, b in pairwise(lines) if of.code[slice(*a)].strip() and of.code[slice(*b)].strip()]
    pair = _pick(pairs, chance)
    if pair is None:
        return None
    (start, middle), (_, end) = pair
    return Change(start, end, of.text[middle:end] + of.text[start:middle])


def _misspell(of: Spec, chance: random.Random) -> Change | None:
    match = _pick(list(_WORD.finditer(of.code)), chance)
    if match is None:
        return None
    word, at = match[0], chance.randrange(1, len(match[0]))
    lost, twice, other = word[:at] + word[at + 1 :], word[:at] + word[at - 1 :], word[:at] + "q" + word[at + 1 :]
    turned = word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :]
    return Change(*match.span(), chance.choice((lost, twice, other, turned)))


def _drop_brace(of: Spec, chance: random.Random) -> Change | None:
    match = _pick(list(_BRACE.finditer(of.code)), chance)
    return match and Change(*match.span())


def _drop_argument(of: Spec, chance: random.Random) -> Change | None:
    call = _pick([call for call in of.found(tree.Call, tree.Input) if call.arguments], chance)
    if call is None:
        return None
    at = chance.randrange(len(call.arguments))
    argument = call.arguments[at].span
    if at:
        return Change(call.arguments[at - 1].span.end, argument.end)
    return Change(argument.start, call.arguments[1].span.start if len(call.arguments) > 1 else argument.end)


def _repeat_argument(of: Spec, chance: random.Random) -> Change | None:
    arguments = [argument.span for call in of.found(tree.Call, tree.Input) for argument in call.arguments]
    span = _pick(arguments, chance)
    return span and Change(span.end, span.end, f", {span.text}")


def _drop_branch(of: Spec, chance: random.Random) -> Change | None:
    branches = [branch.span for merge in of.found(tree.Merge) for branch in merge.branches]
    paths = [_shortcut(of, statement) for statement in of.found(tree.Residual) if statement.shortcut is not None]
    span = _pick(branches + paths, chance)
    return span and Change(span.start, span.end)


def _shortcut(of: Spec, statement: tree.Residual) -> Span:
    """Returns the place of `shortcut { ... }`, which ends where the residual does."""
    begin = statement.main[-1].span.end if statement.main else statement.span.start
    end = statement.expect.span.start if statement.expect is not None else statement.span.end
    return statement.span._replace(start=of.code.index("shortcut", begin), end=end)


def _statements(of: Spec) -> list[Span]:
    spans = [node.span for node in of.nodes if isinstance(node, tree.Statement) and "\n" in of.text[node.span.end :]]
    return [span for span in spans if not of.code[of.text.rfind("\n", 0, span.start) + 1 : span.start].strip()]


def _drop_statement(of: Spec, chance: random.Random) -> Change | None:
    span = _pick([span for span in _statements(of) if "\n" in span.text] or _statements(of), chance)
    return span and Change(span.start, span.end)


def _repeat_statement(of: Spec, chance: random.Random) -> Change | None:
    span = _pick(_statements(of), chance)
    if span is None:
        return None
    indent = of.text[of.text.rfind("\n", 0, span.start) + 1 : span.start]
    return Change(span.start, span.start, f"{span.text}\n{indent}")


KINDS: dict[str, Choose] = {
    "number changed": _change_number,
    "line dropped": _drop_line,
    "lines swapped": _swap_lines,
    "word misspelt": _misspell,
    "brace dropped": _drop_brace,
    "argument dropped": _drop_argument,
    "argument repeated": _repeat_argument,
    "branch dropped": _drop_branch,
    "body dropped": _drop_statement,
    "statement repeated": _repeat_statement,
}
