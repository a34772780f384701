"""What lints ask about a network, found out once."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from cnnspec.network.network import MergeNode, Network, Node, Path

if TYPE_CHECKING:
    from cnnspec.network.lints.overwritten import Overwritten
    from cnnspec.recipe.recipe import Recipe

NOBODY = -1
SEVERAL = -2


class Facts:
    """A network, how it is trained (None where it is not, or nothing says how), and which node takes each of its values."""

    def __init__(self, network: Network, recipe: Recipe | None) -> None:
        self.network = network
        self.recipe = recipe
        self.nodes = network.nodes
        self.first = len(network.inputs)  # the number of the value that comes out of the first node
        takers = [NOBODY] * (self.first + len(self.nodes))
        for value in network.returns:
            takers[value] = SEVERAL
        for position, node in enumerate(self.nodes):
            for value in node.inputs:
                takers[value] = position if takers[value] == NOBODY else SEVERAL
        self.takers = takers

    def maker(self, value: int) -> Node | MergeNode | None:
        """Returns the node that a value comes out of; None for an input of the network."""
        return self.nodes[value - self.first] if value >= self.first else None

    def only_taker(self, value: int) -> Node | MergeNode | None:
        """Returns the node that takes a value, if exactly one does and the network does not return the value."""
        taker = self.takers[value]
        return self.nodes[taker] if taker >= 0 else None

    @cached_property
    def is_a_part(self) -> bool:
        """Returns whether maps of more channels than rows or columns come in, which other layers made of an image."""
        shapes = (given.shape for given in self.network.inputs)
        return any(shape.rank > 1 and shape.channels > max(shape.spatial) for shape in shapes)

    @cached_property
    def overwritten(self) -> dict[int, Overwritten]:
        """Returns the layers that overwrite what is read afterwards, by the number of the value that comes out of them."""
        from cnnspec.network.lints.overwritten import find_overwritten  # few networks have such layers

        return find_overwritten(self.network)

    def is_reused(self, node: Node) -> bool:
        """Returns whether the weights of a layer serve several places."""
        return node.path in self.reused

    @cached_property
    def reused(self) -> frozenset[Path]:
        """Returns the paths of the layers that are applied more than once."""
        return frozenset(node.path for node in self.network.layers if node.application)
