"""`cnnspec predict`: what a finished run says about images."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cnnspec.backends.tables import markdown_table, plain_table
from cnnspec.cli.needs import require_torch
from cnnspec.cli.options import device_option, format_option, options, precision_option
from cnnspec.cli.output import harmless, print_document, print_table
from cnnspec.diagnostics.problem import UsageError

if TYPE_CHECKING:
    from cnnspec.training.results.predict import Prediction, Unreadable


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.argument("images", type=click.Path(path_type=Path), metavar="IMAGE...", nargs=-1, required=True)
@options(
    click.option(
        "--top", type=click.IntRange(min=1), default=3, show_default=True, metavar="N", help="Name the N likeliest classes."
    ),
    click.option("--best", is_flag=True, help="Take the weights of the best epoch instead of the last ones."),
    device_option,
    precision_option,
    format_option,
)
def command(run: Path, images: tuple[Path, ...], top: int, best: bool, device: str, precision: str, form: str) -> None:
    """Name the classes of images, with probabilities.

    RUN is a run folder. IMAGE is an image, a folder of images (those in its folders too), or an array (.npy), which goes in as
    it is. Images are brought to the channels and the size that the network takes, and scaled as the training data was. A
    regression gives numbers.

    Exit code: 0, or 2 where a file cannot be used; the others are answered all the same.
    """
    require_torch("predict")
    from cnnspec.training.problems import TrainingError
    from cnnspec.training.results.predict import Prediction, PredictOptions, Unreadable, images_in, predict
    from cnnspec.training.run_folder.folder import read_run

    try:
        stored = read_run(run)
        results = list(predict(stored, images_in(images), PredictOptions(top, device, precision, best)))
    except TrainingError as error:
        raise UsageError(str(error)) from None
    found = [entry for entry in results if isinstance(entry, Prediction)]
    failed = [entry for entry in results if isinstance(entry, Unreadable)]
    if form == "json":
        _print_json(run, found, failed)
    elif found:
        _print_table(found, form, str(stored.network.input))
    for entry in failed:
        print(f"error: {harmless(entry.reason)}", file=sys.stderr)
    if failed:
        raise SystemExit(2)


def _print_json(run: Path, found: list[Prediction], failed: list[Unreadable]) -> None:
    from cnnspec.diagnostics.render_json import VERSION, dumps
    from cnnspec.training.results.prediction_tables import prediction_json, unreadable_json

    predictions, errors = list(map(prediction_json, found)), list(map(unreadable_json, failed))
    print_document(dumps({"version": VERSION, "run": str(run), "predictions": predictions, "errors": errors}))


def _print_table(found: list[Prediction], form: str, taken: str) -> None:
    from cnnspec.training.results.prediction_tables import prediction_table, resized_note

    table = prediction_table(found)
    print_table("\n".join(markdown_table(table) if form == "markdown" else plain_table(table)), form)
    note = resized_note(found, taken)
    if note is not None:
        print(harmless(note), file=sys.stderr)
