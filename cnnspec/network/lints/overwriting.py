"""Lint: layers with `inplace=true` that write over a value which somebody reads afterwards."""

from __future__ import annotations

from typing import ClassVar

from cnnspec.diagnostics.diagnostic import Diagnostic, Fix, Label, diagnose
from cnnspec.network.lints.facts import Facts
from cnnspec.network.lints.lint import LayerLint
from cnnspec.network.network import MergeNode, Node
from cnnspec.network.written import off, turned_off


class OverwritesValue(LayerLint):
    """PyTorch hands on what is left of the value, in the module that is built and in the source that is generated alike."""

    keyword: str
    reader: str | None
    remedy: str
    code: ClassVar[str] = "W0519"
    keywords: ClassVar[tuple[str, ...]] = tuple(
        "relu silu relu6 leaky_relu rrelu elu selu celu hardsigmoid hardswish hardtanh threshold mish dropout "
        "channel_dropout".split()
    )

    @property
    def message(self) -> str:
        reader = "the network returns" if self.reader is None else f"`{self.reader}` reads"
        return f"this `{self.keyword}` overwrites a value that {reader} afterwards"

    @property
    def help(self) -> str:
        return f"write `{self.remedy}`, or give `{self.keyword}` a value that nothing else reads"

    @classmethod
    def holds(cls, node: Node, value: int, facts: Facts) -> bool:
        return node.layer.is_in_place and value in facts.overwritten

    @classmethod
    def explain(cls, node: Node, value: int, facts: Facts) -> Diagnostic:
        overwritten = facts.overwritten[value]
        reader = facts.nodes[overwritten.reader] if overwritten.reader is not None else None
        given = node.origin.arguments.get("inplace", node.origin.word)
        labels = []
        if reader is not None and reader.origin.word != node.origin.word:
            labels.append(Label(reader.origin.word, "reads what is left of it"))
        notes = [] if overwritten.in_training else ["in evaluation only, when dropout hands on what it takes"]
        edit = turned_off(node.origin, "inplace")
        remedy = off(node.origin, "inplace")
        fixes = [Fix(f"write `{remedy}`", "unsafe", (edit,))] if edit is not None else []
        return diagnose(cls(node.keyword, _word(reader), remedy), given, labels=labels, notes=notes, fixes=fixes)


def _word(reader: Node | MergeNode | None) -> str | None:
    """Returns what a reader is called in the text: the sum of a `residual` has no word of its own."""
    if reader is None:
        return None
    word = reader.origin.word.text.strip("\"'")
    return word if word.isidentifier() else reader.keyword
