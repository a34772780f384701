"""How weights begin: the recipe's scheme for all convolutions and linear layers, or the one that a layer names itself.

Seed torch before; the draws are made in the order of the layers. A scheme is a function of torch.nn.init: the keyword with `_`.
"""

from __future__ import annotations

from typing import Any

from torch import nn

from cnnspec.layers.fixed import Weighted
from cnnspec.network.network import Network, Node
from cnnspec.recipe.init import Init
from cnnspec.training.problems import TrainingError, WrongInit


def initialize(model: nn.Module, network: Network, init: Init | None) -> None:
    """Fills the `weight` of every convolution and linear layer of `model`; raises TrainingError where a scheme is not defined.

    Biases keep torch's default, and numbers that the file writes out stay. Without a scheme (`init` None, none on the layer)
    torch's default stays as well.
    """
    for node in network.layers:
        layer = node.layer
        if node.application or not isinstance(layer, Weighted) or "weight" in layer.fixed_numbers:
            continue  # a reused layer has its weights from where it is introduced
        if layer.init is not None:
            _fill(model, node, layer.init, {})
        elif init is not None:
            _fill(model, node, init.keyword, init.model_dump())


def _fill(model: nn.Module, node: Node, scheme: str, arguments: dict[str, Any]) -> None:
    weight = model.get_submodule(node.name).get_parameter("weight")
    try:
        getattr(nn.init, scheme + "_")(weight, **arguments)
    except ValueError as error:
        text = f"`{scheme}` cannot fill the weight of `{node.name}` ({node.layer.keyword}): {str(error).lower()}"
        raise TrainingError(WrongInit(text, 'give single layers a scheme of their own with `init="..."`')) from None
