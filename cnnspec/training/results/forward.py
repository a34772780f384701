"""One forward pass: images or arrays go in, images or arrays come out.

Images are numbers from 0 to 1, channels first; for weights that were learned they are scaled as the training data was. Arrays
go in as they are.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from cnnspec.diagnostics.problem import UsageError
from cnnspec.network.network import Network, Node
from cnnspec.training.data.places import File
from cnnspec.training.results.activations import recorded, verify_modules
from cnnspec.training.results.image_form import image_form
from cnnspec.training.results.inputs import read_input
from cnnspec.training.results.picture import encoded, maps_picture, picture
from cnnspec.training.results.trained import Subject, Trained, trained_of
from cnnspec.training.run_folder.stored_run import StoredRun
from cnnspec.values.shapes import Shape


@dataclass(frozen=True)
class ForwardOptions:
    """Where and how to compute. `layers` are modules, or outputs of theirs (`recorded`), which are wanted instead."""

    device: str = "auto"
    precision: str | None = None
    layers: tuple[str, ...] = ()


@torch.inference_mode()
def forward(
    subject: Subject | Trained, sources: Sequence[File], options: ForwardOptions | None = None
) -> dict[str, torch.Tensor]:
    """Returns the outputs by name, without the batch axis, on the CPU; raises TrainingError, UsageError or OSError.

    There is one input file for each input of the network, in their order. A network (rather than a run) has the weights of a
    file that is given, otherwise those that its spec fixes, and random ones, drawn from its recipe's seed, elsewhere. Images
    get the channels and the size that a run takes, as `predict` gives them.
    """
    options = options or ForwardOptions()
    trained = trained_of(subject)
    precision = trained.precision(options.precision, options.device)
    trained.verify_sizes()
    network = trained.network
    scaling = trained.scaling if trained.is_trained and len(network.inputs) == 1 else None
    form = image_form(network, trained.recipe) if scaling and isinstance(trained.subject, StoredRun) else None
    inputs = [
        read_input(source, given.shape, scaling, form).to(precision.device, precision.dtype).unsqueeze(0)
        for source, given in zip(sources, network.inputs, strict=True)
    ]
    model = trained.model(precision)
    verify_modules(network, model, options.layers)
    with precision.forward(), recorded(model, options.layers) as inner:
        result = model(*inputs)
    outputs = result if isinstance(result, tuple) else (result,)
    found = inner if options.layers else dict(zip(output_names(network), outputs, strict=True))
    return {name: output[0].to("cpu", precision.dtype) for name, output in found.items()}


def output_names(network: Network) -> list[str]:
    """Returns what the outputs are called: as `output` names them, by the label of what computes them, or by number."""
    labels = list(network.return_names) or [_label(network, value) for value in network.returns]
    return [label if label and labels.count(label) == 1 else str(number) for number, label in enumerate(labels)]


def _label(network: Network, value: int) -> str:
    """Returns a name by which a file could refer to a value: labels inside of blocks cannot be seen from outside."""
    if value < len(network.inputs):
        return network.inputs[value].name or ""
    node = network.nodes[value - len(network.inputs)]
    path = node.path if isinstance(node, Node) else (*node.level, *([node.label] if node.label else []))
    seen = next((depth for depth in range(1, len(path)) if path[:depth] in network.blocks), len(path))
    while seen and path[seen - 1].isdecimal():
        seen -= 1
    return ".".join(path[:seen])


def content_for(path: Path, outputs: Mapping[str, torch.Tensor], are_maps: bool = False) -> bytes:
    """Returns what a file of this name holds of outputs without batch axis: all by name (.npz), or one (.npy, a picture).

    Feature maps (`are_maps`) are shown as tiles from their least to their greatest number. Raises UsageError.
    """
    if path.suffix == ".npz":
        return _archive(outputs)
    if len(outputs) > 1:
        names = ", ".join(outputs)
        one = f", or name one (`--layer {list(outputs)[-1]}`)" if are_maps else ""
        how = f"write them all with -o PATH.npz{one}"
        raise UsageError(f"{path} holds one output, but there are {len(outputs)} ({names}): {how}")
    (output,) = outputs.values()
    if path.suffix == ".npy":
        data = io.BytesIO()
        np.save(data, output.numpy())
        return data.getvalue()
    if output.dim() != 3:
        raise UsageError(f"an output of {Shape(tuple(output.shape))} is no picture; write an array (.npy)")
    return encoded(maps_picture(output) if are_maps else picture(output), path)


def _archive(outputs: Mapping[str, torch.Tensor]) -> bytes:
    """Returns what numpy.load reads; numpy.savez would take some names for arguments of its own."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, output in outputs.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
                np.lib.format.write_array(file, output.numpy(), allow_pickle=False)
    return data.getvalue()
