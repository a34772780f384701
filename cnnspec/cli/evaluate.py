"""`cnnspec evaluate`: how well a finished run does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from cnnspec.cli.load import verified
from cnnspec.cli.needs import require_torch
from cnnspec.cli.options import color_option, data_option, device_option, options, precision_option
from cnnspec.cli.output import print_text
from cnnspec.compiler import check_source
from cnnspec.diagnostics.problem import UsageError
from cnnspec.network.outside import again


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@options(
    data_option,
    click.option("--best", is_flag=True, help="Take the weights of the best epoch instead of the last ones."),
    device_option,
    precision_option,
    color_option,
)
def command(run: Path, data: str | None, best: bool, device: str, precision: str, color: str) -> None:
    """Print how well a finished run does: loss and accuracy, or error.

    RUN is a run folder, whose files are verified against the sums in its manifest. The test part of its data is taken, or of
    other data; the training part where there is no test part.
    """
    require_torch("evaluate")
    from cnnspec.training.evaluate import EvaluateOptions, evaluate
    from cnnspec.training.folder import read_run
    from cnnspec.training.problems import TrainingError

    try:
        stored = read_run(run)
    except TrainingError as error:
        raise UsageError(str(error)) from None
    network, chosen = stored.network, None
    try:
        if data is not None:
            network = verified(check_source(network.source, replace(again(network), data=data)), color)
            chosen = network.recipe.data if network.recipe else None
        print(evaluate(stored, chosen, EvaluateOptions(device, precision, best)).line())
    except TrainingError as error:
        print_text(error.diagnostics(network), color, to_stderr=True)
        raise SystemExit(1) from None
