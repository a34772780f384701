"""`cnnspec check`: every mistake, in one run."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout, suppress
from typing import TYPE_CHECKING

import click

from cnnspec.cli.checking import Checking
from cnnspec.cli.files import Target, specs
from cnnspec.cli.options import NamedPath, color_option, input_turns, layers_option, options, set_option
from cnnspec.cli.output import FORMATS, STATISTICS_FORMATS, print_findings, print_statistics, verify_output, written_to
from cnnspec.cli.settings import configured, finding_filter
from cnnspec.compiler import Options
from cnnspec.diagnostics.problem import UsageError

if TYPE_CHECKING:
    from cnnspec.cli.fixing import Fixing
    from cnnspec.source import Span
    from cnnspec.syntax.tree import Expression


@click.command()
@click.argument("files", nargs=-1, type=NamedPath(), metavar="FILE|DIR...")
@options(
    click.option(
        "--input",
        "inputs",
        multiple=True,
        metavar="[NAME=]SHAPE",
        help="Replace the declared input; of several inputs, the one of this name. Repeated: each in turn.",
    ),
    set_option,
    click.option(
        "--require",
        "required",
        multiple=True,
        metavar="BUDGETS",
        help='Require of each network what a `require` line would: "macs <= 1e9, parameters <= 5e6". Repeatable.',
    ),
    click.option("--network", metavar="NAME", help="Check only this network of the files."),
    click.option(
        "--format", "form", type=click.Choice(FORMATS), default="text", show_default=True, help="How findings are shown."
    ),
    click.option("--fix", is_flag=True, help="Repair what can safely be repaired, in the files."),
    click.option("--unsafe-fixes", is_flag=True, help="With --fix and --diff: also repairs that may not be what is meant."),
    click.option("--diff", is_flag=True, help="Show what --fix would change; write nothing."),
    click.option("--strict", is_flag=True, help="Warnings count as findings too."),
    click.option(
        "--select",
        multiple=True,
        metavar="CODE",
        help="Show only these warnings; W05 means all that begin so. Errors are always shown.",
    ),
    click.option("--ignore", multiple=True, metavar="CODE", help="Do not show these warnings."),
    click.option("--statistics", is_flag=True, help="Show how often each code was found, instead of the findings."),
    click.option("--quiet", "-q", is_flag=True, help="Show findings only: no networks, no counts."),
    click.option("--output-file", "-o", type=click.Path(), metavar="PATH", help="Write to a file instead of standard output."),
    click.option("--exit-zero", is_flag=True, help="Exit with 0 even where mistakes are found."),
    layers_option,
    click.option("--stdin-filename", metavar="NAME", help="What messages call standard input; its ending says the notation."),
    color_option,
)
def command(
    files: tuple[str, ...],
    inputs: tuple[str, ...],
    settings: tuple[str, ...],
    required: tuple[str, ...],
    network: str | None,
    form: str,
    fix: bool,
    unsafe_fixes: bool,
    diff: bool,
    strict: bool,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    statistics: bool,
    quiet: bool,
    output_file: str | None,
    exit_zero: bool,
    max_layers: int | None,
    stdin_filename: str | None,
    color: str,
) -> None:
    """Find every mistake in specs, before anything runs.

    FILE is a spec (.cnn, .yaml, .yml, .json), or `-` for standard input. Of a folder all specs are checked; without FILE, those
    of this folder. Defaults for --select, --ignore, --strict and --require may stand in [tool.cnnspec] of pyproject.toml.

    --fix repairs what can only be meant in one way, where that brings no new mistake. Of standard input, the repaired text goes
    to standard output and the findings to standard error.

    Exit code: 0 no errors (or --exit-zero), 1 errors (with --strict warnings too; with --diff, something to repair), 2 wrong
    usage or an unreadable file.
    """
    if unsafe_fixes and not (fix or diff):
        raise UsageError("--unsafe-fixes says what --fix or --diff do: give one of them too")
    if diff and (statistics or output_file is not None):
        raise UsageError("--diff shows a patch and no findings: leave out --statistics and --output-file")
    if statistics and form not in STATISTICS_FORMATS:
        raise UsageError(f"--statistics has no format `{form}`, only {', '.join(STATISTICS_FORMATS)}")
    defaults = configured()
    chosen = finding_filter(defaults.filter, select, ignore, strict)
    budgets = _budgets(required, defaults.require, color)
    asked = Options(set=settings, network=network, max_layers=max_layers or defaults.max_layers, budgets=budgets)
    fixing = _fixing(unsafe_fixes, diff) if fix or diff else None
    shows_fixes = statistics or form in ("json", "sarif")
    targets = _targets(files)
    if output_file is not None:
        for target in targets:
            verify_output(output_file, str(target.path or "-"))
    checked = Checking(asked, input_turns(inputs), chosen.keeps, fixing, shows_fixes).check(targets, stdin_filename)
    if diff and fixing is not None:
        raise SystemExit(2 if checked.is_incomplete else 1 if fixing.count and not exit_zero else 0)
    is_for_people = form in ("text", "concise")
    if not (checked.is_incomplete and checked.is_empty and is_for_people):
        stream = sys.stderr if fixing is not None and targets[0].path is None else sys.stdout  # where the repaired text goes
        # The findings count, even where nobody reads all of them.
        with suppress(BrokenPipeError), redirect_stdout(stream), written_to(output_file):
            if statistics:
                print_statistics(checked.diagnostics, form, quiet=quiet)
            else:
                print_findings(checked.diagnostics, checked.networks, form, color, quiet=quiet)
            if fixing is not None and fixing.count and not quiet and is_for_people:
                print(fixing.verdict())
    if checked.is_incomplete:
        raise SystemExit(2)
    if any(map(chosen.fails, checked.diagnostics)) and not exit_zero:
        raise SystemExit(1)


def _targets(files: tuple[str, ...]) -> list[Target]:
    """Returns what to check, standard input first."""
    if "-" in files:
        return [Target(None), *specs(name for name in files if name != "-")]
    return specs(files or ["."])


def _budgets(required: tuple[str, ...], defaults: tuple[Span, ...], color: str) -> tuple[Expression, ...]:
    if not required and not defaults:
        return ()
    from cnnspec.cli.requiring import required_budgets  # most runs require nothing

    return required_budgets(required, defaults, color)


def _fixing(unsafe: bool, diff: bool) -> Fixing:
    from cnnspec.cli.fixing import Fixing  # most runs fix nothing

    return Fixing(unsafe, diff)
