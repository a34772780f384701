"""Training from Python: the recipe of a network, or what a program holds; and going on with a run."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnspec import compiler
from cnnspec.api.load import SpecError, single
from cnnspec.api.needs import not_installed
from cnnspec.api.network import Network
from cnnspec.network.network import Network as CheckedNetwork
from cnnspec.network.outside import again

if TYPE_CHECKING:
    from cnnspec.training.job import RunResult
    from cnnspec.training.report import EpochReport


def train(
    net: Network,
    *,
    data: Any = None,
    test_data: Any = None,
    epochs: int | None = None,
    seed: int | None = None,
    device: str = "auto",
    precision: str = "fp32",
    weights: str | os.PathLike[str] | None = None,
    out: str | os.PathLike[str] | None = None,
    on_epoch: Callable[[EpochReport], object] | None = None,
    progress: bool = True,
) -> RunResult:
    """Trains a network as its `train` block says and returns the run: `model`, `history`, `plot()`, `path` of the run folder.

    `data` replaces the data set: a line as in a spec (`"digits"`, `'mnist, root="data"'`; paths begin at the current folder), a
    pair (inputs, targets) of tensors or arrays, or a torch Dataset. Inputs [N, *input] are taken as they are (bytes as 0 to 1),
    targets are class numbers or numbers in the shape of the output. `test_data` is the same for testing; without it a fifth of
    `data` is. Such data is not written into the run folder, so that the run cannot be resumed.

    `epochs` and `seed` replace settings; `weights` is a safetensors file to begin with. `on_epoch` is called with what each
    epoch came to (`epoch`, `loss`, `train`, `test`, ...); when it returns False, the run ends there.

    Raises SpecError where network, recipe and data do not fit, UsageError for a device that is not there or weights that do not
    fit, and TypeError or ValueError for data of another kind.
    """
    if not isinstance(net, Network):
        raise TypeError(f"train takes a network, such as cnnspec.load(path) returns, not {net!r}")
    from cnnspec.network.recipes import with_recipe
    from cnnspec.recipe.recipe import Recipe
    from cnnspec.training.job import TrainOptions
    from cnnspec.training.listening import Listening
    from cnnspec.training.packages import missing
    from cnnspec.training.problems import TrainingError
    from cnnspec.training.report import Silent, reporter
    from cnnspec.training.train import train as run

    for package in missing():
        raise not_installed("train", package)

    line = data if isinstance(data, str) else None
    if test_data is not None and (data is None or line is not None):
        raise TypeError("test_data goes with data that is a pair of tensors or a Dataset")
    checked = _with_settings(net.checked, line, {"epochs": epochs, "seed": seed})
    recipe = checked.recipe or Recipe()
    if data is not None and line is None:
        from cnnspec.training.data.given import given_data

        recipe = recipe.model_copy(update={"data": given_data(data, test_data)})
        checked = with_recipe(checked, recipe)
    options = TrainOptions(
        device,
        precision,
        out=None if out is None else Path(out),
        base=None if line is None else Path.cwd(),
        weights=None if weights is None else Path(weights),
    )
    told = reporter() if progress else Silent()
    try:
        return run(checked, recipe, options, told if on_epoch is None else Listening(told, on_epoch))
    except TrainingError as error:
        raise SpecError(error.diagnostics(checked)) from None


def _with_settings(checked: CheckedNetwork, data: str | None, numbers: Mapping[str, int | None]) -> CheckedNetwork:
    """Returns the network with another data set and other numbers in its recipe; raises SpecError."""
    chosen = [f"train.{name}={value}" for name, value in numbers.items() if value is not None]
    if data is None and not chosen:
        return checked
    return single(compiler.check_source(checked.source, replace(again(checked), set=chosen, data=data))).checked
