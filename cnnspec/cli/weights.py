"""`cnnspec weights`: the tensors of a run or of a safetensors file; whether they fit a network; the first filters."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cnnspec.backends.tables import markdown_table, plain_table
from cnnspec.cli.needs import require_torch
from cnnspec.cli.options import (
    NamedPath,
    color_option,
    format_option,
    input_option,
    layers_option,
    network_option,
    options,
    set_option,
)
from cnnspec.cli.output import print_document, print_table, write_file
from cnnspec.cli.subject import Chosen, read_subject
from cnnspec.diagnostics.problem import UsageError
from cnnspec.network.network import Network

if TYPE_CHECKING:
    from cnnspec.training.weights.weight_report import Rename, Tensors


@click.command()
@click.argument("subject", type=NamedPath(path_type=Path), metavar="RUN|FILE")
@options(
    click.option("--best", is_flag=True, help="Of a run, take the weights of the best epoch instead of the last ones."),
    click.option(
        "--for", "spec", type=NamedPath(), metavar="SPEC", help="Say instead whether they fit this network (or a run's)."
    ),
    set_option,
    network_option,
    input_option,
    layers_option,
    click.option(
        "--rename",
        metavar="OLD=NEW",
        help="Let names that begin with OLD begin with NEW: `module.=` takes `module.` away, `=backbone.` is put before all.",
    ),
    click.option("-o", "--output", type=NamedPath(path_type=Path), metavar="PATH", help="Write the tensors (.safetensors)."),
    click.option(
        "--picture", type=NamedPath(path_type=Path), metavar="PATH", help="Write the filters of the first layer as a picture."
    ),
    click.option("--layer", metavar="NAME", help="Whose filters --picture shows, instead of the first."),
    format_option,
    color_option,
)
def command(
    subject: Path,
    best: bool,
    spec: str | None,
    settings: tuple[str, ...],
    network: str | None,
    inputs: tuple[str, ...],
    max_layers: int | None,
    rename: str | None,
    output: Path | None,
    picture: Path | None,
    layer: str | None,
    form: str,
    color: str,
) -> None:
    """List the weights of a run or of a safetensors file.

    For each tensor: shape, kind of numbers, least and greatest number, mean, standard deviation, the share of zeros, and how
    many are NaN or infinite.

    Exit code: 0, 1 if the weights do not fit the network of --for, or it has mistakes, 2 wrong usage or an unreadable file.
    """
    if layer is not None and picture is None:
        raise UsageError("--layer says whose filters --picture shows: add --picture PATH")
    chosen = Chosen(settings, network, inputs, max_layers)
    if spec is None:
        chosen.verify_none("is about the network to fit: add --for SPEC")
    elif output is not None or picture is not None:
        raise UsageError(f"--for says whether weights fit, and {'-o' if output else '--picture'} writes: leave out one of them")
    require_torch("weights")
    from cnnspec.training.weights.stored_weights import outline
    from cnnspec.training.weights.tensor_facts import in_order
    from cnnspec.training.weights.weight_report import renamed

    path, own = _located(subject, best)
    other = None if spec is None else _network(spec, chosen, color)
    tensors = _read(path)
    if rename is not None:
        tensors = renamed(tensors, _rename(rename))
    if other is not None:
        _hold_against(tensors, other, path, form)
        return
    tensors = in_order(tensors, () if own is None else outline(own))
    if output is not None:
        _write(tensors, output)
    if picture is not None:
        _draw(tensors, layer, picture)
    if output is None and picture is None:
        _list(tensors, path, form)


def _located(subject: Path, best: bool) -> tuple[Path, Network | None]:
    """Returns the file to read, and the network where it is that of a run; raises UsageError."""
    from cnnspec.training.problems import TrainingError
    from cnnspec.training.run_folder.names import BEST, is_run
    from cnnspec.training.run_folder.nearby import no_run
    from cnnspec.training.run_folder.stored_run import read_run

    if subject.is_dir() or is_run(subject):
        try:
            stored = read_run(subject)
        except TrainingError as error:
            raise UsageError(str(error)) from None
        return (stored.path / BEST if best else stored.weights), stored.network
    if not subject.exists():
        raise no_run(subject, nor="file of weights")
    if best:
        raise UsageError(f"--best is for runs, and {subject} is none")
    return subject, None


def _network(spec: str, chosen: Chosen, color: str) -> Network:
    """Returns the network that weights are held against, of a spec or of a run; raises UsageError."""
    found = read_subject(spec, chosen, color)
    return found if isinstance(found, Network) else found.network


def _read(path: Path) -> Tensors:
    from cnnspec.training.weights.stored_weights import weights_at

    return weights_at(path)


def _rename(text: str) -> Rename:
    from cnnspec.training.weights.weight_report import Rename

    old, equals, new = text.partition("=")
    if not equals or old == new:
        raise UsageError(f"--rename {text}: write OLD=NEW, such as `module.=` to take `module.` away")
    return Rename(old, new)


def _write(tensors: Tensors, output: Path) -> None:
    from cnnspec.training.weights.weights import to_bytes

    write_file(to_bytes(tensors), output)
    print(f"{output}: {len(tensors)} tensors")


def _draw(tensors: Tensors, layer: str | None, path: Path) -> None:
    from cnnspec.training.results.picture import encoded, filters_picture
    from cnnspec.training.weights.stored_weights import filters
    from cnnspec.training.weights.weight_report import shape_of

    name, weights = filters(tensors, layer)
    write_file(encoded(filters_picture(weights), path), path)
    greatest = weights.abs().max().item()
    print(
        f"{path}: {name}, {len(weights)} filters of {shape_of(weights[0])}, from {-greatest:.4g} to {greatest:.4g}; grey is 0"
    )


def _hold_against(tensors: Tensors, network: Network, path: Path, form: str) -> None:
    from cnnspec.diagnostics.render_json import VERSION, dumps
    from cnnspec.training.weights.stored_weights import held_against
    from cnnspec.training.weights.weight_tables import report_json, report_lines

    report = held_against(network, tensors)
    if form == "json":
        print_document(dumps({"version": VERSION, "file": str(path), "network": network.name, **report_json(report)}))
    else:
        advice = report.advice(path) if report.rename else None
        lines = [*report_lines(report, network.name), *([advice] if advice else [])]
        print_table("\n".join(f"- {line}" if form == "markdown" else line for line in lines), form)
    if not report.fits:
        raise SystemExit(1)


def _list(tensors: Tensors, path: Path, form: str) -> None:
    from cnnspec.diagnostics.render_json import VERSION, dumps
    from cnnspec.training.weights.tensor_facts import tensor_facts
    from cnnspec.training.weights.weight_tables import facts_json, facts_table, totals_line

    facts = [tensor_facts(name, tensor) for name, tensor in tensors.items()]
    if form == "json":
        print_document(dumps({"version": VERSION, "file": str(path), "tensors": facts_json(facts)}))
        return
    table = facts_table(facts)
    lines = markdown_table(table) if form == "markdown" else plain_table(table)
    print_table("\n".join([*lines, "", totals_line(facts)]), form)
