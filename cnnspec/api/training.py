"""Training from Python: what a recipe says and a program holds; and going on with a run."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnspec.api import arguments
from cnnspec.api.load import checked_again
from cnnspec.api.needs import not_installed
from cnnspec.api.network import Network
from cnnspec.api.told import told_in_python, told_of_files
from cnnspec.api.words import told
from cnnspec.diagnostics.problem import UsageError
from cnnspec.network.network import Network as CheckedNetwork
from cnnspec.network.outside import Options, outside
from cnnspec.source import Span

if TYPE_CHECKING:
    import torch

    from cnnspec.api.run import Run
    from cnnspec.training.listening import OnEpoch
    from cnnspec.training.report import Reporter
    from cnnspec.training.result import RunResult

_DATA, _SHARE = "train.data.", "train.data.test"
_BY_HAND = {
    "train.data.normalize": "scale the inputs by hand, such as `(x - x.mean()) / x.std()`, and those of `predict` as well",
    "train.data.resize": "resize the images by hand, such as `torch.nn.functional.interpolate(x, (32, 32))`",
}


def train(
    net: Network,
    *,
    data: Any = None,
    test_data: Any = None,
    epochs: int | None = None,
    seed: int | None = None,
    set: Mapping[str, Any] | Sequence[str] | None = None,
    weights: str | os.PathLike[str] | None = None,
    out: str | os.PathLike[str] | None = None,
    device: torch.device | str | None = "auto",
    precision: str = "fp32",
    compile: bool = False,
    sync_batchnorm: bool = False,
    profile: bool = False,
    log_steps: int | None = None,
    checkpoint_minutes: float = 10.0,
    tensorboard: bool = False,
    on_epoch: OnEpoch | None = None,
    progress: bool = True,
) -> Run:
    """Trains a network as its `train` block says; returns the run: `model`, `history`, `plot()`, `evaluate()` and more.

    `data` replaces the data set: a line as in a spec (`"digits"`, `'mnist, root="data"'`; paths begin at the current folder), a
    pair (inputs, targets) of tensors or arrays, or a torch Dataset, which is read once, into memory. Inputs [N, *input] are
    taken as they are (bytes as 0 to 1), targets are class numbers or numbers in the shape of the output. `test_data` is the
    same for testing; without it a fifth of `data` is, or the share that `set={"train.data.test": 0.1}` says, 0 for none.

    `epochs`, `seed` and `set` (`{"train.optimizer.lr": 0.1}`) replace settings; `weights` is a safetensors file to begin with.
    The other options are those of `cnnspec train`. `on_epoch` is called with what each epoch came to (`epoch`, `loss`, `train`,
    `test`, ...); returning False, also numpy's or torch's, ends the run there, and nothing else that it returns does. Ctrl-C
    saves the run and raises KeyboardInterrupt; `resume` goes on.

    Raises TypeError or ValueError for arguments and data of another kind, SpecError where network, recipe and data do not fit,
    UsageError for a device that is not there, a `set` that names no setting or one without effect, or weights that do not fit,
    and OSError for files that are not there. What is merely suspicious is a SpecWarning.
    """
    if not isinstance(net, Network):
        raise TypeError(f"train takes a network, such as cnnspec.load(path) returns, not {net!r}")
    from cnnspec.training.options import TrainOptions

    line = data if isinstance(data, str) else None
    job = TrainOptions(
        device=arguments.device(device),
        precision=arguments.word("precision", precision, "fp32"),
        out=arguments.path("out", out),
        base=None if line is None else Path.cwd(),
        weights=arguments.path("weights", weights),
        checkpoint_minutes=arguments.number("checkpoint_minutes", checkpoint_minutes, 0),
        log_steps=arguments.whole_number("log_steps", log_steps, 1),
        tensorboard=arguments.switch("tensorboard", tensorboard),
        compile=arguments.switch("compile", compile),
        profile=arguments.switch("profile", profile),
        sync_batchnorm=arguments.switch("sync_batchnorm", sync_batchnorm),
    )
    chosen = {
        "train.epochs": arguments.whole_number("epochs", epochs, 1),
        "train.seed": arguments.whole_number("seed", seed, 0),
    }
    settings = arguments.settings(set)
    report = _reporter(on_epoch, progress)
    if test_data is not None and (data is None or line is not None):
        raise TypeError("test_data goes with data that is a pair of tensors or a Dataset")

    from cnnspec.network.recipes import with_recipe
    from cnnspec.recipe.data_given import SHARE
    from cnnspec.recipe.recipe import Recipe
    from cnnspec.training.train import train as run

    share = None
    if data is not None and line is None:
        settings, share = _without_share(settings)
    if share is not None and test_data is not None:
        raise TypeError(f"test_data is all that is tested on: leave {_SHARE!r} out of set")
    checked = _with_settings(net.checked, line, settings, chosen)
    recipe = checked.recipe or Recipe()
    if data is None or line is not None:
        with told_in_python(checked):
            _warn(checked)
            return _run(run(checked, recipe, job, report))
    recipe = recipe.model_copy(update={"data": None})
    checked = with_recipe(checked, recipe)  # whose line `data` has nothing to do with this data
    with told_in_python(checked, has_data=True):
        from cnnspec.diagnostics.python_warnings import SpecWarning
        from cnnspec.training.data.given import given_data, without_names

        given = given_data(data, test_data, SHARE if share is None else share, report.note)
        if text := without_names(given, recipe.loss):
            warnings.warn(text, SpecWarning, stacklevel=2)
        recipe = recipe.model_copy(update={"data": given})
        checked = with_recipe(checked, recipe)
        _warn(checked)
        return _run(run(checked, recipe, job, report))


def resume(
    path: str | os.PathLike[str],
    *,
    epochs: int | None = None,
    data: Any = None,
    test_data: Any = None,
    device: torch.device | str | None = None,
    on_epoch: OnEpoch | None = None,
    progress: bool = True,
) -> Run:
    """Goes on with a run that was interrupted, from its last checkpoint, and returns it as `train` does.

    It keeps the settings that it began with, and on the same machine it ends with the same bytes as a run that nobody
    interrupted. `epochs` is how many it has in all, also for a run that is finished: schedules that end with the run follow the
    new number from here on. Where `data` (and `test_data`) was handed over in Python, the same is handed over once more.

    Of a finished run, damaged results are written anew without training more.

    Raises UsageError for a folder that is no run, and for a run with nothing left to train, SpecError for damaged files and
    other data, and TypeError or ValueError for arguments of another kind.
    """
    place, in_all = arguments.path("path", path), arguments.whole_number("epochs", epochs, 1)
    where = None if device is None else arguments.device(device)
    report = _reporter(on_epoch, progress)
    if place is None:
        raise TypeError("resume takes the path of a run folder")
    if test_data is not None and data is None:
        raise TypeError("test_data goes with data")

    from cnnspec.training.run_folder.damage import damage
    from cnnspec.training.run_folder.names import is_finished
    from cnnspec.training.run_folder.stored_run import read_started
    from cnnspec.training.train import resume as run

    with told_of_files():
        stored = read_started(place)
    if is_finished(place) and in_all is None and damage(place) is None:
        raise UsageError(f"{place} is finished: there is nothing to resume (`epochs=` trains it further)")
    with told_in_python(stored.network, has_data=data is not None):
        given = None
        if data is not None:
            from cnnspec.training.data.given import given_data

            given = given_data(data, test_data, stored.given_test, report.note)
        return _run(run(place, where, report, in_all, given))


def _run(result: RunResult) -> Run:
    from cnnspec.api.run import Run

    return Run(**vars(result))


def _warn(checked: CheckedNetwork) -> None:
    """Warns of what is suspicious in a network with its recipe."""
    from cnnspec.diagnostics.python_warnings import warn
    from cnnspec.network.recipes import fit

    for finding in fit(checked, checked.input_span or Span(checked.source, 0, 0)):
        if not finding.is_error:
            warn(told(finding))


def _reporter(on_epoch: OnEpoch | None, progress: bool) -> Reporter:
    """Returns who is told of the run; raises ModuleNotFoundError where a package for training is missing."""
    from cnnspec.training.listening import Listening
    from cnnspec.training.packages import missing
    from cnnspec.training.report import Silent, reporter

    for package in missing():
        raise not_installed("train", package)
    shown = reporter() if arguments.switch("progress", progress) else Silent()
    listener = arguments.callback("on_epoch", on_epoch)
    return Listening(shown, told, listener)


def _without_share(settings: Mapping[str, Any] | list[str]) -> tuple[Mapping[str, Any] | list[str], float | None]:
    """Returns settings without how much of handed over data is for testing, and that; None where they do not say it.

    No line of a file names such data. Raises TypeError and ValueError for what is no share, and UsageError for settings that
    only the data of a line has.
    """
    for name in _names(settings):
        if name.startswith(_DATA) and name != _SHARE:
            advice = _BY_HAND.get(name, "leave it out, or name a data set with a line, such as `data='digits'`")
            raise UsageError(f"{name} has no effect on data that is handed over in Python: {advice}")
    if isinstance(settings, Mapping):
        others: Mapping[str, Any] | list[str] = {name: value for name, value in settings.items() if name != _SHARE}
        said: Mapping[str, Any] | list[str] = {name: value for name, value in settings.items() if name == _SHARE}
    else:
        others = [text for text, name in zip(settings, _names(settings), strict=True) if name != _SHARE]
        said = [text for text, name in zip(settings, _names(settings), strict=True) if name == _SHARE]
    if not said:
        return others, None
    (share,) = outside(Options(set=said)).train.values()
    return others, arguments.share(_SHARE, share.value)


def _with_settings(
    checked: CheckedNetwork, data: str | None, settings: Mapping[str, Any] | list[str], chosen: Mapping[str, int | None]
) -> CheckedNetwork:
    """Returns the network with another data set and other settings, `chosen` among them.

    Raises SpecError, and TypeError for a setting that both say.
    """
    known = {name: value for name, value in chosen.items() if value is not None}
    for name in _names(settings):
        if name in known:
            raise TypeError(f"{name} is given twice, by `{name.removeprefix('train.')}=` and in `set`: leave out one of them")
    if data is None and not settings and not known:
        return checked
    given = {**settings, **known} if isinstance(settings, Mapping) else [*settings, *(f"{k}={v}" for k, v in known.items())]
    return checked_again(checked, set=given, data=data)


def _names(settings: Mapping[str, Any] | list[str]) -> list[str]:
    """Returns which settings are said, in their order."""
    return list(settings) if isinstance(settings, Mapping) else [text.partition("=")[0].strip() for text in settings]
