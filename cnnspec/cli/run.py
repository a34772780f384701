"""`cnnspec run`: a forward pass on an image or an array."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cnnspec.cli.load import load
from cnnspec.cli.needs import require_torch
from cnnspec.cli.options import (
    color_option,
    device_option,
    input_option,
    network_option,
    options,
    precision_option,
    set_option,
)
from cnnspec.compiler import Options
from cnnspec.diagnostics.problem import UsageError
from cnnspec.network.network import Network
from cnnspec.values.shapes import Shape

if TYPE_CHECKING:
    import torch

    from cnnspec.training.folder import StoredRun

SHOWN = 100  # numbers of an output that are printed where no file is asked for


@click.command()
@click.argument("subject", metavar="SPEC|RUN")
@click.argument("source", metavar="INPUT", type=click.Path(path_type=Path))
@options(
    click.option("-o", "--output", type=click.Path(path_type=Path), metavar="PATH", help="Write an image, or an array (.npy)."),
    click.option("--best", is_flag=True, help="Of a run, take the weights of the best epoch instead of the last ones."),
    device_option,
    precision_option,
    input_option,
    set_option,
    network_option,
    color_option,
)
def command(
    subject: str,
    source: Path,
    output: Path | None,
    best: bool,
    device: str,
    precision: str,
    given_input: str | None,
    settings: tuple[str, ...],
    network: str | None,
    color: str,
) -> None:
    """Feed one image or array to a network.

    INPUT is an image, or an array (.npy). What comes out is shown, or written to PATH.

    A run folder has the weights that it learned; a spec has those that it fixes, and random ones elsewhere. Images are numbers
    from 0 to 1, in grey for one input channel and in RGB for three. A spec takes the size of the image where that is another
    one than it declares, unless --input says what to take.
    """
    require_torch("run")
    from cnnspec.training.folder import is_run, read_run
    from cnnspec.training.forward import ForwardOptions, forward, save
    from cnnspec.training.problems import TrainingError

    try:
        chosen: Network | StoredRun
        if is_run(Path(subject)):
            if given_input or settings or network:
                raise UsageError(
                    "a run has its network, parameters and input already: --input, --set and --network are for specs"
                )
            chosen = read_run(Path(subject))
        else:
            asked = Options(set=settings, input=given_input, network=network)
            chosen = load(subject, asked, color)
            if given_input is None:
                chosen = _in_the_size_of(source, chosen, subject, asked, color)
        result = forward(chosen, source, ForwardOptions(device, precision, best))
    except TrainingError as error:
        raise UsageError(str(error)) from None
    if output is None:
        print(_shown(result))
    else:
        save(result, output)
        print(f"{output}: {Shape(tuple(result.shape))}")


def _in_the_size_of(source: Path, network: Network, file: str, asked: Options, color: str) -> Network:
    """Returns the network for the size of an image, where that is not the declared one."""
    from dataclasses import replace

    from cnnspec.training.forward import image_size

    if source.suffix == ".npy" or network.input.rank != 3 or file == "-":
        return network
    size = Shape((network.input.channels, *image_size(source)))
    if size == network.input:
        return network
    print(f"{source} is {size}, so that is the input instead of {network.input}", file=sys.stderr)
    return load(file, replace(asked, input=str(size)), color)


def _shown(output: torch.Tensor) -> str:
    """Returns the numbers of a small output, and what a large one is like."""
    shape = Shape(tuple(output.shape))
    if output.numel() > SHOWN:
        low, high, mean = output.min().item(), output.max().item(), output.mean().item()
        return f"{shape}, from {low:.6g} to {high:.6g}, mean {mean:.6g}; -o PATH writes it to an image or an array (.npy)"
    rows = output.reshape(-1, output.shape[-1]).tolist()
    return "\n".join([str(shape), *(" ".join(f"{number:.6g}" for number in row) for row in rows)])
