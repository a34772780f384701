"""`cnnspec run`: a forward pass on images or arrays."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cnnspec.cli.load import load
from cnnspec.cli.needs import require_torch
from cnnspec.cli.options import (
    color_option,
    device_option,
    input_option,
    layers_option,
    network_option,
    options,
    precision_option,
    set_option,
    single_input,
)
from cnnspec.cli.settings import layer_limit
from cnnspec.compiler import Options
from cnnspec.diagnostics.problem import UsageError
from cnnspec.network.network import Network
from cnnspec.values.shapes import Shape

if TYPE_CHECKING:
    import torch

    from cnnspec.training.run_folder.folder import StoredRun

SHOWN = 100  # numbers of an output that are printed where no file is asked for


@click.command()
@click.argument("subject", type=click.Path(), metavar="SPEC|RUN")
@click.argument("sources", type=click.Path(), metavar="[NAME=]INPUT...", nargs=-1, required=True)
@options(
    click.option(
        "-o", "--output", type=click.Path(path_type=Path), metavar="PATH", help="Write an image, or arrays (.npy, .npz)."
    ),
    click.option(
        "--layer",
        "layers",
        multiple=True,
        metavar="NAME",
        help="Show what this layer gives instead (module path or label, as in `cnnspec summary`). Repeatable.",
    ),
    click.option("--best", is_flag=True, help="Of a run, take the weights of the best epoch instead of the last ones."),
    device_option,
    precision_option,
    input_option,
    set_option,
    network_option,
    layers_option,
    color_option,
)
def command(
    subject: str,
    sources: tuple[str, ...],
    output: Path | None,
    layers: tuple[str, ...],
    best: bool,
    device: str,
    precision: str,
    inputs: tuple[str, ...],
    settings: tuple[str, ...],
    network: str | None,
    max_layers: int | None,
    color: str,
) -> None:
    """Feed images or arrays to a network.

    INPUT is an image, or an array (.npy). A network of several inputs takes as many, in its order or as NAME=INPUT. What comes
    out is shown, or written to PATH; several outputs are written by name to an .npz file.

    A run folder has the weights that it learned; a spec has those that it fixes, and random ones elsewhere. Images are numbers
    from 0 to 1, in grey for one input channel and in RGB for three. A spec takes the size of the image where that is another
    one than it declares, unless --input says what to take.

    --layer conv1 -o maps.png is a picture of feature maps: a grey tile for each channel, black at the least of all their
    numbers and white at the greatest.
    """
    require_torch("run")
    from cnnspec.training.problems import TrainingError
    from cnnspec.training.results.forward import ForwardOptions, forward, save
    from cnnspec.training.run_folder.folder import is_run, read_run

    try:
        chosen: Network | StoredRun
        if is_run(Path(subject)):
            if inputs or settings or network or max_layers:
                raise UsageError(
                    "a run has its network, parameters and input already: --input, --set and --network are for specs"
                )
            chosen = read_run(Path(subject))
            files = _assigned(sources, chosen.network)
        else:
            asked = Options(set=settings, input=single_input(inputs), network=network, max_layers=layer_limit(max_layers))
            chosen = load(subject, asked, color, is_trained=False)
            files = _assigned(sources, chosen)
            if not inputs:
                chosen = _in_the_size_of(files, chosen, subject, asked, color)
        results = forward(chosen, files, ForwardOptions(device, precision, best, layers))
    except TrainingError as error:
        raise UsageError(str(error)) from None
    if output is not None:
        save(results, output, are_maps=bool(layers))
    for name, result in results.items():
        lead = f"{name}: " if len(results) > 1 or layers else ""
        print(lead + _shown(result) if output is None else f"{output}: {lead}{_extent(result) if layers else _size(result)}")


def _assigned(sources: tuple[str, ...], network: Network) -> list[Path]:
    """Returns a file for each input: those with a name to the input of that name, the others in order; raises UsageError."""
    names = [given.name for given in network.inputs]  # only a single input may have none
    known = ", ".join(name for name in names if name is not None)
    files: dict[str | None, Path] = {}
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
            files[name] = Path(file)
    free = [name for name in names if name not in files]
    if len(free) != len(unnamed):
        takes = "one input" if len(names) == 1 else f"{len(names)} inputs ({known})"
        raise UsageError(f"the network takes {takes}, but {len(sources)} {'is' if len(sources) == 1 else 'are'} given")
    files.update(zip(free, map(Path, unnamed), strict=True))
    return [files[name] for name in names]


def _in_the_size_of(files: list[Path], network: Network, spec: str, asked: Options, color: str) -> Network:
    """Returns the network for the sizes of images, where those are not the declared ones."""
    from cnnspec.training.results.forward import image_size

    if spec == "-":
        return network
    sizes: dict[str | None, str] = {}
    for file, given in zip(files, network.inputs, strict=True):
        if file.suffix == ".npy" or given.shape.rank != 3:
            continue
        size = Shape((given.shape.channels, *image_size(file)))
        if size != given.shape:
            print(f"{file} is {size}, so that is the input instead of {given.shape}", file=sys.stderr)
            sizes[given.name] = str(size)
    if not sizes:
        return network
    by_name = {name: size for name, size in sizes.items() if name is not None}
    return load(spec, replace(asked, input=by_name or sizes[None]), color, is_trained=False)


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
