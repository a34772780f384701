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
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cnnspec.diagnostics.problem import UsageError
from cnnspec.network.network import Network
from cnnspec.network.outside import again
from cnnspec.recipe.data_given import Given
from cnnspec.recipe.recipe import Recipe
from cnnspec.recipe.stored import to_json
from cnnspec.training.data.content import content_sum
from cnnspec.training.options import TrainOptions
from cnnspec.training.problems import TrainingError
from cnnspec.training.run_folder.atomic import halves, sync_folder, write_bytes, write_text
from cnnspec.training.run_folder.damage import verify_no_folders
from cnnspec.training.run_folder.names import (
    BEGINNING,
    FAILURE,
    MANIFEST,
    OURS,
    RESULTS,
    SETTINGS,
)
from cnnspec.training.run_folder.plain_files import sha256
from cnnspec.training.run_folder.settings_text import as_begun, extended, json_text
from cnnspec.training.run_folder.spec_files import spec_files
from cnnspec.training.run_folder.stored_run import StoredRun

VERSION = 1


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
        sums = {name: sha256(self.path / name) for name in self.sources}
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
        sums = {name: sha256(self.path / name) for name in names if (self.path / name).exists()}
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
