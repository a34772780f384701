"""Pages of prose, specs and what the tool says about them: reading, verifying, and rewriting what was recorded.

A ```cnn (```yaml, ```json) block is checked. Comments at the ends of its lines claim what has to be found there, and are
taken away before the text is checked: `# shape: 6x24x24` the output of the layer on this line, `# error[E0301]` (`warning`,
`note`) a finding that begins on this line. Every finding must be claimed, and every claim must be met. Blocks behind it hold
what the tool says: ```diagnostic the findings as people see them, and of its last network ```names the names in `state_dict`
and ```summary the table. Options stand behind the language: ```cnn input=3x32x32 set=classes=100; `file=blocks.cnn` gives the
text a name under which other blocks of the page can import it. A block marked ```cnn repaired is the block before it as it
works: it has no errors. Where `told` stands too, it holds something that the help there says to write, and that the block
before it does not hold.
"""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import torch

from cnnspec import Network
from cnnspec.backends.summary import render
from cnnspec.compiler import Options, Result, check_source
from cnnspec.diagnostics.render_text import render_all_text
from cnnspec.source import Source

NOTATIONS = ("cnn", "yaml", "json")
FENCE = re.compile(r"^```(?P<language>\w+)(?P<options>[^\n`]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
CLAIMS = re.compile(r"[ \t]*#(?=[ \t]*(?:shape:|error\[|warning\[|note\[))(?P<claims>[^\n]*)$", re.MULTILINE)
FINDING = re.compile(r"(error|warning|note)\[(\w+)\]")
SHAPE = re.compile(r"shape: *([\dx]+)")
QUOTED = re.compile(r"`([^`]+)`")


class Record(NamedTuple):
    """What a page says that the tool says, and where on the page that stands."""

    kind: str
    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Block:
    """One checked text of a page, and what is recorded behind it."""

    line: int
    language: str
    options: str
    text: str
    records: tuple[Record, ...] = ()

    @property
    def bare(self) -> str:
        """Returns the text without claims."""
        return CLAIMS.sub("", self.text)

    @property
    def claims_errors(self) -> bool:
        return "# error[" in self.text

    @property
    def is_repaired(self) -> bool:
        return "repaired" in self.options.split()

    @property
    def is_told(self) -> bool:
        return "told" in self.options.split()

    @property
    def file(self) -> str:
        """Returns the name of the text."""
        return self._given().get("file", f"spec.{self.language}")

    def _given(self) -> dict[str, str]:
        return {name: value for name, _, value in (word.partition("=") for word in shlex.split(self.options))}

    def check(self) -> Result:
        given = self._given()
        settings = [word.partition("=")[2] for word in shlex.split(self.options) if word.startswith("set=")]
        source = Source(self.file, self.bare)
        return check_source(source, Options(set=settings, input=given.get("input"), network=given.get("network")))


def blocks(page: str) -> list[Block]:
    """Returns the checked blocks of a page, in order."""
    found: list[Block] = []
    for fence in FENCE.finditer(page):
        language = fence["language"]
        if language in NOTATIONS:
            line = page.count("\n", 0, fence.start("text")) + 1
            found.append(Block(line, language, fence["options"], fence["text"]))
        elif language in RECORDED and found:
            record = Record(language, fence["text"], *fence.span("text"))
            found[-1] = replace(found[-1], records=(*found[-1].records, record))
    return found


@contextmanager
def files(page: str) -> Iterator[None]:
    """Makes a folder the current one in which the page's texts are that have names."""
    with TemporaryDirectory() as folder, chdir(folder):
        for block in blocks(page):
            if "file=" in block.options:
                Path(block.file).write_text(block.bare, encoding="utf-8")
        yield


def failures(page: str) -> list[str]:
    """Returns what on a page does not hold, each with its line; empty where all does."""
    found = blocks(page)
    with files(page):
        wrong = [failure for block in found for failure in _failures(block)]
        return wrong + [failure for before, block in pairwise(found) for failure in _unrepaired(before, block)]


def _unrepaired(before: Block, block: Block) -> Iterator[str]:
    """Yields why a block is not the repaired version of the one before it, where it is marked as that."""
    if not block.is_repaired:
        return
    findings = before.check().diagnostics
    if before.is_repaired or not findings:
        yield f"{block.line}: nothing to repair stands before it"
    if block.claims_errors:
        yield f"{block.line}: not repaired, it claims errors"
    told = {text for finding in findings for text in QUOTED.findall(finding.help or "")}
    if block.is_told and not any(text in block.bare and text not in before.bare for text in told):
        yield f"{block.line}: not what the help says to write: {', '.join(sorted(told))}"


def _failures(block: Block) -> Iterator[str]:
    result = block.check()
    found = Counter((d.span.begin.line, f"{d.severity}[{d.code}]") for d in result.diagnostics)
    claimed = Counter(
        (number, f"{kind}[{code}]")
        for number, line in enumerate(block.text.splitlines(), 1)
        for claims in CLAIMS.finditer(line)
        for kind, code in FINDING.findall(claims["claims"])
    )
    for line, what in found - claimed:
        yield f"{block.line + line - 1}: {what} is not claimed"
    for line, what in claimed - found:
        yield f"{block.line + line - 1}: {what} is claimed, but not found"
    yield from _wrong_shapes(block, result)
    for record in block.records:
        now = RECORDED[record.kind](result)
        if record.text != now:
            yield f"{block.line}: the recorded {record.kind} differs; now it is\n{now}"


def _wrong_shapes(block: Block, result: Result) -> Iterator[str]:
    shapes = {
        place.line: str(node.output)
        for network in result.networks
        for node in network.layers
        for place in (node.origin.statement.begin, node.origin.statement.finish)
    }
    shapes |= {network.input_span.begin.line: str(network.input) for network in result.networks if network.input_span}
    for number, line in enumerate(block.text.splitlines(), 1):
        for claims in CLAIMS.finditer(line):
            for shape in SHAPE.findall(claims["claims"]):
                if shapes.get(number) != shape:
                    yield f"{block.line + number - 1}: the shape is {shapes.get(number)}, not {shape}"


def rewritten(page: str) -> str:
    """Returns the page with what the tool says now in the place of what was recorded."""
    with files(page):
        for block in reversed(blocks(page)):
            for record in reversed(block.records):
                page = page[: record.start] + RECORDED[record.kind](block.check()) + page[record.end :]
    return page


def _findings(result: Result) -> str:
    return render_all_text(result.diagnostics) + "\n"


def _names(result: Result) -> str:
    """Returns the names in the `state_dict` of the module that is built, those of one module on a line."""
    if not result.networks:
        return ""
    with torch.device("meta"):
        keys = Network(result.networks[-1]).build().state_dict()
    modules = groupby(keys, key=lambda key: key.rpartition(".")[0])
    return "".join("  ".join(names) + "\n" for _, names in modules)


def _summary(result: Result) -> str:
    return render(result.networks[-1]) + "\n" if result.networks else ""


RECORDED: dict[str, Callable[[Result], str]] = {
    "diagnostic": _findings,
    "names": _names,
    "summary": _summary,
}
