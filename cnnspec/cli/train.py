"""`cnnspec train`: what `train { }` says, on the device at hand."""

from __future__ import annotations

from pathlib import Path

import click

from cnnspec.cli.load import load
from cnnspec.cli.needs import require_torch
from cnnspec.cli.options import (
    color_option,
    data_option,
    device_option,
    input_option,
    layers_option,
    network_option,
    options,
    precision_option,
    set_option,
    single_input,
)
from cnnspec.cli.output import print_text
from cnnspec.cli.settings import layer_limit
from cnnspec.compiler import Options


@click.command()
@click.argument("file", type=click.Path())
@options(
    data_option,
    click.option("--epochs", type=click.IntRange(min=1), metavar="N", help="How often all training samples are seen."),
    click.option("--seed", type=click.IntRange(min=0), metavar="N", help="What all random numbers are drawn from."),
    device_option,
    precision_option,
    click.option(
        "--weights", type=click.Path(path_type=Path), metavar="PATH", help="Begin with the weights of a safetensors file."
    ),
    click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="The run folder; otherwise runs/<network>-<n>."),
    set_option,
    network_option,
    input_option,
    layers_option,
    color_option,
)
def command(
    file: str,
    data: str | None,
    epochs: int | None,
    seed: int | None,
    device: str,
    precision: str,
    weights: Path | None,
    out: Path | None,
    settings: tuple[str, ...],
    network: str | None,
    inputs: tuple[str, ...],
    max_layers: int | None,
    color: str,
) -> None:
    """Train a network as its `train` block says.

    The run folder that this leaves holds weights, settings and metrics.

    Exit code: 0 trained, 1 mistakes in the spec or in the data, 2 wrong usage, no such device, or an unreadable file.
    """
    numbers = {"epochs": epochs, "seed": seed}
    chosen = [f"train.{name}={value}" for name, value in numbers.items() if value is not None]
    asked = Options(
        set=[*settings, *chosen], input=single_input(inputs), data=data, network=network, max_layers=layer_limit(max_layers)
    )
    found = load(file, asked, color)
    require_torch("train")
    from cnnspec.recipe.recipe import Recipe
    from cnnspec.training.job import TrainOptions
    from cnnspec.training.problems import TrainingError
    from cnnspec.training.report import reporter
    from cnnspec.training.train import train

    base = Path.cwd() if file == "-" or data is not None else None
    try:
        result = train(found, found.recipe or Recipe(), TrainOptions(device, precision, out, base, weights), reporter())
    except TrainingError as error:
        print_text(error.diagnostics(found), color, to_stderr=True)
        raise SystemExit(1) from None
    print("\n".join(result.lines()))
