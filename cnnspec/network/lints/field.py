"""Lint: receptive fields that end before the image does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from cnnspec.diagnostics.diagnostic import Diagnostic, Label, diagnose
from cnnspec.network.lints.facts import Facts
from cnnspec.network.lints.lint import NetworkLint
from cnnspec.network.network import Node
from cnnspec.values.shapes import Shape

if TYPE_CHECKING:
    from cnnspec.network.analyses.analysis import Field

POOLS = frozenset({"global_avgpool", "global_maxpool", "adaptive_avgpool", "adaptive_maxpool", "avgpool"})


class FieldEndsBeforeImage(NetworkLint):
    """A classifier that averages over what each part of the image says by itself."""

    keyword: str
    field: Field
    image: Shape
    code: ClassVar[str] = "W0521"

    @property
    def message(self) -> str:
        seen, whole = ("x".join(map(str, sizes)) for sizes in (self.field.size, self.image.spatial))
        return f"each position that `{self.keyword}` pools sees only {seen} of {whole}: nothing sees half of the image"

    @property
    def help(self) -> str:
        return "add layers, strides or pools before it, or write larger kernels"

    @classmethod
    def find(cls, facts: Facts) -> Iterator[Diagnostic]:
        network = facts.network
        pool = _last_pool(facts)
        if pool is None or len(network.inputs) > 1 or network.input.rank < 3 or facts.is_a_part or _sees_half(pool, facts):
            return
        arriving = pool.inputs[0] - facts.first
        if arriving < 0:
            return
        from cnnspec.network.analyses.analysis import receptive_fields  # few networks come so far

        field = next(field for position, field in enumerate(receptive_fields(network)) if position == arriving)
        if any(2 * size < whole for size, whole in zip(field.size, network.input.spatial, strict=True)):
            maker = network.nodes[arriving]
            labels = [Label(maker.origin.word, f"the map is {maker.output}")]
            yield diagnose(cls(pool.keyword, field, network.input), pool.origin.word, labels=labels)


def _last_pool(facts: Facts) -> Node | None:
    """Returns the pool behind which there is one position, up to the end of the network."""
    value = facts.network.returns[0]
    while (node := facts.maker(value)) is not None and isinstance(node, Node):
        if node.input.features > max(node.input.channels, node.input.sizes[-1]):
            return node if node.keyword in POOLS and node.output.features == node.output.channels else None
        value = node.inputs[0]
    return None


def _sees_half(pool: Node, facts: Facts) -> bool:
    """Returns whether the layers before, along one way back, already see half of the map in front of them; most do after a few.

    Seen from behind, r positions of a layer's output see (r - 1) S + K of its input (Araujo et al., 2019).
    """
    seen = [1] * (pool.input.rank - 1)
    value = pool.inputs[0]
    while (node := facts.maker(value)) is not None:
        x = node.input if isinstance(node, Node) else node.output
        if x.rank - 1 != len(seen):
            return True  # a reshape: there is no telling
        window = node.layer.window(x) if isinstance(node, Node) else None
        if window is not None:
            seen = [int((r - 1) * step) + size for r, step, size in zip(seen, window.stride, window.extent, strict=True)]
        if all(2 * (r - 1) >= size for r, size in zip(seen, x.spatial, strict=True)):
            return True
        value = max(node.inputs)  # of a merge the value that was made last: the branch that does most
    return False
