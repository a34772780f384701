"""The folder of a run: what was trained and how, what came of it, and the sums that prove that it is still so.

    spec.cnn             the spec as trained (spec.yaml or spec.json where it was written so), and beside it what it imports
    settings.json        the resolved recipe, the network's parameters and input, and where relative data paths begin
    metrics.jsonl        one line per epoch, and one per `--log-steps` steps
    model.safetensors    the last weights
    best.safetensors     the weights of the epoch that did best on the test part (on the training part where there is none)
    confusion.csv        how often each class was taken for each other one, by those weights
    curve.svg            loss and accuracy (or error) of the epochs
    trace.json           what torch's profiler saw of some steps, with `--profile`
    checkpoints/         what the run goes on from after an interruption; each file has its sum in it
    failure.json         why the run ended before its end, where the loss or the data kept it from going on
    manifest.json        SHA-256 sums of the other files, versions, device, constants of the data; written when all is done

Spec and settings are written before torch is imported, so this module must not import it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

from cnnspec.compiler import Options, check_source, decode
from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.diagnostics.problem import UsageError
from cnnspec.network.definitions import MAX_LAYERS
from cnnspec.network.network import Network
from cnnspec.network.outside import again
from cnnspec.network.recipes import with_recipe
from cnnspec.recipe.data import Data
from cnnspec.recipe.data_given import SHARE, Given
from cnnspec.recipe.recipe import Recipe
from cnnspec.recipe.stored import from_json, to_json
from cnnspec.training.data.content import content_sum
from cnnspec.training.job import TrainOptions
from cnnspec.training.problems import NoData, TrainingError
from cnnspec.training.run_folder.atomic import halves, sync_folder, write_bytes, write_text
from cnnspec.training.run_folder.lock import is_running
from cnnspec.training.run_folder.manifest import verify_manifest
from cnnspec.training.run_folder.plain_files import plain_bytes
from cnnspec.training.run_folder.settings_text import are_of_run, as_begun, extended, json_text
from cnnspec.training.run_folder.spec_files import spec_files
from cnnspec.training.run_folder.stored_json import broken, optional, read_json, required

SETTINGS, METRICS, MANIFEST, FAILURE = "settings.json", "metrics.jsonl", "manifest.json", "failure.json"
LAST, BEST = "model.safetensors", "best.safetensors"
CONFUSION, CURVE, CHECKPOINTS, TRACE = "confusion.csv", "curve.svg", "checkpoints", "trace.json"
RESULTS = (METRICS, LAST, BEST, CONFUSION, CURVE, TRACE)
BEGINNING = ".beginning"  # there while the first files are written: what a process leaves that is killed then is no run yet
OURS = frozenset((SETTINGS, MANIFEST, FAILURE, CHECKPOINTS, BEGINNING, *RESULTS))
VERSION = 1
NOT_HELD = "the data of this run was handed over in Python, and its folder does not hold it"
RUNS = Path("runs")  # where run folders are that `--out` does not name


@dataclass(frozen=True)
class RunFolder:
    """A run folder that exists; `spec` is the name of the spec in it, `sources` are the spec and all that it imports."""

    path: Path
    spec: str
    sources: tuple[str, ...]

    @classmethod
    def create(
        cls, path: Path, network: Network, recipe: Recipe, options: TrainOptions, base: Path, launch: str | None = None
    ) -> RunFolder:
        """Returns a folder that is there, with spec, imported files and settings in it; `launch` is by what it is known again.

        Raises UsageError where an imported file has the name of one of ours, or where nothing can be written.
        """
        files = spec_files(network, OURS)
        settings = {
            "version": VERSION,
            "spec": files.spec,
            "network": network.name,
            "parameters": network.settings,
            "input": again(network).input,
            "layers": len(network.nodes),
            "recipe": to_json(recipe),
            "options": options.as_json(),
            "base": str(base),
            "launch": launch,
            "given": content_sum(recipe.data.arrays) if isinstance(recipe.data, Given) else None,
            "given_test": recipe.data.test if isinstance(recipe.data, Given) else None,
        }
        folder = cls(path, files.spec, tuple(files.texts))
        try:
            folder._begin({**files.texts, SETTINGS: json_text(settings)})
        except OSError as error:
            folder.discard()
            raise UsageError(f"the run folder {path} cannot be written: {error.strerror}; none is left behind") from None
        return folder

    def _begin(self, texts: Mapping[str, str]) -> None:
        """Writes the first files, the settings last, which make it a run; raises OSError."""
        (self.path / BEGINNING).touch()
        self._remove_halves()
        for name, text in texts.items():
            target = self.path / name
            target.parent.mkdir(parents=True, exist_ok=True)
            write_text(target, text)
        (self.path / BEGINNING).unlink()

    @classmethod
    def reopen(cls, run: StoredRun) -> RunFolder:
        """Returns the folder of a run that was started before, without what a killed process left half-written.

        Raises UsageError where a folder has the name of a file that the run will write.
        """
        verify_no_folders(run.path)
        files = spec_files(run.network, OURS)
        folder = cls(run.path, files.spec, tuple(files.texts))
        folder._remove_halves()
        with suppress(OSError):  # a run that is there is no beginning, whatever is left of that
            (folder.path / BEGINNING).unlink(missing_ok=True)
        return folder

    def _remove_halves(self) -> None:
        """Removes what a killed process left half-written, as far as it can be: it is in nobody's way."""
        for half in (half for name in self._files() for half in halves(self.path / name)):
            with suppress(OSError):
                half.unlink()

    def started(self) -> dict[str, str]:
        """Returns the sums of what was there before the first step: spec, imported files and settings."""
        settings = as_begun((self.path / SETTINGS).read_text(encoding="utf-8"))
        sums = {name: _sum(self.path / name) for name in self.sources}
        return {**sums, SETTINGS: hashlib.sha256(settings.encode()).hexdigest()}

    def extend(self, epochs: int, steps: int) -> None:
        """Writes down that the run has another number of epochs, behind so many steps; it is no finished one from then on."""
        (self.path / MANIFEST).unlink(missing_ok=True)
        sync_folder(self.path)
        settings = self.path / SETTINGS
        write_text(settings, extended(settings.read_text(encoding="utf-8"), epochs, steps))

    def write(self, name: str, data: bytes) -> None:
        write_bytes(self.path / name, data)

    def fail(self, error: TrainingError) -> None:
        """Writes down what keeps the run from going on."""
        problems = [{"code": found.code, "message": found.message, "help": found.help} for found in error.problems]
        with suppress(OSError):  # the error is raised all the same
            write_text(self.path / FAILURE, json_text({"version": VERSION, "problems": problems}))

    def go_on(self) -> None:
        """Forgets what kept the run from going on before."""
        (self.path / FAILURE).unlink(missing_ok=True)

    def seal(self, facts: Mapping[str, Any]) -> None:
        """Writes the manifest: the sums of all files of the run, and `facts`."""
        names = (*self.sources, SETTINGS, *RESULTS)
        sums = {name: _sum(self.path / name) for name in names if (self.path / name).exists()}
        write_text(self.path / MANIFEST, json_text({"version": VERSION, "files": sums, **facts}))

    def discard(self) -> None:
        """Empties the folder again, as far as it can be, after a run that never began; files that are not ours stay.

        Whoever is killed meanwhile leaves what another run may take for its beginning.
        """
        with suppress(OSError):  # whoever discards a run has something else to say
            (self.path / BEGINNING).touch()
            for name in (SETTINGS, *self._files(), BEGINNING):
                (self.path / name).unlink(missing_ok=True)
            for folder in sorted(filter(Path.is_dir, self.path.rglob("*")), reverse=True):
                folder.rmdir()

    def _files(self) -> tuple[str, ...]:
        return (*self.sources, SETTINGS, *RESULTS, MANIFEST, FAILURE)


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


def is_run(path: Path) -> bool:
    """Returns whether a path is a run folder, finished or not."""
    return (path / SETTINGS).is_file()


def read_run(path: Path) -> StoredRun:
    """Returns a finished run whose files are those that were written; raises TrainingError, or UsageError for no run at all."""
    if not is_run(path):
        raise _no_run(path)
    if not is_finished(path):
        raise broken(_without_results(path))
    found = damage(path)
    if found is not None:
        raise broken(f"{found.text}; {found.remedy}")
    return replace(read_started(path), manifest=read_json(path / MANIFEST))


def _without_results(path: Path) -> str:
    """Returns why a run has no results, and what brings them."""
    if (path / MANIFEST).is_dir():
        return f"{_in_the_place_of_a_file(path / MANIFEST)}, and `cnnspec train --resume {path}` writes it"
    with suppress(OSError):  # nobody can tell
        if is_running(path):
            return f"{path} is being trained, and has no results yet: `cnnspec runs {path}` shows how far it is"
    failed = failure(path)
    if failed is not None:
        return f"{path} has no results, for the run failed: {failed}"
    return f"{path / MANIFEST} is missing: the run did not finish; `cnnspec train --resume {path}` goes on"


def verify_no_folders(path: Path) -> None:
    """Raises UsageError where a folder has the name of a file that a run writes."""
    for name in (*RESULTS, MANIFEST, FAILURE):
        if (path / name).is_dir():
            raise UsageError(_in_the_place_of_a_file(path / name))


def _in_the_place_of_a_file(path: Path) -> str:
    return f"{path} is a folder in the place of a file of the run: remove it"


def verify_free(path: Path) -> None:
    """Raises UsageError where a file that is to be written has the place of one that belongs to a run."""
    place = path.resolve()
    run = next((folder for folder in place.parents if are_of_run(folder / SETTINGS)), None)
    if run is None:
        return
    ours = set(OURS)
    with suppress(TrainingError, OSError, ValueError):  # of a broken run not all tells what its spec imports
        ours |= required(read_json(run / MANIFEST), "files", dict).keys()
    with suppress(TrainingError, OSError):
        ours |= spec_files(read_started(run).network, OURS).texts.keys()
    name = place.relative_to(run)
    if name.as_posix() in ours or name.parts[0] == CHECKPOINTS:
        raise UsageError(f"{path} is a file of a run, which would be damaged: name another one")


def is_finished(path: Path) -> bool:
    """Returns whether a run has all its results: the manifest is written last."""
    return (path / MANIFEST).is_file()


class Damage(NamedTuple):
    """What is wrong with a file of a finished run, and what can be done."""

    text: str
    remedy: str


def damage(path: Path) -> Damage | None:
    """Returns the first file of a finished run that is not as it was written, None where all are.

    What came of a run is in its last checkpoint, too, from which it is written anew without another step. Spec and settings are
    nowhere else.
    """
    has_checkpoint = any((path / CHECKPOINTS).glob("*.safetensors"))
    anew = f"`cnnspec train --resume {path}` writes it anew, without training more"
    weights = "with `--weights {}` the weights go with any spec that they fit"
    instead = anew if has_checkpoint else weights.format(path / LAST)
    try:
        manifest = read_json(path / MANIFEST)
        verify_manifest(manifest, LAST)
    except TrainingError as error:
        return Damage(str(error), instead)
    except ValueError as error:
        return Damage(f"{path / MANIFEST} does not say what came of the run: {error}", instead)
    for name, expected in manifest["files"].items():
        back = f"bring it back as it was; {weights.format(path / (BEST if name == LAST else LAST))}"
        remedy = anew if name in RESULTS and has_checkpoint else back
        if (path / name).is_dir():
            return Damage(_in_the_place_of_a_file(path / name), remedy)
        is_there = (path / name).is_file()
        if is_there and _sum(path / name) == expected:
            continue
        reason = f"not the file that the run wrote: its SHA-256 sum differs from {MANIFEST}" if is_there else "missing"
        return Damage(f"{path / name} is {reason}", remedy)
    return None


def failure(path: Path) -> str | None:
    """Returns what kept a run from going on, None where nothing did; raises TrainingError where the file is broken."""
    if not (path / FAILURE).is_file():
        return None
    try:
        problems = required(read_json(path / FAILURE), "problems", list)
        if not problems:
            raise ValueError("`problems` is empty")
        return "; ".join(map(_sentence, problems))
    except ValueError as error:
        raise broken(f"{path / FAILURE} does not say why the run failed: {error}") from None


def read_started(path: Path) -> StoredRun:
    """Returns a run as it was started, finished or not; raises TrainingError, or UsageError for no run at all."""
    if not is_run(path):
        raise _no_run(path)
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


def _sentence(problem: Any) -> str:
    if not isinstance(problem, dict):
        raise ValueError("`problems` has one that is not an object")
    code, message = (required(problem, name, str) for name in ("code", "message"))
    advice = optional(problem, "help", str)
    return f"{code}: {message}" + (f" ({advice})" if advice else "")


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


def _no_run(path: Path) -> UsageError:
    from cnnspec.training.run_folder.nearby import no_run  # who names a run does without

    return no_run(path)


def _sum(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
