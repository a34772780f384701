"""`cnnspec run`: a forward pass on images or arrays."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cnnspec.cli.load import load
from cnnspec.cli.needs import require_torch
from cnnspec.cli.options import NamedPath, options
from cnnspec.cli.output import write_file
from cnnspec.cli.subject import Asked, files_of, subject_argument, subject_options
from cnnspec.diagnostics.problem import UsageError
from cnnspec.network.network import Network
from cnnspec.values.shapes import Shape

if TYPE_CHECKING:
    import torch

    from cnnspec.training.data.places import File

SHOWN = 100  # numbers of an output that are printed where no file is asked for


@click.command()
@subject_argument
@click.argument("sources", type=NamedPath(), metavar="[NAME=]INPUT...", nargs=-1, required=True)
@options(
    click.option(
        "-o", "--output", type=NamedPath(path_type=Path), metavar="PATH", help="Write an image, or arrays (.npy, .npz)."
    ),
    click.option(
        "--layer",
        "layers",
        multiple=True,
        metavar="NAME",
        help="Show what this layer gives instead (module path or label, as in `cnnspec summary`). Repeatable.",
    ),
)
@subject_options
def command(
    asked: Asked,
    sources: tuple[str, ...],
    output: Path | None,
    layers: tuple[str, ...],
) -> None:
    """Feed images or arrays to a network.

    INPUT is an image, or an array (.npy); `-` is standard input. A network of several inputs takes as many, in its order or as
    NAME=INPUT. What comes out is shown, or written to PATH; several outputs are written by name to an .npz file.

    A run folder has the weights that it learned; a spec has those of --weights, or else those that it fixes, and random ones
    elsewhere. Images are numbers from 0 to 1, in grey for one input channel and in RGB for three; for weights that were learned
    they are scaled as the training data was (of a spec: as its line `data`, or --data, says). A run brings them to the size
    that it takes, as `predict` does; a spec takes the size of the image, unless --input says what to take.

    --layer conv1 -o maps.png is a picture of feature maps: a grey tile for each channel, black at the least of all their
    numbers and white at the greatest.
    """
    require_torch("run")
    from cnnspec.training.problems import TrainingError
    from cnnspec.training.results.forward import ForwardOptions, content_for, forward
    from cnnspec.training.results.spared import verify_data_spared, verify_spared

    try:
        found = asked.read()
        asked.verify_own_data(found)
        if asked.chosen.data is not None and asked.weights is None:
            raise UsageError("--data says how images are scaled for learned weights: give these with --weights")
        names = _assigned(sources, found if isinstance(found, Network) else found.network)
        _verify_no_folders(names)
        files = files_of(asked.subject, names)
        learned = asked.trained(found)
        written = [] if output is None else [output]
        verify_spared(written, files)
        verify_data_spared(written, learned.recipe.data, learned.locate)
        if isinstance(found, Network) and not asked.chosen.inputs:
            found = _in_the_size_of(files, found, asked)
        if not isinstance(found, Network):
            _say_resized(files, found.network)
        results = forward(asked.trained(found), files, ForwardOptions(asked.device, asked.precision, layers))
    except TrainingError as error:
        raise UsageError(str(error)) from None
    if output is not None:
        write_file(content_for(output, results, are_maps=bool(layers)), output)
    for name, result in results.items():
        lead = f"{name}: " if len(results) > 1 or layers else ""
        print(lead + _shown(result) if output is None else f"{output}: {lead}{_extent(result) if layers else _size(result)}")


def _assigned(sources: tuple[str, ...], network: Network) -> list[str]:
    """Returns a file's name for each input: what has a name goes to that input, the rest in order; raises UsageError."""
    names = [given.name for given in network.inputs]  # only a single input may have none
    known = ", ".join(name for name in names if name is not None)
    files: dict[str | None, str] = {}
    unnamed: list[str] = []
    for source in sources:
        name, equals, file = source.partition("=")
        if not equals or not known or (name not in names and Path(source).exists()):
            unnamed.append(source)
        elif name not in names:
            raise UsageError(f"{source}: the network has no input `{name}` (it has: {known})")
        elif name in files:
            raise UsageError(f"{source}: the input `{name}` is given twice")
        else:
            files[name] = file
    free = [name for name in names if name not in files]
    if len(free) != len(unnamed):
        takes = "one input" if len(names) == 1 else f"{len(names)} inputs ({known})"
        raise UsageError(f"the network takes {takes}, but {len(sources)} {'is' if len(sources) == 1 else 'are'} given")
    files.update(zip(free, unnamed, strict=True))
    return [files[name] for name in names]


def _verify_no_folders(names: Sequence[str]) -> None:
    for name in names:
        if Path(name).is_dir():
            raise UsageError(f"{name} is a folder: `run` takes one file for each input, `predict` takes folders of images")


def _in_the_size_of(files: Sequence[File], network: Network, asked: Asked) -> Network:
    """Returns the network for the sizes of images, where those are not the declared ones."""
    from cnnspec.training.results.inputs import image_size, is_array

    if asked.subject == "-":
        return network
    sizes: dict[str | None, str] = {}
    for file, given in zip(files, network.inputs, strict=True):
        if is_array(file) or given.shape.rank != 3:
            continue
        size = Shape((given.shape.channels, *image_size(file)))
        if size != given.shape:
            print(f"{file} is {size}, so that is the input instead of {given.shape}", file=sys.stderr)
            sizes[given.name] = str(size)
    if not sizes:
        return network
    by_name = {name: size for name, size in sizes.items() if name is not None}
    return load(asked.subject, replace(asked.chosen.options(), input=by_name or sizes[None]), asked.color, is_trained=False)


def _say_resized(files: Sequence[File], network: Network) -> None:
    """Says which image a run brings to its own size."""
    from cnnspec.training.results.inputs import image_size, is_array

    if len(files) > 1 or is_array(files[0]) or network.input.rank != 3:
        return
    size, wanted = Shape(image_size(files[0])), Shape(network.input.spatial)
    if size != wanted:
        print(f"{files[0]} is {size}, and is resized to {wanted}", file=sys.stderr)


def _shown(output: torch.Tensor) -> str:
    """Returns the numbers of a small output, and what a large one is like."""
    if output.numel() > SHOWN:
        return f"{_extent(output)}, mean {output.mean().item():.6g}; -o PATH writes it to an image or an array (.npy)"
    rows = output.reshape(-1, output.shape[-1]).tolist()
    return "\n".join([str(_size(output)), *(" ".join(f"{number:.6g}" for number in row) for row in rows)])


def _extent(output: torch.Tensor) -> str:
    return f"{_size(output)}, from {output.min().item():.6g} to {output.max().item():.6g}"


def _size(output: torch.Tensor) -> Shape:
    return Shape(tuple(output.shape))
