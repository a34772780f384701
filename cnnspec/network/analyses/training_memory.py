"""What training takes beside the weights: what autograd keeps of values, gradients, the state of the optimizer. No torch.

Autograd keeps for the backward pass what `Layer.saved` declares, each storage once. That is most when the backward pass
begins; the gradients of the values, which come and go with it, are not counted.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from cnnspec.layers.base import Saved
from cnnspec.network.analyses.learned import is_below, learned_weights
from cnnspec.network.analyses.memory import Held, input_numbers
from cnnspec.network.analyses.storages import Storages
from cnnspec.network.network import MergeNode, Network, Node
from cnnspec.recipe.recipe import Recipe
from cnnspec.values.shapes import Dim


def training_steps(network: Network) -> list[Held]:
    """Returns what each node adds to what is kept: its output where anything needs it, and what it makes besides.

    The inputs are not in it. Of layers before which nothing is trained nothing is kept.
    """
    storages = Storages(network, training=True)
    frozen = network.recipe.freeze if network.recipe else ()
    is_frozen = [isinstance(node, Node) and (node.layer.is_frozen or is_below(node.name, frozen)) for node in network.nodes]
    learned = _learned(network, is_frozen)
    kept = {storages.root(value) for value in network.returns}
    extras: list[Saved] = []
    for position, node in enumerate(network.nodes):
        value = storages.value_of(position)
        saved = _saved(node) if learned[value] else Saved()
        if saved.input and not (saved.for_weights and is_frozen[position]):
            kept.update(storages.root(number) for number in _kept_inputs(node, learned))
        if saved.output:
            kept.add(storages.root(value))
        extras.append(saved)
    outputs = (storages.value_of(position) for position in range(len(network.nodes)))
    sizes = [storages.size(value) if value in kept and storages.is_root(value) else 0 for value in outputs]
    return [Held(size + extra.numbers, extra.indices, extra.once) for size, extra in zip(sizes, extras, strict=True)]


def training_memory(network: Network, number_bytes: int, batch: int = 1) -> Dim:
    """Returns the bytes of values that are alive when the backward pass begins: the inputs, and what the nodes keep."""
    kept: Dim = number_bytes * batch * input_numbers(network)
    for step in training_steps(network):
        kept = kept + step.bytes(number_bytes, batch)
    return kept


def gradient_memory(network: Network, number_bytes: int) -> Dim:
    """Returns the bytes of the gradients: one number for each weight that is trained."""
    weights = learned_weights(network, network.recipe or Recipe())
    return number_bytes * sum(math.prod(sizes) for _, sizes in weights)


def optimizer_memory(network: Network, number_bytes: int) -> Dim | None:
    """Returns the bytes that the optimizer of `train { }` keeps from step to step, counters left out; None without `train`."""
    recipe = network.recipe
    if recipe is None:
        return None
    return number_bytes * sum(recipe.optimizer.state_numbers(sizes) for _, sizes in learned_weights(network, recipe))


def _learned(network: Network, is_frozen: list[bool]) -> list[bool]:
    """Returns for each value whether gradients are computed for it: whether a layer before it has weights to be trained."""
    learned = [False] * len(network.inputs)
    for node, frozen in zip(network.nodes, is_frozen, strict=True):
        has_weights = isinstance(node, Node) and not frozen and bool(node.layer.weights(node.input))
        learned.append(has_weights or any(learned[value] for value in node.inputs))
    return learned


def _saved(node: Node | MergeNode) -> Saved:
    return (
        node.layer.saved(node.input, node.output) if isinstance(node, Node) else node.merge.saved(node.output, len(node.inputs))
    )


def _kept_inputs(node: Node | MergeNode, learned: list[bool]) -> Iterator[int]:
    """Yields the inputs that are needed; a factor is, where another one has a gradient."""
    for place, value in enumerate(node.inputs):
        others = (*node.inputs[:place], *node.inputs[place + 1 :])
        if isinstance(node, Node) or any(learned[other] for other in others):
            yield value
