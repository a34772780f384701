"""What a lint is: a problem that knows where it holds. Lints look at checked networks, so they see through blocks and loops."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.diagnostics.problem import Problem
from cnnspec.network.lints.facts import Facts
from cnnspec.network.network import Node


class LayerLint(Problem):
    """Base of what can be wrong with one layer where it stands; `keywords` are the layers that are looked at.

    What holds `in_all_uses` is only worth a word where it holds in every call of the block and every round of the loop in which
    the layer is written; otherwise the first of them is enough.
    """

    severity: ClassVar[str] = "warning"
    keywords: ClassVar[tuple[str, ...]]
    in_all_uses: ClassVar[bool] = False

    @classmethod
    def holds(cls, node: Node, value: int, facts: Facts) -> bool:
        """Returns whether it holds for a layer; `value` is the number of what comes out. Asked for every layer: be fast."""
        raise NotImplementedError

    @classmethod
    def is_worth_a_word(cls, node: Node, hits: int, uses: int, facts: Facts) -> bool:
        """Returns whether it is said of a place in the text that stands for so many layers; `node` is the first that is hit."""
        return hits == uses or not cls.in_all_uses

    @classmethod
    def explain(cls, node: Node, value: int, facts: Facts) -> Diagnostic:
        """Returns the warning for a layer for which it holds."""
        raise NotImplementedError


class NetworkLint(Problem):
    """Base of what can be wrong with a network as a whole."""

    severity: ClassVar[str] = "warning"

    @classmethod
    def find(cls, facts: Facts) -> Iterator[Diagnostic]:
        """Yields the warnings."""
        raise NotImplementedError
