"""What the commands after training work on: a run, or a spec with the weights of a file."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cnnspec.cli.load import load
from cnnspec.cli.options import (
    Inputs,
    NamedPath,
    Precision,
    color_option,
    data_option,
    device_option,
    input_option,
    layers_option,
    network_option,
    options,
    set_option,
    single_input,
)
from cnnspec.cli.settings import layer_limit
from cnnspec.compiler import Options
from cnnspec.diagnostics.problem import UsageError
from cnnspec.network.network import Network
from cnnspec.recipe.precisions import PRECISIONS

if TYPE_CHECKING:
    from cnnspec.training.data.places import File
    from cnnspec.training.results.trained import Subject, Trained

subject_argument = click.argument("subject", type=NamedPath(), metavar="RUN|SPEC")
weights_option = click.option(
    "--weights",
    type=NamedPath(path_type=Path),
    metavar="FILE",
    help="Take the weights of a safetensors file: for a spec, or instead of a run's own.",
)
best_option = click.option(
    "--best", is_flag=True, help="Of a run, take the weights of the best epoch instead of the last ones."
)
precision_option = click.option(
    "--precision",
    type=Precision(PRECISIONS),
    help="With which numbers to compute; otherwise in fp32, and in fp64 what was trained so.",
)


@dataclass(frozen=True)
class Chosen:
    """What the command line says about a spec: `--set`, `--network`, `--input`, `--max-layers`, `--data`."""

    settings: tuple[str, ...] = ()
    network: str | None = None
    inputs: tuple[str, ...] = ()
    max_layers: int | None = None
    data: str | None = None

    @property
    def input(self) -> Inputs | None:
        return single_input(self.inputs)

    def options(self) -> Options:
        """Returns the options of the compiler; raises UsageError."""
        limit = layer_limit(self.max_layers)
        return Options(set=self.settings, input=self.input, data=self.data, network=self.network, max_layers=limit)

    def verify_none(self, why: str) -> None:
        """Raises UsageError where one of the options that only a spec needs is given."""
        given = {"--set": self.settings, "--network": self.network, "--input": self.inputs, "--max-layers": self.max_layers}
        for option, value in given.items():
            if value:
                raise UsageError(f"{option} {why}")


@dataclass(frozen=True)
class Asked:
    """What the command line says about a run or a spec, and about how to compute."""

    subject: str
    chosen: Chosen
    weights: Path | None
    best: bool
    device: str
    precision: str | None
    color: str

    def read(self) -> Subject:
        """Returns a run or the network of a spec, as `read_subject` does."""
        return read_subject(self.subject, self.chosen, self.color)

    def trained(self, read: Subject) -> Trained:
        """Returns what was read with its weights; raises UsageError for weights that are none of it.

        Relative paths of data begin here where they are typed here, otherwise where the recipe was written.
        """
        from cnnspec.training.results.trained import Trained

        is_typed = self.subject == "-" or (self.chosen.data is not None and isinstance(read, Network))
        return Trained.of(read, self.weights, self.best, Path.cwd() if is_typed else None)

    def verify_own_data(self, read: Subject) -> None:
        """Raises UsageError where `--data` shall say how the images of a run are scaled, and what its classes are called."""
        if self.chosen.data is not None and not isinstance(read, Network):
            raise UsageError("--data is for specs: a run knows how its images were scaled and what its classes are called")


def read_subject(subject: str, chosen: Chosen, color: str) -> Subject:
    """Returns a run, whose files are those that were written, or the network of a spec; shows mistakes and ends.

    Whether a spec could be trained does not matter here. Raises UsageError, also for a run that is broken.
    """
    from cnnspec.training.problems import TrainingError
    from cnnspec.training.run_folder.names import is_run
    from cnnspec.training.run_folder.stored_run import read_run

    path = Path(subject)
    if path.is_dir() or is_run(path):
        chosen.verify_none("is for specs: a run has its network, parameters and input already")
        try:
            return read_run(path)
        except TrainingError as error:
            raise UsageError(str(error)) from None
    if subject != "-" and not path.exists():
        from cnnspec.training.run_folder.nearby import no_run

        raise no_run(path, nor="spec")
    return load(subject, chosen.options(), color, is_trained=False)


def subject_options(function: Callable[..., None]) -> Callable[..., None]:
    """Gives a command with `subject_argument` the options about it, and hands all of them over as one `Asked`."""
    own = {field.name for field in fields(Asked)} - {"chosen"}
    of_spec = {field.name for field in fields(Chosen)}

    @wraps(function)
    def command(**given: Any) -> None:
        chosen = Chosen(**{name: given.pop(name) for name in of_spec})
        function(Asked(chosen=chosen, **{name: given.pop(name) for name in own}), **given)

    of_specs = (data_option, set_option, network_option, input_option, layers_option)
    return options(weights_option, best_option, *of_specs, device_option, precision_option, color_option)(command)


def files_of(subject: str, names: Sequence[str]) -> list[File]:
    """Returns the files of these names, `-` being what comes through standard input; raises UsageError where two ask for it."""
    from cnnspec.training.data.piped import Piped

    if [subject, *names].count("-") > 1:
        raise UsageError("`-` is given twice, but standard input can be read only once")
    return [Piped(_piped()) if name == "-" else Path(name) for name in names]


def _piped() -> bytes:
    content = sys.stdin.buffer.read()
    if not content:
        raise UsageError(
            "standard input is empty: `-` takes an image or an array (.npy) from it, as in `cnnspec ... - < x.png`"
        )
    return content
