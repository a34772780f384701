"""A run read back from its folder. No torch."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from cnnspec.compiler import Options, check_source, decode
from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.diagnostics.problem import UsageError
from cnnspec.network.definitions import MAX_LAYERS
from cnnspec.network.network import Network
from cnnspec.network.recipes import with_recipe
from cnnspec.recipe.data import Data
from cnnspec.recipe.data_given import SHARE
from cnnspec.recipe.recipe import Recipe
from cnnspec.recipe.stored import from_json
from cnnspec.training.options import TrainOptions
from cnnspec.training.problems import NoData, TrainingError
from cnnspec.training.run_folder.damage import damage, failure, in_the_place_of_a_file
from cnnspec.training.run_folder.lock import is_running
from cnnspec.training.run_folder.names import LAST, MANIFEST, SETTINGS, is_finished, is_run
from cnnspec.training.run_folder.nearby import no_run
from cnnspec.training.run_folder.plain_files import plain_bytes
from cnnspec.training.run_folder.stored_json import broken, optional, read_json, required

NOT_HELD = "the data of this run was handed over in Python, and its folder does not hold it"


@dataclass(frozen=True)
class StoredRun:
    """A run read back: its network, its recipe, its manifest, and the folder at which relative data paths begin.

    `options` are those it was started with; the manifest of a run that is not finished is empty. `given` is the sum of data
    that was handed over in Python, which the recipe does not name, and `given_test` the share of it that is for testing.
    `launch` is the name of the launcher that began it, where it has one.
    """

    path: Path
    network: Network
    recipe: Recipe
    manifest: dict[str, Any]
    base: Path
    options: TrainOptions = field(default_factory=TrainOptions)
    given: str | None = None
    given_test: float = SHARE
    launch: str | None = None

    @property
    def weights(self) -> Path:
        return self.path / LAST

    def data(self) -> Data:
        """Returns the data set; raises TrainingError where it was handed over in Python."""
        if self.recipe.data is None:
            again = f'hand it over again: `cnnspec.resume("{self.path}", data=...)`'
            raise TrainingError(NoData(NOT_HELD, again))
        return self.recipe.data


def read_run(path: Path) -> StoredRun:
    """Returns a finished run whose files are those that were written; raises TrainingError, or UsageError for no run at all."""
    if not is_run(path):
        raise no_run(path)
    if not is_finished(path):
        raise broken(_without_results(path))
    found = damage(path)
    if found is not None:
        raise broken(f"{found.text}; {found.remedy}")
    return replace(read_started(path), manifest=read_json(path / MANIFEST))


def _without_results(path: Path) -> str:
    """Returns why a run has no results, and what brings them."""
    if (path / MANIFEST).is_dir():
        return f"{in_the_place_of_a_file(path / MANIFEST)}, and `cnnspec train --resume {path}` writes it"
    with suppress(OSError):  # nobody can tell
        if is_running(path):
            return f"{path} is being trained, and has no results yet: `cnnspec runs {path}` shows how far it is"
    failed = failure(path)
    if failed is not None:
        return f"{path} has no results, for the run failed: {failed}"
    return f"{path / MANIFEST} is missing: the run did not finish; `cnnspec train --resume {path}` goes on"


def read_started(path: Path) -> StoredRun:
    """Returns a run as it was started, finished or not; raises TrainingError, or UsageError for no run at all."""
    if not is_run(path):
        raise no_run(path)
    settings = read_json(path / SETTINGS)
    try:
        recipe = from_json(required(settings, "recipe", dict))
        network = with_recipe(_network(path, settings), recipe)
        base = Path(required(settings, "base", str))
        options = TrainOptions.from_json(required(settings, "options", dict))
        given, share = optional(settings, "given", str), optional(settings, "given_test", float)
        launch = optional(settings, "launch", str)
        optional(settings, "extended", list)
    except (TypeError, ValueError, OverflowError, UsageError) as error:
        raise broken(f"{path / SETTINGS} does not describe a run: {error}") from None
    return StoredRun(path, network, recipe, {}, base, options, given, SHARE if share is None else share, launch)


def _network(path: Path, settings: Mapping[str, Any]) -> Network:
    """Returns the network of a run; raises ValueError for settings, and TrainingError for texts, that do not describe one."""
    name = required(settings, "spec", str)
    if name != Path(name).name or name in ("", "..") or not name.isprintable():
        raise ValueError(f"`spec` is {name!r}, which is not the name of a file in it")
    spec = path / name
    options = Options(
        parameters=required(settings, "parameters", dict),
        input=_input(settings.get("input")),
        network=required(settings, "network", str),
        max_layers=max(MAX_LAYERS, optional(settings, "layers", int) or 0),  # what was trained can be read again
    )
    source = decode(plain_bytes(spec), str(spec))
    if isinstance(source, Diagnostic):
        raise broken(f"{spec} is not text: {source.message}")
    try:
        result = check_source(source, options)
    except UsageError as error:  # what the settings ask for is not in it
        raise broken(f"{spec} is not what {path / SETTINGS} tells of: {error}; bring back the file that changed") from None
    if not result.networks:  # what is wrong with `train` alone does not count: the settings hold what was trained with
        errors = [found for found in result.diagnostics if found.is_error]
        if not errors:
            raise broken(f"{spec} has no network")
        raise broken(f"{errors[0].span.source.name} has mistakes, such as: {errors[0].message}")
    return result.networks[-1]


def _input(found: Any) -> Any:
    """Returns the sizes of an input, or sizes by the names of inputs; raises ValueError for anything else."""
    for sizes in found.values() if isinstance(found, dict) else [] if found is None else [found]:
        if not isinstance(sizes, list) or any(type(size) is not int for size in sizes):
            raise ValueError("`input` is not whole numbers")
    return found
