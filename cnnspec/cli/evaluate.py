"""`cnnspec evaluate`: how well a finished run does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cnnspec.backends.tables import markdown_table, plain_table
from cnnspec.cli.load import verified
from cnnspec.cli.needs import require_torch
from cnnspec.cli.options import color_option, data_option, device_option, format_option, options, precision_option
from cnnspec.cli.output import print_document, print_table, print_text, write_document
from cnnspec.compiler import check_source
from cnnspec.diagnostics.problem import UsageError
from cnnspec.network.outside import again

if TYPE_CHECKING:
    from cnnspec.training.results.evaluation import Evaluation


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@options(
    data_option,
    click.option("--best", is_flag=True, help="Take the weights of the best epoch instead of the last ones."),
    click.option("--confusion", type=click.Path(), metavar="PATH", help="Write which classes are taken for which (CSV)."),
    device_option,
    precision_option,
    format_option,
    color_option,
)
def command(
    run: Path,
    data: str | None,
    best: bool,
    confusion: str | None,
    device: str,
    precision: str,
    form: str,
    color: str,
) -> None:
    """Print how well a finished run does, class by class.

    RUN is a run folder, whose files are verified against the sums in its manifest. The test part of its data is taken, or of
    other data, whose classes are told by their names; the training part where there is no test part.

    Loss and accuracy, and for each class how many samples it has, precision, recall and F1 (IoU, too, where each pixel has a
    label) and what it is taken for; of more than 20 classes the most frequent mistakes. Of a regression, its errors.
    """
    require_torch("evaluate")
    from cnnspec.training.problems import TrainingError
    from cnnspec.training.results.evaluate import EvaluateOptions, evaluate
    from cnnspec.training.run_folder.folder import read_run

    try:
        stored = read_run(run)
    except TrainingError as error:
        raise UsageError(str(error)) from None
    network, chosen = stored.network, None
    try:
        if data is not None:
            network = verified(check_source(network.source, replace(again(network), data=data)), color)
            chosen = network.recipe.data if network.recipe else None
        found = evaluate(stored, chosen, EvaluateOptions(device, precision, best))
    except TrainingError as error:
        print_text(error.diagnostics(network), color, to_stderr=True)
        raise SystemExit(1) from None
    if confusion is not None:
        _write_confusions(found, confusion)
    _show(found, form)


def _show(found: Evaluation, form: str) -> None:
    from cnnspec.training.results.evaluation import class_table, confusion_table

    if form == "json":
        from cnnspec.diagnostics.render_json import VERSION, dumps

        print_document(dumps({"version": VERSION, **found.as_json()}))
        return
    lines = [found.line(), *found.more_lines()]
    render = markdown_table if form == "markdown" else plain_table
    if found.classes is not None:
        lines += ["", *render(class_table(found.classes))]
        confusions = confusion_table(found.classes)
        lines += ["", *render(confusions)] if confusions.rows else []
    print_table("\n".join(lines), form)


def _write_confusions(found: Evaluation, path: str) -> None:
    from cnnspec.training.results.confusion import as_csv

    if found.classes is None:
        raise UsageError("--confusion is for classes: this run has none, or too many for a table")
    write_document(as_csv(found.classes.matrix, found.classes.names), path)
