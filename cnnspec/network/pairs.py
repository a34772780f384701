"""Networks of one file of which one feeds the other, as a generator and its discriminator do."""

from __future__ import annotations

from cnnspec.network.network import Network


def counterpart(network: Network) -> Network | None:
    """Returns the network beside this one that is trained with it: one takes what the other gives; None where there is none."""
    others = (other for other in network.beside if _feeds(other, network) or _feeds(network, other))
    return next(others, None)


def takes(network: Network, other: Network) -> bool:
    """Returns whether an output of `other` has the shape of an input of `network`."""
    return any(given.shape.sizes == made.sizes for given in network.inputs for made in other.outputs)


def _feeds(maker: Network, taker: Network) -> bool:
    """Returns whether one network is made to feed another, and does not only happen to have such shapes.

    Variants of one architecture, and different ones for the same images, take the same inputs. A network that changes images
    into images of their size does, too, but then what judges them gives a single number for each, or for each patch.
    """
    if not takes(taker, maker):
        return False
    if [given.shape.sizes for given in maker.inputs] != [given.shape.sizes for given in taker.inputs]:
        return True
    return taker.output.channels == 1 and taker.output.sizes != taker.input.sizes
