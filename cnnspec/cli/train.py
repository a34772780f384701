"""`cnnspec train`: what `train { }` says, on the device at hand; or a run that was interrupted, from where it was."""

from __future__ import annotations

import sys
from collections.abc import Callable
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cnnspec.cli.load import load
from cnnspec.cli.needs import require_torch
from cnnspec.cli.options import (
    NamedPath,
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
from cnnspec.cli.output import harmless, print_text
from cnnspec.cli.settings import layer_limit
from cnnspec.compiler import Options
from cnnspec.diagnostics.problem import UsageError
from cnnspec.network.network import Network
from cnnspec.network.pairs import counterpart

if TYPE_CHECKING:
    from cnnspec.training.result import RunResult

_WITH_RESUME = ("resume", "epochs", "device", "color")  # all else is what the run began with


def _minutes(context: click.Context, option: click.Parameter, value: float) -> float:
    """Returns a number of minutes; raises BadParameter for what is no number, and for never."""
    if not isfinite(value):
        raise click.BadParameter(f"{value:g} is no number of minutes")
    return value


@click.command()
@click.argument("file", type=NamedPath(), required=False)
@options(
    data_option,
    click.option("--epochs", type=click.IntRange(min=1), metavar="N", help="How often all training samples are seen."),
    click.option("--seed", type=click.IntRange(min=0), metavar="N", help="What all random numbers are drawn from."),
    device_option,
    precision_option,
    click.option(
        "--weights", type=NamedPath(path_type=Path), metavar="PATH", help="Begin with the weights of a safetensors file."
    ),
    click.option("--out", type=NamedPath(path_type=Path), metavar="DIR", help="The run folder; otherwise runs/<network>-<n>."),
    click.option(
        "--resume",
        type=NamedPath(path_type=Path),
        metavar="RUN",
        help="Go on with an interrupted run, with the settings that it began with, or other --epochs, --device; takes no FILE.",
    ),
    click.option(
        "--checkpoint-minutes",
        type=click.FloatRange(min=0),
        default=10.0,
        callback=_minutes,
        show_default=True,
        metavar="N",
        help="Write a checkpoint after so many minutes at the latest; 0: after every step.",
    ),
    click.option(
        "--log-steps", type=click.IntRange(min=1), metavar="N", help="Write a line of metrics.jsonl every N steps as well."
    ),
    click.option("--tensorboard", is_flag=True, help="Write the metrics for TensorBoard, too, into the run folder."),
    click.option("--compile", "compiles", is_flag=True, help="Let torch.compile make the network faster."),
    click.option("--profile", is_flag=True, help="Say where the time goes, and write a trace of some steps (trace.json)."),
    click.option("--sync-batchnorm", is_flag=True, help="Normalise over the shares of all processes; see docs/scaling.md."),
    set_option,
    network_option,
    input_option,
    layers_option,
    color_option,
)
@click.pass_context
def command(
    context: click.Context,
    file: str | None,
    data: str | None,
    epochs: int | None,
    seed: int | None,
    device: str,
    precision: str,
    weights: Path | None,
    out: Path | None,
    resume: Path | None,
    checkpoint_minutes: float,
    log_steps: int | None,
    tensorboard: bool,
    compiles: bool,
    profile: bool,
    sync_batchnorm: bool,
    settings: tuple[str, ...],
    network: str | None,
    inputs: tuple[str, ...],
    max_layers: int | None,
    color: str,
) -> None:
    """Train a network as its `train` block says.

    The run folder that this leaves holds weights, settings, metrics and checkpoints. Ctrl-C (or SIGTERM) finishes the step and
    saves; a second one stops at once. `--resume RUN` goes on, also after a crash; with `--epochs N` it trains any run, also one
    that is finished, to N epochs in all. `torchrun -m cnnspec train FILE` uses several processes.

    Exit code: 0 trained, 1 mistakes in the spec or in the data, 2 wrong usage, no such device, or a file that cannot be read or
    written, 130 or 143 interrupted.
    """
    from cnnspec.recipe.recipe import Recipe
    from cnnspec.training.options import TrainOptions
    from cnnspec.training.processes.ranks import Ranks, one_voice
    from cnnspec.training.report import reporter
    from cnnspec.training.train import train

    if resume is not None:
        _verify_alone(context)
        require_torch("train")
        with one_voice(Ranks.here()):
            _resume(resume, device if _is_given(context, "device") else None, epochs, color)
        return
    if file is None:
        raise UsageError("name the FILE to train, or with --resume the run to go on with")
    _verify_no_run(Path(file))
    numbers = {"epochs": epochs, "seed": seed}
    chosen = [f"train.{name}={value}" for name, value in numbers.items() if value is not None]
    asked = Options(
        set=[*settings, *chosen], input=single_input(inputs), data=data, network=network, max_layers=layer_limit(max_layers)
    )
    with one_voice(Ranks.here()):
        found = load(file, asked, color)
        _say_which(found)
        require_torch("train")
        base = Path.cwd() if file == "-" or data is not None else None
        job = TrainOptions(
            device=device,
            precision=precision,
            out=out,
            base=base,
            weights=weights,
            checkpoint_minutes=checkpoint_minutes,
            log_steps=log_steps,
            tensorboard=tensorboard,
            compile=compiles,
            profile=profile,
            sync_batchnorm=sync_batchnorm,
        )
        _report(lambda: train(found, found.recipe or Recipe(), job, reporter(color=color)), found, color)


def _say_which(network: Network) -> None:
    """Says which network of several is trained, where nobody chose it; of a pair, a warning says so."""
    if network.beside and counterpart(network) is None:
        count = len(network.beside) + 1
        click.echo(f"{network.name} is trained, the last of {count} networks in the file (--network names another)", err=True)


def _resume(path: Path, device: str | None, epochs: int | None, color: str) -> None:
    from cnnspec.training.problems import TrainingError
    from cnnspec.training.report import reporter
    from cnnspec.training.run_folder.damage import damage
    from cnnspec.training.run_folder.names import is_finished
    from cnnspec.training.run_folder.stored_run import read_started
    from cnnspec.training.train import resume

    try:
        stored = read_started(path)
    except TrainingError as error:  # no spec is at fault
        raise UsageError(str(error)) from None
    if is_finished(path) and epochs is None:
        found = damage(path)
        if found is None:
            print(f"{path} is finished: there is nothing to resume (--epochs N trains it further)")
            return
        print(f"note: {harmless(found.text)}: what came of the run is written anew", file=sys.stderr)
    _report(lambda: resume(path, device, reporter(color=color), epochs), stored.network, color)


def _report(work: Callable[[], RunResult], network: Network, color: str) -> None:
    """Prints what came of a run; ends the command where it failed or was interrupted."""
    from cnnspec.training.problems import TrainingError
    from cnnspec.training.signals import Interrupted

    try:
        result = work()
    except TrainingError as error:
        print_text(error.diagnostics(network), color, to_stderr=True)
        raise SystemExit(1) from None
    except Interrupted as stop:
        click.echo(str(stop), err=True)
        raise SystemExit(stop.exit_code) from None
    print("\n".join(result.lines()))


def _verify_no_run(path: Path) -> None:
    """Raises UsageError for a run folder, which holds its spec: a run is gone on with, or its spec is trained anew."""
    from cnnspec.training.run_folder.names import is_run

    if is_run(path):
        raise UsageError(f"{path} is a run, not a spec: `cnnspec train --resume {path}` goes on with it")


def _verify_alone(context: click.Context) -> None:
    """Raises UsageError where something else than epochs or a device is given along with `--resume`."""
    for parameter in context.command.params:
        if parameter.name not in _WITH_RESUME and _is_given(context, parameter.name or ""):
            shown = "the FILE" if parameter.name == "file" else parameter.opts[0]
            raise UsageError(f"--resume takes the settings that the run began with: leave out {shown}")


def _is_given(context: click.Context, name: str) -> bool:
    return context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE
