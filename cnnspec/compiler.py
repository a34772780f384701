"""The one file that knows the order of the steps: text, tree, networks. Every step adds to one list of diagnostics."""

from __future__ import annotations

import gc
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cnnspec.diagnostics.diagnostic import Diagnostic, diagnose
from cnnspec.diagnostics.nearest import nearest
from cnnspec.diagnostics.problem import UsageError
from cnnspec.network.definitions import NoSuchName, networks
from cnnspec.network.graph_problems import BadImport
from cnnspec.network.imports import Opened
from cnnspec.network.network import Network
from cnnspec.network.outside import BadOption, Options, outside
from cnnspec.source import Source, Span
from cnnspec.syntax.ignore import silence
from cnnspec.syntax.parse import parse
from cnnspec.syntax.problems import NotText
from cnnspec.syntax.tree import Document

__all__ = ["BadOption", "NoSuchName", "Options", "Result", "check_file", "check_source", "read"]

AS_WRITTEN = Options()  # nothing is decided outside the file
YAML_ENDINGS = (".yaml", ".yml", ".json")
MOST_NAMES = 12  # of files that a message lists
CALLS = 4000  # of Python, one in the other
SPEC_ENDINGS = (".cnn", *YAML_ENDINGS)
_BEGINS_AS_YAML = re.compile(
    r"(?:\s|#[^\n]*\n)*(?:[\[{]|---|(?:- *)?(?:import|let|blocks?|network|params|input|layers|train) *:)"
)


@dataclass(frozen=True)
class Result:
    """The networks without mistakes, and everything found."""

    networks: tuple[Network, ...]
    diagnostics: tuple[Diagnostic, ...]

    @property
    def ok(self) -> bool:
        """Returns whether there are no errors; warnings do not count."""
        return not any(diagnostic.is_error for diagnostic in self.diagnostics)

    @property
    def last(self) -> Network:
        """Returns the network that commands take which work on one; raises UsageError where there is none."""
        if not self.networks:
            raise UsageError("there is no network in this file: it only has blocks and constants, for other files to import")
        return self.networks[-1]


def read(path: Path) -> Source | Diagnostic:
    """Returns the text of a file, or the diagnostic for one that is not UTF-8; raises OSError where it cannot be read."""
    return decode(path.read_bytes(), str(path))


def decode(data: bytes, name: str) -> Source | Diagnostic:
    """Returns UTF-8 bytes as a source, a byte order mark removed, or the diagnostic for what is not UTF-8."""
    try:
        return Source(name, data.decode("utf-8").removeprefix("\ufeff"))
    except UnicodeDecodeError as error:
        valid = data[: error.start].decode("utf-8").removeprefix("\ufeff")
        source = Source(name, valid + "\ufffd")
        return diagnose(NotText(error.start, data[error.start]), Span(source, len(valid), len(valid) + 1))


def check_file(path: Path, options: Options = AS_WRITTEN) -> Result:
    """Returns what `check_source` finds in a file; raises OSError, NoSuchName, BadOption."""
    source = read(path)
    return Result((), (source,)) if isinstance(source, Diagnostic) else check_source(source, options)


def check_source(source: Source, options: Options = AS_WRITTEN, root: Path | None = None) -> Result:
    """Returns the networks and the mistakes of one text; raises NoSuchName and BadOption for options that do not fit.

    The notation follows from the ending of the source's name (`.yaml`, `.yml`, `.json`, `.cnn`); where it has none of them, as
    standard input has not, from the text. Imports are read from `root` and below; None is the folder of the source.
    """
    decided = outside(options)
    with _no_collections(), _deep_calls():
        document, unreadable = read_tree(source)
        readable = document.definitions or not unreadable
        found, mistakes = networks(document, decided, Folder(root or Path(source.name).parent)) if readable else ([], [])
    everything = silence(_translated(source, unreadable + mistakes), source, in_full=bool(found) and _decides_nothing(options))
    diagnostics = sorted(everything, key=lambda item: (item.span.source is not source, item.span.start))
    return Result(() if unreadable else tuple(found), tuple(diagnostics))


def in_its_words(found: list[Diagnostic], source: Source) -> list[Diagnostic]:
    """Returns what was found in a file, or in what it trains on, with lines and arguments of `train` in its notation."""
    if not found or not is_yaml(source):
        return found
    from cnnspec.network.remedies.notation import in_own_notation  # files without findings do without

    return [in_own_notation(finding, source) for finding in found]


def _translated(source: Source, found: list[Diagnostic]) -> list[Diagnostic]:
    """Returns what was found in words of the file's notation, with what is meant by statements of another framework."""
    if is_yaml(source):
        return in_its_words(found, source)
    if not any(mistake.is_error for mistake in found):
        return found
    from cnnspec.network.remedies.translation import translated  # files without mistakes do without

    return translated(source, found)


def _decides_nothing(options: Options) -> bool:
    """Returns whether a file is checked as it is written, and all of it."""
    return not (options.set or options.parameters or options.input or options.data or options.network)


def read_tree(source: Source) -> tuple[Document, list[Diagnostic]]:
    """Returns the tree of a text in the notation that its name, or the text itself, says, and the mistakes in it."""
    if is_yaml(source):
        from cnnspec.syntax.yaml import parse_yaml  # yaml is slow to import and most files do not need it

        return parse_yaml(source)
    return parse(source)


def is_yaml(source: Source) -> bool:
    """Returns whether a text is in the YAML or JSON notation: no `.cnn` file begins with a key or a bracket."""
    name = source.name.lower()
    return name.endswith(YAML_ENDINGS) or (not name.endswith(".cnn") and _BEGINS_AS_YAML.match(source.text) is not None)


@dataclass(frozen=True)
class Folder:
    """The files that a spec may import: those in a folder and below, whatever way a path takes there."""

    root: Path

    def key(self, source: Source) -> str:
        """Returns the file of a source as an absolute path."""
        return os.path.realpath(source.name)

    def open(self, path: str, importer: Source) -> Opened:
        """Returns the file that `importer` calls `path`, relative to its own folder; raises BadImport."""
        if not path or "\0" in path:
            raise BadImport("this is no name of a file", 'write `import "blocks.cnn"`')
        target = Path(importer.name).parent / path
        if Path(path).is_absolute() or not Path(os.path.realpath(target)).is_relative_to(os.path.realpath(self.root)):
            raise BadImport(
                f"`{path}` is outside of the folder that imports are read from", _how_inside(path, target, self.root)
            )
        try:
            if not target.is_file() and target.exists() and not target.is_dir():
                raise BadImport(f"`{path}` is no file, but a pipe or a device", "name a file")  # which might never end
            source = read(target)
        except IsADirectoryError:
            raise BadImport(f"`{path}` is a folder", "name a file in it") from None
        except FileNotFoundError:
            raise BadImport(f"there is no file `{path}`", _instead(path, target, importer)) from None
        except OSError as error:
            raise BadImport(f"`{path}` cannot be read: {error.strerror or error}") from None
        if isinstance(source, Diagnostic):
            raise BadImport(f"`{path}` cannot be read: {source.message}")
        return Opened(self.key(source), *read_tree(source))


def _how_inside(path: str, target: Path, root: Path) -> str:
    """Returns the advice for a file outside of the folder: which folder to check, so that the file is inside."""
    where = "imports are read from " + ("this folder" if root == Path() else f"the folder `{root.as_posix()}`") + " and below"
    if Path(path).is_absolute():
        return f"{where}, by paths that begin at the file that imports"
    inside = os.path.realpath(root)
    outside = os.path.commonpath([os.path.realpath(target.parent), inside])
    folder = os.path.normpath(root / os.path.relpath(outside, inside))
    if os.path.realpath(folder) != outside:  # the way up is another one than the way down, which is a link
        folder = outside
    return f"{where}; `cnnspec check {Path(folder).as_posix()}` checks that folder as a whole"


def _instead(path: str, target: Path, importer: Source) -> str | None:
    """Returns the advice for a file that is not there: the nearest name, or what there is."""
    if not target.parent.is_dir():
        return f"there is no folder `{Path(path).parent.as_posix()}` beside this file"
    names = [name for name in _names(target.parent) if name != Path(importer.name).name]
    guess = nearest(target.name, names)
    if guess:
        return f"did you mean `{(Path(path).parent / guess).as_posix()}`?"
    return "there is: " + ", ".join(f"`{name}`" for name in names) if 0 < len(names) <= MOST_NAMES else None


def _names(folder: Path) -> list[str]:
    try:
        return sorted(path.name for path in folder.iterdir() if path.suffix in SPEC_ENDINGS)
    except OSError:
        return []


@contextmanager
def _deep_calls() -> Iterator[None]:
    """Lets trees be walked that are as deep as the parser and the elaboration allow them to be."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, CALLS))
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)


@contextmanager
def _no_collections() -> Iterator[None]:
    """Pauses the cyclic garbage collector: a tree of many small objects is built, none of which is garbage yet."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
