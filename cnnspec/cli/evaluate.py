"""`cnnspec evaluate`: how well a trained network does."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cnnspec.backends.tables import markdown_table, plain_table
from cnnspec.cli.load import verified
from cnnspec.cli.needs import require_torch
from cnnspec.cli.options import NamedPath, format_option, options
from cnnspec.cli.output import harmless, harmless_table, print_document, print_table, print_text, write_document
from cnnspec.cli.subject import Asked, subject_argument, subject_options
from cnnspec.diagnostics.problem import UsageError
from cnnspec.network.network import Network

if TYPE_CHECKING:
    from cnnspec.recipe.data import Data
    from cnnspec.training.results.evaluation import Evaluation
    from cnnspec.training.results.trained import Trained
    from cnnspec.training.run_folder.stored_run import StoredRun


@click.command()
@subject_argument
@options(
    click.option("--confusion", type=NamedPath(), metavar="PATH", help="Write which classes are taken for which (CSV)."),
    format_option,
)
@subject_options
def command(
    asked: Asked,
    confusion: str | None,
    form: str,
) -> None:
    """Print how well a trained network does, class by class.

    RUN is a run folder, whose files are verified against the sums in its manifest; a SPEC needs --weights. The test part of its
    data is taken, or of other data (--data); the training part where there is no test part. Other data is scaled for a run by
    the constants of its training, and its classes are told by their names; for a spec the data itself says how it is scaled.

    Loss and accuracy, and for each class how many samples it has, precision, recall and F1 (IoU, too, where each pixel has a
    label) and what it is taken for; of more than 20 classes the most frequent mistakes. Where samples have several labels of
    0 or 1, the same for each label. Of a regression, its errors.

    Exit code: 0, 1 for mistakes in the spec or in the data, 2 for wrong usage or a file that cannot be read.
    """
    require_torch("evaluate")
    from cnnspec.training.problems import TrainingError
    from cnnspec.training.results.evaluate import EvaluateOptions, evaluate

    read = asked.read()
    learned = asked.trained(read)
    if isinstance(read, Network):
        shown, other = read, None
    else:
        shown, other = _on_other_data(read, asked)
    if confusion is not None:
        _verify_spared(Path(confusion), asked, learned, other)
    try:
        found = evaluate(learned, other, EvaluateOptions(asked.device, asked.precision))
    except TrainingError as error:
        print_text(error.diagnostics(shown), asked.color, to_stderr=True)
        raise SystemExit(1) from None
    if confusion is not None:
        _write_confusions(found, confusion)
    for note in found.notes():
        print(f"note: {harmless(note)}", file=sys.stderr)
    _show(found, form)


def _verify_spared(confusion: Path, asked: Asked, learned: Trained, other: Data | None) -> None:
    """Raises UsageError where the table would take the place of what is read."""
    from cnnspec.training.results.spared import verify_data_spared, verify_spared

    verify_spared([confusion], [Path(name) for name in (asked.subject, asked.weights) if name is not None])
    verify_data_spared([confusion], learned.recipe.data, learned.locate)
    verify_data_spared([confusion], other, lambda path: Path(path).expanduser())


def _on_other_data(run: StoredRun, asked: Asked) -> tuple[Network, Data | None]:
    """Returns the network of a run, and what `--data` says; mistakes in that are shown and end the command."""
    data = asked.chosen.data
    if data is None:
        return run.network, None
    from cnnspec.training.results.other_data import on_other_data

    network = verified(on_other_data(run.network, data), asked.color)
    return network, network.recipe.data if network.recipe else None


def _show(found: Evaluation, form: str) -> None:
    from cnnspec.training.results.evaluation import class_table, confusion_table

    if form == "json":
        from cnnspec.diagnostics.render_json import VERSION, dumps

        print_document(dumps({"version": VERSION, **found.as_json()}))
        return
    lines = [found.line(), *found.more_lines()]
    render = markdown_table if form == "markdown" else plain_table
    if found.labels is not None:
        lines += ["", *render(harmless_table(class_table(found.labels, "label")))]
    if found.classes is not None:
        lines += ["", *render(harmless_table(class_table(found.classes)))]
        confusions = harmless_table(confusion_table(found.classes))
        lines += ["", *render(confusions)] if confusions.rows else []
    print_table("\n".join(lines), form)


def _write_confusions(found: Evaluation, path: str) -> None:
    from cnnspec.training.results.confusion import as_csv

    if found.classes is None:
        raise UsageError("--confusion is for classes: this run has none, or too many for a table")
    write_document(as_csv(found.classes.matrix, found.classes.names), path)
