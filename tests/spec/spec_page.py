"""Pages of prose, specs and what the checker says about them: reading, verifying, and rewriting what was recorded.

A ```cnn (or ```yaml) block is checked. Comments at the ends of its lines claim what has to be found there, and are taken
away before the text is checked: `# shape: 6x24x24` the output of the layer on this line, `# error[E0301]` (`warning`,
`note`) a finding that begins on this line. Every finding must be claimed, and every claim must be met. A ```diagnostic block
behind it holds the findings as people see them. Options stand behind the language: ```cnn input=3x32x32 set=classes=100.
"""

from __future__ import annotations

import re
import shlex
from collections import Counter
from dataclasses import dataclass

from cnnspec.compiler import Options, Result, check_source
from cnnspec.diagnostics.render_text import render_all_text
from cnnspec.source import Source

FENCE = re.compile(r"```(?P<language>cnn|yaml|diagnostic)(?P<options>[^\n`]*)\n")
CLAIMS = re.compile(r"[ \t]*#(?=[ \t]*(?:shape:|error\[|warning\[|note\[))(?P<claims>[^\n]*)$", re.MULTILINE)
FINDING = re.compile(r"(error|warning|note)\[(\w+)\]")
SHAPE = re.compile(r"shape: *([\dx]+)")


@dataclass(frozen=True)
class Block:
    """One checked text of a page, and the recorded findings behind it (None where the page shows none)."""

    line: int
    language: str
    options: str
    text: str
    recorded: str | None
    recorded_place: tuple[int, int] | None

    @property
    def bare(self) -> str:
        """Returns the text without claims."""
        return CLAIMS.sub("", self.text)

    def check(self) -> Result:
        words = [word.partition("=") for word in shlex.split(self.options)]
        given: dict[str, str] = {name: value for name, _, value in words if name != "set"}
        settings = [value for name, _, value in words if name == "set"]
        source = Source(f"spec.{self.language}", self.bare)
        return check_source(source, Options(set=settings, input=given.get("input"), network=given.get("network")))


def blocks(page: str) -> list[Block]:
    """Returns the checked blocks of a page, in order."""
    found: list[Block] = []
    for fence in FENCE.finditer(page):
        end = page.index("```", fence.end())
        text = page[fence.end() : end]
        if fence["language"] == "diagnostic":
            before = found.pop()
            found.append(Block(before.line, before.language, before.options, before.text, text, (fence.end(), end)))
        else:
            line = page.count("\n", 0, fence.end()) + 1
            found.append(Block(line, fence["language"], fence["options"], text, None, None))
    return found


def failures(page: str) -> list[str]:
    """Returns what on a page does not hold, each with its line; empty where all does."""
    wrong: list[str] = []
    for block in blocks(page):
        result = block.check()
        found = Counter((d.span.begin.line, f"{d.severity}[{d.code}]") for d in result.diagnostics)
        claimed = Counter(
            (number, f"{kind}[{code}]")
            for number, line in enumerate(block.text.splitlines(), 1)
            for claims in CLAIMS.finditer(line)
            for kind, code in FINDING.findall(claims["claims"])
        )
        wrong += [f"{block.line + line - 1}: {what} is not claimed" for line, what in (found - claimed).elements()]
        wrong += [f"{block.line + line - 1}: {what} is claimed, but not found" for line, what in (claimed - found).elements()]
        wrong += _wrong_shapes(block, result)
        if block.recorded is not None and block.recorded != _rendered(result):
            wrong.append(f"{block.line}: the recorded findings differ; now they are\n{_rendered(result)}")
    return wrong


def _wrong_shapes(block: Block, result: Result) -> list[str]:
    shapes = {
        place.line: str(node.output)
        for network in result.networks
        for node in network.layers
        for place in (node.origin.statement.begin, node.origin.statement.finish)
    }
    shapes |= {network.input_span.begin.line: str(network.input) for network in result.networks if network.input_span}
    wrong = []
    for number, line in enumerate(block.text.splitlines(), 1):
        for claims in CLAIMS.finditer(line):
            for shape in SHAPE.findall(claims["claims"]):
                if shapes.get(number) != shape:
                    wrong.append(f"{block.line + number - 1}: the shape is {shapes.get(number)}, not {shape}")
    return wrong


def _rendered(result: Result) -> str:
    return render_all_text(result.diagnostics) + "\n"


def rewritten(page: str) -> str:
    """Returns the page with what the checker says now in its ```diagnostic blocks."""
    for block in reversed(blocks(page)):
        if block.recorded_place is not None:
            start, end = block.recorded_place
            page = page[:start] + _rendered(block.check()) + page[end:]
    return page
