"""Long specs without a mistake, and any number of independent mistakes to plant into them.

A spec is a row of segments that take 16x16x16 and return it, and end with saying so. They stand in the network itself, or in
the bodies of loops, conditions, groups and blocks. A mistake changes one line of one segment.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import NamedTuple

END = "relu -> 16x16x16"
CONV = "conv 16, kernel=3, padding=1"


class Kind(NamedTuple):
    """Lines that are right, what becomes of one of them (`wrong` at number `at`), and which one is then at fault.

    `{n}` is the number of the segment.
    """

    right: tuple[str, ...]
    wrong: str
    at: int = 0
    shows: int | None = None  # the number of the line that does not fit to the wrong one

    @property
    def fault(self) -> int:
        return self.at if self.shows is None else self.shows


KINDS: dict[str, tuple[Kind, ...]] = {
    "unknown word": (
        Kind(("batchnorm",), "batchnrom"),
        Kind((CONV,), "convolute 16, 3"),
        Kind((CONV,), "conv 16, kernle=3, padding=1"),
    ),
    "bad value": (
        Kind((CONV,), "conv 0, kernel=3, padding=1"),
        Kind(("dropout 0.5",), "dropout 1.5"),
        Kind((CONV,), "conv 16, kernel=true, padding=1"),
        Kind((CONV,), "conv padding=1"),
        Kind((CONV,), "conv 16, kernel=3, padding=1, groups=3"),
    ),
    "wrong size stated": (
        Kind(
            ("flatten", "linear 4096, in_features=16*16*16", "reshape 16, 16, 16", "conv 16, kernel=1"),
            "linear 4096, in_features=16*15*15",
            1,
        ),
        Kind(("conv 16, kernel=1, in_channels=16",), "conv 16, kernel=1, in_channels=3"),
        Kind(("batchnorm num_features=16",), "batchnorm num_features=32"),
    ),
    "shape refused": (
        Kind(("maxpool 3, stride=1, padding=1",), "maxpool 40"),
        Kind((CONV,), "conv 16, kernel=31, padding=1"),
        Kind(("flatten", "linear 4096", "reshape 16, 16, 16", "conv 16, kernel=1"), "reshape 16, 16, 17", 2),
        Kind(("identity",), "linear 10"),
        Kind(("conv 16, kernel=1",), "conv1d 16, kernel=1"),
    ),
    "bad expectation": (
        Kind(("tanh -> 16x16x16",), "tanh -> 16x16x15"),
        Kind(("conv 8, kernel=1 -> 8, in.height, 16", "conv 16, kernel=1"), "conv 8, kernel=1 -> 9, 16, 16"),
        Kind(("tanh -> 16x16x16",), "tanh -> 4096"),
    ),
    "merge mismatch": (
        Kind(("residual { conv 16, kernel=1 }",), "residual { conv 15, kernel=1 }"),
        Kind(("side{n}: conv 8, kernel=1", "conv 8, kernel=1", "concat side{n}"), "multiply input", 2),
        Kind(("left{n}: relu", "maxpool 2", "upsample 2", "add left{n}"), "upsample 3", 2, 3),
        Kind(("multiply {", "    tanh", "    conv 16, kernel=1", "}"), "    conv 4, kernel=1", 2, 0),
    ),
    "unknown label": (
        Kind(("keep{n}: relu", "tanh", "add keep{n}"), "add kept{n}", 2),
        Kind(("back{n}: relu", "flatten", "from back{n}"), "from nowhere{n}", 2),
        Kind(("layer{n}: conv 16, kernel=1", "reuse layer{n}"), "reuse lair{n}", 1),
    ),
    "bad loop": (
        Kind(("repeat 2 { sigmoid }",), "repeat 2.5 { sigmoid }"),
        Kind(("for size in [16] { conv size, kernel=1 }",), "for size in 16 { conv size, kernel=1 }"),
        Kind(("repeat 2 as i { dropout i / 4 }",), "repeat -2 as i { dropout i / 4 }"),
    ),
    "bad expression": (
        Kind(("conv in.channels, kernel=1",), "conv in.chanels, kernel=1"),
        Kind(("conv width, kernel=1",), "conv widht{n}, kernel=1"),
        Kind(("conv width // 1, kernel=1",), "conv width // 0, kernel=1"),
        Kind(("conv 32 // 2, kernel=1",), "conv 32 / 2, kernel=1"),
        Kind(("let half{n} = width // 2", "conv 2 * half{n}, kernel=1"), "let half{n} = width - []"),
        Kind(("if width > 2 { sigmoid }",), "if width { sigmoid }"),
        Kind(("conv max(4, 16), kernel=1",), "conv max(), kernel=1"),
    ),
    "notation": (
        Kind((CONV,), "conv 16 kernel=3, padding=1"),
        Kind(("relu",), "relu()"),
        Kind((CONV,), "conv 16, kernel=(3, 3, padding=1"),
        Kind((CONV,), "conv 16, kernel=3, padding=1)"),
        Kind((CONV,), "conv 16, kernel=3, padding="),
        Kind(("let part{n} = 16", "conv part{n}, kernel=1"), "let part{n} 16"),
        Kind(("repeat 2 {", "    tanh", "}"), "repeat 2"),
        Kind(("repeat 2 {", "    tanh", "}"), "repeat {"),
        Kind(("if width > 2 { tanh }",), "if width > 2 tanh }"),
        Kind(("if width > 2 { tanh }",), "if width > 2 { tanh"),
        Kind((CONV,), "conv 16, kernel=3, padding=$1"),
        Kind(("residual {", "    tanh", "} shortcut { relu }"), "} shrotcut { relu }", 2),
        Kind(("point{n}: relu",), "point{n} relu"),
    ),
}
AROUND = (  # the lines around a segment, which is indented between them
    (),
    (),
    ("if width > 2 {", "}"),
    ("{", "}"),
    ("group{n}: {", "}"),
)
LOOPS = (("repeat 2 {", "}"), ("for size in [16, 16] as j {", "}"))  # around segments that introduce no names


@dataclass(frozen=True)
class Planted:
    """A spec and the lines (1-based) that have a mistake, each with the kind of the mistake."""

    text: str
    mistakes: dict[int, str]


def plant(mistakes: int, segments: int, chance: random.Random) -> Planted:
    """Returns a spec of so many segments with so many mistakes, at most one in each."""
    wrong = set(chance.sample(range(segments), mistakes))
    blocks: list[str] = []
    body: list[str] = []
    faults: dict[tuple[bool, int], str] = {}  # by whether it is in a block, and line there
    for number in range(segments):
        name = chance.choice(list(KINDS))
        kind = chance.choice(KINDS[name])
        lines = [line.replace("{n}", str(number)) for line in kind.right]
        at = kind.fault if number in wrong else None
        if at is not None:
            lines[kind.at] = kind.wrong.replace("{n}", str(number))
        lines.append(END)
        in_block = chance.random() < 0.3
        around = chance.choice(AROUND if "{n}" in "".join(kind.right) else AROUND + LOOPS)
        if around:
            lines = [around[0].replace("{n}", str(number)), *(f"    {line}" for line in lines), around[1]]
            at = None if at is None else at + 1
        where = blocks if in_block else body
        if in_block:
            blocks.append(f"block Segment{number}(width=16) {{")
            body += [f"Segment{number}"] * chance.randint(1, 2)
        if at is not None:
            faults[in_block, len(where) + at] = name
        where += [f"    {line}" for line in lines] if in_block else lines
        if in_block:
            blocks += ["}", ""]
    head = ["network Planted(width=16) {", "    input 16x16x16"]
    text = "\n".join([*blocks, *head, *(f"    {line}" for line in body), "}", ""])
    offsets = {True: 1, False: len(blocks) + len(head) + 1}
    return Planted(text, {line + offsets[in_block]: name for (in_block, line), name in faults.items()})
