"""`cnnspec predict`: what a trained network says about images."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cnnspec.backends.tables import markdown_table, plain_table
from cnnspec.cli.needs import require_torch
from cnnspec.cli.options import NamedPath, format_option, options
from cnnspec.cli.output import harmless, harmless_table, print_document, print_table, print_text
from cnnspec.cli.progress import with_progress
from cnnspec.cli.subject import Asked, files_of, subject_argument, subject_options
from cnnspec.diagnostics.problem import UsageError
from cnnspec.network.network import Network

if TYPE_CHECKING:
    from cnnspec.training.results.predictions import Prediction, Unreadable


@click.command()
@subject_argument
@click.argument("images", type=NamedPath(), metavar="IMAGE...", nargs=-1, required=True)
@options(
    click.option(
        "-o",
        "--output",
        type=NamedPath(path_type=Path),
        metavar="PATH",
        help="Write the classes of pixels: PNGs, in a folder.",
    ),
    click.option(
        "--top", type=click.IntRange(min=1), default=3, show_default=True, metavar="N", help="Name the N likeliest classes."
    ),
    format_option,
)
@subject_options
def command(
    asked: Asked,
    images: tuple[str, ...],
    output: Path | None,
    top: int,
    form: str,
) -> None:
    """Name the classes of images, with probabilities.

    RUN is a run folder; a SPEC needs --weights. IMAGE is an image, a folder of images (those in its folders too), or an array
    (.npy) of one sample or several, in the units of the training data; `-` is standard input. Images are brought to the
    channels and the size that the network takes. All of them are scaled as the training data was. Where a sample may have
    several labels, each has its probability. A regression gives numbers.

    Where each pixel has a class, it is told how large their shares are. -o writes the classes as PNG files, as large as the
    images, whose pixels are the numbers of the classes: into a folder, or of one image to PATH.png.

    For a spec, its line `data` (or --data) says how images are scaled and what the classes are called; where the data is not at
    hand, they are `class 0` and so on.

    Exit code: 0, 1 for mistakes in the spec, or 2 where a file cannot be used; the others are answered all the same.
    """
    require_torch("predict")
    from cnnspec.recipe.activation_problems import NotProbabilities
    from cnnspec.training.problems import TrainingError
    from cnnspec.training.results.inputs import each_sample, images_in
    from cnnspec.training.results.masks import mask_paths
    from cnnspec.training.results.predict import PredictOptions, predict
    from cnnspec.training.results.predictions import Prediction

    found: list[Prediction] = []
    failed: list[Unreadable] = []
    read = asked.read()
    asked.verify_own_data(read)
    try:
        places = files_of(asked.subject, images)
        files = images_in(places)
        learned = asked.trained(read)
        taken = learned.network
        files = each_sample(files, taken.inputs[0].shape)
        masks = None if output is None else mask_paths(places, files, output, taken.output)
        how = PredictOptions(top, asked.device, asked.precision, masks)
        for entry in with_progress(predict(learned, files, how), len(files), "images", asked.color):
            if isinstance(entry, Prediction):
                found.append(entry)
            else:
                failed.append(entry)
    except TrainingError as error:
        if isinstance(read, Network) and all(isinstance(problem, NotProbabilities) for problem in error.problems):
            print_text(error.diagnostics(read), asked.color, to_stderr=True)
            raise SystemExit(1) from None
        raise UsageError(str(error)) from None
    if form == "json":
        _print_json(asked, found, failed)
    elif found:
        _print_table(found, form, taken)
    if learned.unnamed is not None:
        print(harmless(learned.unnamed), file=sys.stderr)
    if output is not None and form != "json":
        print(f"{output}: {len(found):,} {'mask' if len(found) == 1 else 'masks'}", file=sys.stderr)
    for failure in failed:
        print(f"error: {harmless(failure.reason)}", file=sys.stderr)
    if failed:
        raise SystemExit(2)


def _print_json(asked: Asked, found: Sequence[Prediction], failed: Sequence[Unreadable]) -> None:
    from cnnspec.diagnostics.render_json import VERSION, dumps
    from cnnspec.training.results.prediction_tables import prediction_json, unreadable_json
    from cnnspec.training.run_folder.names import is_run

    kind = "run" if is_run(Path(asked.subject)) else "spec"
    by = {kind: asked.subject, "weights": None if asked.weights is None else str(asked.weights)}
    predictions, errors = list(map(prediction_json, found)), list(map(unreadable_json, failed))
    print_document(dumps({"version": VERSION, **by, "predictions": predictions, "errors": errors}))


def _print_table(found: Sequence[Prediction], form: str, network: Network) -> None:
    from cnnspec.training.results.prediction_tables import prediction_table, resized_note

    table = harmless_table(prediction_table(found))
    print_table("\n".join(markdown_table(table) if form == "markdown" else plain_table(table)), form)
    note = resized_note(found, str(network.input))
    if note is not None:
        print(harmless(note), file=sys.stderr)
