"""The Python API: check, load, build, generate, summarise, train. Loaded lazily by the package; imports torch only to build."""

from __future__ import annotations

import operator
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from cnnspec import compiler
from cnnspec.backends.numbers import ends, one_or_all
from cnnspec.compiler import Options
from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.network.definitions import MAX_LAYERS
from cnnspec.network.network import Network as CheckedNetwork
from cnnspec.network.outside import GivenShape, again
from cnnspec.source import Source

if TYPE_CHECKING:
    import torch

    from cnnspec.training.job import RunResult
    from cnnspec.training.report import EpochReport

Sizes = tuple[int, ...]
GivenInput = GivenShape | Mapping[str, GivenShape] | None


class SpecError(Exception):
    """A spec with mistakes; the text is what `cnnspec check` prints, `diagnostics` are the findings."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        from cnnspec.diagnostics.render_text import render_text

        errors = [diagnostic for diagnostic in diagnostics if diagnostic.is_error]
        super().__init__("\n\n".join(render_text(diagnostic) for diagnostic in errors))
        self.diagnostics = tuple(diagnostics)

    def __reduce__(self) -> tuple[Any, ...]:
        """An exception is pickled with its text, but made from its findings."""
        return type(self), (self.diagnostics,)


class Node(NamedTuple):
    """One layer of a network: module path, keyword, shapes without the batch, and costs for one sample."""

    name: str
    kind: str
    input: tuple[int, ...]
    output: tuple[int, ...]
    parameters: int
    macs: int


class Network:
    """A checked network. Shapes are tuples of integers and do not mention the batch.

    With an `input 3xHxW` whose sizes are not known, they hold formulas for integers: `str` shows one, `.at({"H": 32, "W": 32})`
    is its value, and a comparison that depends on the sizes raises `ArithmeticError`. `macs` may be a formula, too.
    """

    def __init__(self, checked: CheckedNetwork) -> None:
        self.checked = checked

    @property
    def name(self) -> str:
        return self.checked.name

    @property
    def input(self) -> Sizes | tuple[Sizes, ...]:
        """The shape of one sample; of several inputs, a tuple of shapes."""
        return one_or_all(tuple(given.shape.sizes for given in self.checked.inputs))

    @property
    def output(self) -> Sizes | tuple[Sizes, ...]:
        """The shape of the output for one sample; of several outputs, a tuple of shapes."""
        return one_or_all(tuple(shape.sizes for shape in self.checked.outputs))

    @property
    def parameters(self) -> int:
        """The number of parameters, frozen ones included, buffers not; those of a reused layer once."""
        return self.checked.parameters

    @property
    def macs(self) -> int:
        """Multiply-accumulates for one sample, bias excluded."""
        return self.checked.macs

    @cached_property
    def valid_inputs(self) -> dict[str, Any]:
        """The inputs that the network takes, as in `cnnspec summary --format json`: `text`, `alternatives` and more."""
        from cnnspec.network.symbolic.valid_sizes import valid_sizes
        from cnnspec.network.symbolic.valid_text import as_json

        return as_json(valid_sizes(self.checked))

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """The layers in the order of execution, without what merges their values."""
        return tuple(
            Node(node.name, node.layer.keyword, node.input.sizes, node.output.sizes, node.parameters, node.macs)
            for node in self.checked.layers
        )

    def summary(
        self,
        *,
        depth: int | None = None,
        batch: int | None = None,
        dtype: str = "float32",
        columns: Sequence[str] | None = None,
        sort: str | None = None,
        reverse: bool = False,
    ) -> None:
        """Prints the table that `cnnspec summary` prints; ValueError for columns or dtypes that there are not."""
        from cnnspec.backends.summary import PLAIN, render

        layout = PLAIN._replace(columns=PLAIN.columns if columns is None else columns, sort=sort, reverse=reverse)
        print(render(self.checked, "text", depth, batch, dtype, layout))

    def build(self, device: torch.device | str | None = None, weights: str | os.PathLike[str] | None = None) -> torch.nn.Module:
        """Returns a torch module with freshly initialised weights, or with those of a safetensors file.

        The initialisation is the spec's (`init` in `train { }` and of single layers), else torch's own; seed it with
        `torch.manual_seed`. Raises ValueError where the names or shapes in the file do not fit.
        """
        with _imports("Network.build"):
            from cnnspec.backends.torch_module import build
            from cnnspec.training.weights.initialize import initialize

        model = build(self.checked)
        initialize(model, self.checked, self.checked.recipe.init if self.checked.recipe else None)
        if weights is not None:
            with _imports("Network.build"):
                from cnnspec.training.weights.weights import load_weights

            load_weights(model, Path(weights))
        return model if device is None else model.to(device)

    def generate(self) -> str:
        """Returns stand-alone PyTorch source whose class has the same `state_dict` and outputs as `build()`."""
        from cnnspec.backends.torch_source import generate

        return generate(self.checked)

    def __repr__(self) -> str:
        return f"<cnnspec.Network {self.name}: {ends(self.checked)}, {self.parameters:,} parameters>"

    def _repr_markdown_(self) -> str:
        """What notebooks show."""
        from cnnspec.backends.summary import render

        return render(self.checked, "markdown")


class Result(NamedTuple):
    """What `check` found: the networks without mistakes, and all findings."""

    networks: tuple[Network, ...]
    diagnostics: tuple[Diagnostic, ...]

    @property
    def ok(self) -> bool:
        """Whether there are no errors."""
        return not any(diagnostic.is_error for diagnostic in self.diagnostics)


def check(
    path: str | os.PathLike[str],
    *,
    input: GivenInput = None,
    network: str | None = None,
    max_layers: int = MAX_LAYERS,
    **parameters: Any,
) -> Result:
    """Returns every network and every mistake of a file; never raises on a bad spec (OSError where it cannot be read)."""
    return _result(_checked(compiler.read(Path(path)), _options(input, network, max_layers, parameters)))


def load(
    path: str | os.PathLike[str],
    *,
    input: GivenInput = None,
    network: str | None = None,
    max_layers: int = MAX_LAYERS,
    **parameters: Any,
) -> Network:
    """Returns the network of a file (by name, otherwise the last one); raises SpecError, or OSError.

    `input` replaces the declared input (`"3x32x32"` or `(3, 32, 32)`), or of several inputs those that it names
    (`{"left": "3x64x64"}`); a network of more than `max_layers` layers is refused; further names set network parameters.
    """
    return _single(_checked(compiler.read(Path(path)), _options(input, network, max_layers, parameters)))


def loads(
    text: str, *, input: GivenInput = None, network: str | None = None, max_layers: int = MAX_LAYERS, **parameters: Any
) -> Network:
    """Returns the network of a text, `.cnn` or YAML; see `load`."""
    return _single(_checked(Source("<string>", text), _options(input, network, max_layers, parameters)))


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
        raise _not_installed("train", package)

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
    return _single(compiler.check_source(checked.source, replace(again(checked), set=chosen, data=data))).checked


def _options(given: GivenInput, network: str | None, max_layers: int, parameters: dict[str, Any]) -> Options:
    if isinstance(given, Mapping):
        given = {name: _shape(shape) for name, shape in given.items()}
    elif given is not None:
        given = _shape(given)
    return Options(parameters=parameters, input=given, network=network, max_layers=max_layers)


def _shape(given: GivenShape) -> GivenShape:
    try:
        return given if isinstance(given, str) else tuple(map(operator.index, given))
    except TypeError:
        raise TypeError(f"input takes a shape such as '3x64x64' or (3, 64, 64), not {given!r}") from None


@contextmanager
def _imports(what: str) -> Iterator[None]:
    """Says what to install where an import fails for want of a package."""
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("cnnspec"):
            raise
        raise _not_installed(what, error.name) from None


def _not_installed(what: str, package: str) -> ModuleNotFoundError:
    from cnnspec.training.packages import INSTALL

    return ModuleNotFoundError(f"cnnspec.{what} needs {package}: {INSTALL}", name=package)


def _checked(source: Source | Diagnostic, options: Options) -> compiler.Result:
    """Returns what is found in a text; the fixes are those that work."""
    if isinstance(source, Diagnostic):
        return compiler.Result((), (source,))
    result = compiler.check_source(source, options)
    if not any(diagnostic.fixes for diagnostic in result.diagnostics):
        return result
    from cnnspec.backends.working_fixes import with_working_fixes

    return with_working_fixes(result, source, options)


def _result(result: compiler.Result) -> Result:
    return Result(tuple(map(Network, result.networks)), result.diagnostics)


def _single(result: compiler.Result) -> Network:
    if not result.ok:
        raise SpecError(result.diagnostics)
    return Network(result.last)
