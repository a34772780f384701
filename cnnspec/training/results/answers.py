"""What a trained network says about samples that a program holds."""

from __future__ import annotations

import torch

from cnnspec.recipe.fit import fills
from cnnspec.training.batches.batches import Batches
from cnnspec.training.data.arrays import arranged
from cnnspec.training.data.dataset import Part
from cnnspec.training.device import Precision
from cnnspec.training.heap import heap_for
from cnnspec.training.measure import EVALUATED
from cnnspec.training.results.probabilities import of_each, probabilities
from cnnspec.training.results.trained import Trained


@torch.inference_mode()
def answers(trained: Trained, inputs: torch.Tensor, precision: Precision) -> torch.Tensor:
    """Returns the probability of each class [N, classes] or label [N, labels], else the outputs [N, *output]; on the CPU.

    Inputs [N, *input] are scaled as the training data was, bytes being 0 to 1. Channels may be the last axis, and
    the channel of a single one may be left out. Raises ValueError for other shapes.
    """
    sizes = trained.network.input.sizes
    samples = arranged(inputs, trained.network.input)
    if samples.dim() < 2 or not fills(tuple(samples.shape[1:]), trained.network.input):
        raise ValueError(f"the network takes inputs of {('N', *sizes)}, not {tuple(inputs.shape)}")
    part = Part(samples.reshape(-1, *sizes), torch.zeros(len(samples), dtype=torch.int64))
    scaling = trained.scaling.of(inputs.dtype)
    model = trained.model(precision)
    found = []
    with heap_for(trained.network, EVALUATED), precision.forward():
        for batch, _ in Batches(part, scaling, precision.device, precision.dtype).in_order(EVALUATED):
            found.append(model(batch).to("cpu", precision.dtype))
    outputs = torch.cat(found) if found else torch.empty(0, *trained.network.output.sizes)
    known = None
    if outputs.dim() == 2 and (trained.classes is not None or trained.has_labels):
        told = of_each if trained.has_labels else probabilities
        known = told(outputs, trained.network, trained.recipe.loss)
    return outputs if known is None else known.to(outputs.dtype)
