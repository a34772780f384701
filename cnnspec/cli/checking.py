"""What `cnnspec check` does with each of its files: read, fix if that is asked for, check with each of the given inputs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from cnnspec.cli.options import Inputs, input_text, input_words
from cnnspec.cli.output import harmless
from cnnspec.cli.rewrite import read_original
from cnnspec.compiler import NoSuchName, Options, Result, check_source
from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.network.network import Network
from cnnspec.source import Source

if TYPE_CHECKING:
    from cnnspec.cli.files import Target
    from cnnspec.cli.fixing import Fixing
    from cnnspec.cli.rewrite import Original


@dataclass
class Checked:
    """What is found in all files together, and whether one of them could not be read."""

    diagnostics: list[Diagnostic] = field(default_factory=list)
    networks: list[Network] = field(default_factory=list)
    is_incomplete: bool = False

    @property
    def is_empty(self) -> bool:
        return not (self.diagnostics or self.networks)


@dataclass(frozen=True)
class Checking:
    """How a file is checked: with which options and inputs, which findings are kept, whether fixes are made, or shown."""

    asked: Options
    turns: Sequence[Inputs]
    keeps: Callable[[Diagnostic], bool]
    fixing: Fixing | None
    shows_fixes: bool

    def check(self, targets: Sequence[Target], stdin_name: str | None) -> Checked:
        """Returns what is found in the files; says on standard error which cannot be read.

        Raises NoSuchName where no file has the network or the parameter that is asked for.
        """
        checked = Checked()
        lacking: list[NoSuchName] = []
        for path, root in targets:
            try:
                result = self._result(read_original(path, stdin_name), root)
            except NoSuchName as error:
                lacking.append(error)
                continue
            except OSError as error:
                print(f"error: {harmless(str(path))}: {error.strerror or error}", file=sys.stderr)
                checked.is_incomplete = True
                continue
            checked.diagnostics += result.diagnostics
            checked.networks += result.networks
        if lacking and len(lacking) == len(targets):
            raise lacking[0]
        return checked

    def _result(self, original: Original, root: Path | None) -> Result:
        """Returns what is found in a file, once it is fixed if that is asked for; the fixes shown are those that work."""

        def kept_of(source: Source) -> tuple[Diagnostic, ...]:
            return tuple(filter(self.keeps, self._found(source, root).diagnostics))

        source = original.source
        if isinstance(source, Diagnostic):
            return Result((), (source,))
        if self.fixing is not None:
            source = self.fixing.fix(original, kept_of)
        result = self._found(source, root)
        kept = tuple(filter(self.keeps, result.diagnostics))
        if self.shows_fixes and any(diagnostic.fixes for diagnostic in kept):
            from cnnspec.diagnostics.fixes import with_verified_fixes

            kept = with_verified_fixes(source, kept, kept_of)
        return Result(result.networks, kept)

    def _found(self, source: Source, root: Path | None) -> Result:
        """Returns what is found in a text with each of the given inputs in turn."""
        if not self.turns:
            return check_source(source, replace(self.asked, input=None), root)
        networks: list[Network] = []
        found: dict[tuple[object, ...], tuple[Diagnostic, dict[int, Inputs]]] = {}
        for number, given in enumerate(self.turns):
            result = check_source(source, replace(self.asked, input=given), root)
            networks += result.networks
            for diagnostic in result.diagnostics:
                key = (diagnostic.code, diagnostic.span, diagnostic.message)
                found.setdefault(key, (diagnostic, {}))[1][number] = given
        everything = list(found.values())
        if len(self.turns) > 1:
            everything.sort(key=lambda item: (item[0].span.source is not source, item[0].span.start))
        return Result(tuple(networks), tuple(self._with_inputs(*item) for item in everything))

    def _with_inputs(self, diagnostic: Diagnostic, inputs: dict[int, Inputs]) -> Diagnostic:
        """Returns a finding with the inputs with which it arises, and a note that says so where there are others."""
        found = replace(diagnostic, inputs=tuple(input_text(given) for given in inputs.values()))
        if len(self.turns) == 1:
            return found
        words = ", ".join(f"`{input_words(given)}`" for given in inputs.values())
        which = "each `--input`" if len(inputs) == len(self.turns) else words
        return replace(found, notes=(*diagnostic.notes, f"with {which}"))
