"""One forward pass: images or arrays go in, images or arrays come out.

Images are numbers from 0 to 1, channels first; a run scales them as it scaled its training data. Arrays go in as they are.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from cnnspec.backends.torch_module import build
from cnnspec.diagnostics.problem import UsageError
from cnnspec.network.network import Network, Node
from cnnspec.training.data.images import MODES, read_image, size_of_image
from cnnspec.training.data.scaling import Scaling
from cnnspec.training.device import Precision, own_random_numbers, select_device
from cnnspec.training.results.activations import recorded, verify_modules
from cnnspec.training.results.evaluate import load_model, stored_scaling
from cnnspec.training.results.picture import maps_picture, picture, write_picture
from cnnspec.training.run_folder.folder import StoredRun
from cnnspec.training.weights.initialize import initialize
from cnnspec.values.shapes import Shape


@dataclass(frozen=True)
class ForwardOptions:
    """Where and how to compute; `best` as in `EvaluateOptions`. `layers` are module paths whose outputs are wanted instead."""

    device: str = "auto"
    precision: str = "fp32"
    best: bool = False
    layers: tuple[str, ...] = ()


@torch.inference_mode()
def forward(
    subject: Network | StoredRun, sources: Sequence[Path], options: ForwardOptions | None = None
) -> dict[str, torch.Tensor]:
    """Returns the outputs by name, without the batch axis, on the CPU; raises TrainingError or UsageError.

    There is one input file for each input of the network, in their order.
    A network (rather than a run) has the weights that its file fixes, and random ones, drawn from its recipe's seed, elsewhere.
    """
    options = options or ForwardOptions()
    precision = Precision.select(options.precision, select_device(options.device))
    precision.prepare()
    network = subject.network if isinstance(subject, StoredRun) else subject
    scaling = stored_scaling(subject) if isinstance(subject, StoredRun) else None
    inputs = [
        read_input(source, given.shape, scaling).to(precision.device, precision.dtype).unsqueeze(0)
        for source, given in zip(sources, network.inputs, strict=True)
    ]
    model = load_model(subject, precision, options.best) if isinstance(subject, StoredRun) else _drawn(network, precision)
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


def _drawn(network: Network, precision: Precision) -> torch.nn.Module:
    with own_random_numbers():
        torch.manual_seed(network.recipe.seed if network.recipe else 0)
        model = build(network)
        initialize(model, network, network.recipe.init if network.recipe else None)
    return model.to(precision.device, precision.dtype).eval()


def read_input(path: Path, shape: Shape, scaling: Scaling | None = None) -> torch.Tensor:
    """Returns an image or array file as one input, float64; raises TrainingError, or UsageError where it does not fit."""
    if path.suffix == ".npy":
        return _read_array(path, shape)
    if shape.rank != 3 and shape.rank != 1:
        raise UsageError(f"{path}: an image is no input of {shape}; give an array (.npy)")
    channels = shape.channels if shape.rank == 3 else 1
    if channels not in MODES:
        raise UsageError(f"{path}: an image has 1, 3 or 4 channels, but the network takes {shape}; give an array (.npy)")
    image = read_image(path, channels)
    if image.numel() != shape.features or (shape.rank == 3 and tuple(image.shape) != shape.sizes):
        raise UsageError(f"{path} is {Shape(tuple(image.shape))}, but the network takes {shape}")
    values = image.to(torch.float64).reshape(shape.sizes)
    return values / 255 if scaling is None else Scaling(255.0, scaling.mean, scaling.std).apply(values, torch.float64)


def image_size(path: Path) -> tuple[int, int]:
    """Returns height and width of an image file; raises TrainingError."""
    return size_of_image(path)


def _read_array(path: Path, shape: Shape) -> torch.Tensor:
    try:
        # Arrays of objects are pickles, which can run anything: never read.
        array = np.load(path, allow_pickle=False)
        values = torch.from_numpy(np.asarray(array, dtype=np.float64))
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from None
    except (ValueError, EOFError, TypeError) as error:
        raise UsageError(f"{path} is no array of numbers: {error}") from None
    if tuple(values.shape) != shape.sizes:
        raise UsageError(f"{path} is {Shape(tuple(values.shape))}, but the network takes {shape}")
    return values


def save(outputs: Mapping[str, torch.Tensor], path: Path, are_maps: bool = False) -> None:
    """Writes outputs without batch axis: all of them by name (.npz), or the only one as an array (.npy) or a picture.

    Feature maps (`are_maps`) are shown as tiles from their least to their greatest number. Raises UsageError or OSError.
    """
    if path.suffix == ".npz":
        _save_all(outputs, path)
        return
    if len(outputs) > 1:
        names = ", ".join(outputs)
        raise UsageError(f"{path} holds one output, but there are {len(outputs)} ({names}): write them all with -o PATH.npz")
    (output,) = outputs.values()
    if path.suffix == ".npy":
        np.save(path, output.numpy())
        return
    if output.dim() != 3:
        raise UsageError(f"an output of {Shape(tuple(output.shape))} is no picture; write an array (.npy)")
    write_picture(maps_picture(output) if are_maps else picture(output), path)


def _save_all(outputs: Mapping[str, torch.Tensor], path: Path) -> None:
    """Writes what numpy.load reads; numpy.savez would take some names for arguments of its own."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, output in outputs.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
                np.lib.format.write_array(file, output.numpy(), allow_pickle=False)
