"""From files and texts to networks, or to all that is wrong with them."""

from __future__ import annotations

import operator
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from cnnspec import compiler
from cnnspec.api.network import Network
from cnnspec.api.words import python_words, told
from cnnspec.compiler import Options
from cnnspec.diagnostics.diagnostic import Diagnostic, diagnose
from cnnspec.network.definitions import MAX_LAYERS
from cnnspec.network.network import Network as CheckedNetwork
from cnnspec.network.outside import GivenShape, again
from cnnspec.network.problems import Structure
from cnnspec.source import Source, Span

GivenInput = GivenShape | Mapping[str, GivenShape] | None


class SpecError(Exception):
    """A spec with mistakes; the text is what `cnnspec check` prints, in Python's words, `diagnostics` are the findings."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        from cnnspec.diagnostics.render_text import render_text

        diagnostics = tuple(map(told, diagnostics))
        errors = [diagnostic for diagnostic in diagnostics if diagnostic.is_error]
        super().__init__("\n\n".join(render_text(diagnostic) for diagnostic in errors))
        self.diagnostics = diagnostics

    def __reduce__(self) -> tuple[Any, ...]:
        """An exception is pickled with its text, but made from its findings."""
        return type(self), (self.diagnostics,)


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
    source = compiler.read(Path(path))
    return single(_checked(source, _options(input, network, max_layers, parameters)), source)


def loads(
    text: str, *, input: GivenInput = None, network: str | None = None, max_layers: int = MAX_LAYERS, **parameters: Any
) -> Network:
    """Returns the network of a text, `.cnn` or YAML; see `load`."""
    source = Source("<string>", text)
    return single(_checked(source, _options(input, network, max_layers, parameters)), source)


def single(result: compiler.Result, source: Source | Diagnostic) -> Network:
    """Returns the last network of a file without mistakes; raises SpecError, also where there is none."""
    if not result.ok:
        raise SpecError(result.diagnostics)
    if not result.networks and isinstance(source, Source):
        text = "there is no network in this file: it only has blocks and constants, for other files to import"
        advice = "load a file that imports it, or write `network Name { input 1x28x28 ... }`"
        raise SpecError([diagnose(Structure(text, advice), Span(source, 0, min(1, len(source.text))))])
    return Network(result.last)


def checked_again(checked: CheckedNetwork, **decided: Any) -> CheckedNetwork:
    """Returns a network as it comes out of its file with other options; raises as `single` does."""
    return single(_checked(checked.source, replace(again(checked), **decided)), checked.source).checked


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


def _checked(source: Source | Diagnostic, options: Options) -> compiler.Result:
    """Returns what is found in a text; the fixes are those that work."""
    if isinstance(source, Diagnostic):
        return compiler.Result((), (source,))
    with python_words():
        result = compiler.check_source(source, options)
    if not any(diagnostic.fixes for diagnostic in result.diagnostics):
        return result
    from cnnspec.backends.working_fixes import with_working_fixes

    return with_working_fixes(result, source, options)


def _result(result: compiler.Result) -> Result:
    return Result(tuple(map(Network, result.networks)), tuple(map(told, result.diagnostics)))
