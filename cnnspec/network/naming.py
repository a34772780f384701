"""Names of modules: numbered by position as torch.nn.Sequential does, or labelled."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import count

from cnnspec.diagnostics.diagnostic import Label
from cnnspec.network.expressions import template_name
from cnnspec.network.problems import Fault, NameTaken, ReservedLabel
from cnnspec.network.reserved import MODULE_ATTRIBUTES
from cnnspec.network.scope import Scope
from cnnspec.source import Span
from cnnspec.syntax import tree

_TEMPLATE = re.compile(r"[\w-]\{")
_PYTHONS_OWN = re.compile(r"__.+__")


@dataclass(slots=True)
class Level:
    """One level of module names; `path` leads to it. A label replaces the number, but its position still counts."""

    path: tuple[str, ...] = ()
    count: int = 0
    taken: dict[str, Span] = field(default_factory=dict)

    def name(self, label: tree.Name | None, span: Span) -> tuple[str, ...]:
        """Returns the module path of the next statement; raises Fault where the name is taken or reserved."""
        text = str(self.count) if label is None else label.text
        place = span if label is None else label.span
        self.count += 1
        if label is not None and (text in MODULE_ATTRIBUTES or _PYTHONS_OWN.fullmatch(text)):
            raise Fault(ReservedLabel(text), place)
        if text in self.taken:
            raise self._taken(text, place)
        self.taken[text] = place
        return (*self.path, text)

    def _taken(self, text: str, place: Span) -> Fault:
        earlier = self.taken[text]
        if earlier == place:  # the same statement, in another round
            return Fault(NameTaken("the same label in an earlier round of the loop", text, f"{text}{{i}}"), place)
        free = next(name for number in count(2) if (name := f"{text}_{number}") not in self.taken)
        return Fault(NameTaken("another module", text, free=free), place, [Label(earlier, "first used here")])


def label_name(label: tree.Label | None, scope: Scope) -> tree.Name | None:
    """Returns a label with the values of its templates filled in; raises Fault, or Unknown."""
    return label if label is None or isinstance(label, tree.Name) else template_name(label, scope)


def may_name(lost: tree.Template | tree.Broken, name: str) -> bool:
    """Returns whether a template without a value, or a statement that could not be read, may have been a label `name`."""
    if isinstance(lost, tree.Broken):
        source, word = lost.span.source, rf"\b{re.escape(name)}\b"
        line = source.line(lost.span.begin.line)
        if line.rstrip().endswith("{"):  # the head of a body with whatever labels: some name is then written more than once
            return len(re.findall(word, source.text)) > 1 or _TEMPLATE.search(source.text, lost.span.start) is not None
        return re.search(word, line) is not None or _TEMPLATE.search(line) is not None
    pattern = "".join(re.escape(part) if isinstance(part, str) else r"[\w-]+" for part in lost.parts)
    return re.fullmatch(pattern, name) is not None
