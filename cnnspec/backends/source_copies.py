"""cnnspec's own modules as source to be copied, and the imports that a file needs. Reads files; imports no torch."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from itertools import groupby
from typing import NamedTuple


class Import(NamedTuple):
    """`from module import name as alias`, or `import module as alias` where `name` is None."""

    module: str
    name: str | None = None
    alias: str | None = None

    @property
    def binds(self) -> str:
        """Returns the name that the import gives to the file."""
        return self.alias or self.name or self.module.split(".")[0]


@dataclass(frozen=True)
class Copy:
    """The source of one class, and the imports of its file that it uses."""

    source: str
    imports: frozenset[Import]


def copies(names: Iterable[str]) -> dict[str, Copy]:
    """Returns the classes with these names in `backends/modules`, by name and in alphabetical order; raises LookupError."""
    wanted = sorted(set(names))
    found = dict(_find(set(wanted))) if wanted else {}
    missing = [name for name in wanted if name not in found]
    if missing:
        raise LookupError(f"backends/modules has no class {', '.join(missing)}")
    return {name: found[name] for name in wanted}


def _find(wanted: set[str]) -> Iterator[tuple[str, Copy]]:
    folder = files("cnnspec.backends") / "modules"
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if not file.name.endswith(".py"):
            continue
        text = file.read_text(encoding="utf-8")
        tree = ast.parse(text)
        for statement in tree.body:
            if isinstance(statement, ast.ClassDef) and statement.name in wanted:
                yield statement.name, copy_of(statement, text, tree)


def copy_of(definition: ast.ClassDef, text: str, tree: ast.Module) -> Copy:
    """Returns the class with those imports of its file that bind a name it uses."""
    first = min([definition.lineno, *(decorator.lineno for decorator in definition.decorator_list)])
    lines = text.splitlines()[first - 1 : definition.end_lineno]
    used = {node.id for node in ast.walk(definition) if isinstance(node, ast.Name)}
    return Copy("\n".join(lines), frozenset(item for item in _imports(tree) if item.binds in used))


def _imports(tree: ast.Module) -> Iterator[Import]:
    for statement in tree.body:
        if isinstance(statement, ast.Import):
            yield from (Import(item.name, None, item.asname) for item in statement.names)
        elif isinstance(statement, ast.ImportFrom) and statement.module is not None and statement.module != "__future__":
            yield from (Import(statement.module, item.name, item.asname) for item in statement.names)


def import_lines(imports: Iterable[Import]) -> list[str]:
    """Returns import statements in the order of ruff's isort rules: the standard library, a blank line, the others."""
    ordered = sorted(imports, key=lambda item: (not _is_standard(item), item.name is not None, item.module, _name_order(item)))
    lines: list[str] = []
    for _, section in groupby(ordered, key=_is_standard):
        if lines:
            lines.append("")
        for (module, is_from, alone), group in groupby(
            section, key=lambda item: (item.module, item.name is not None, item.alias)
        ):
            members = list(group)
            if is_from:
                lines.append(f"from {module} import {', '.join(_renamed(item.name or '', item.alias) for item in members)}")
            else:
                lines.append(f"import {_renamed(module, alone)}")
    return lines


def _renamed(name: str, alias: str | None) -> str:
    return f"{name} as {alias}" if alias else name


def _is_standard(item: Import) -> bool:
    return item.module.split(".")[0] in sys.stdlib_module_names


def _name_order(item: Import) -> tuple[int, str]:
    """Returns the place among the names of one module: constants, classes, then the rest."""
    name = item.name or ""
    return (0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2, name)
