"""The definitions of a file and of those that it imports, in the order of the text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from cnnspec.diagnostics.diagnostic import Diagnostic, diagnose
from cnnspec.network.graph_problems import BadImport
from cnnspec.source import Source
from cnnspec.syntax import tree


class Opened(NamedTuple):
    """Another file: what tells it from all others, its tree, and the mistakes of notation in it."""

    key: str
    document: tree.Document
    mistakes: list[Diagnostic]


class Library(Protocol):
    """Finds files; the only thing here that knows of a file system."""

    def key(self, source: Source) -> str:
        """Returns what tells the file of a source from all others."""

    def open(self, path: str, importer: Source) -> Opened:
        """Returns the file that `importer` calls `path`; raises BadImport."""


@dataclass
class Imports:
    """Reads imports, each file once; `sources` are the files read, `incomplete` says that some definitions are missing."""

    library: Library
    diagnostics: list[Diagnostic]
    sources: list[Source] = field(default_factory=list)
    incomplete: bool = False
    _read: set[str] = field(default_factory=set)

    def definitions(self, document: tree.Document) -> Iterator[tree.Definition]:
        """Yields the definitions of a file, with the constants and blocks of its imports in their places."""
        return self._definitions(document, (self.library.key(document.source),))

    def _definitions(self, document: tree.Document, chain: tuple[str, ...]) -> Iterator[tree.Definition]:
        for definition in document.definitions:
            if not isinstance(definition, tree.Import):
                yield definition
                continue
            try:
                yield from self._imported(definition, document.source, chain)
            except BadImport as problem:
                self.incomplete = True
                self.diagnostics.append(diagnose(problem, definition.path.span))

    def _imported(self, statement: tree.Import, importer: Source, chain: tuple[str, ...]) -> Iterator[tree.Definition]:
        opened = self.library.open(str(statement.path.value), importer)
        if opened.key in chain:
            raise _cycle((*chain[chain.index(opened.key) :], opened.key))
        if opened.key in self._read:
            return
        self._read.add(opened.key)
        self.sources.append(opened.document.source)
        self.diagnostics += opened.mistakes
        self.incomplete = self.incomplete or bool(opened.mistakes)
        for definition in self._definitions(opened.document, (*chain, opened.key)):
            if not isinstance(definition, tree.TrainDefinition):
                yield definition


def _cycle(keys: tuple[str, ...]) -> BadImport:
    if len(keys) == 2:
        return BadImport("this file imports itself", "remove the import: a file sees its own definitions anyway")
    names = " -> ".join(key.replace("\\", "/").rsplit("/", 1)[-1] for key in keys)
    return BadImport(f"these files import each other: {names}", "move what both need to a third file")
