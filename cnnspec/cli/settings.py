"""`[tool.cnnspec]` of the nearest pyproject.toml: defaults for `select`, `ignore`, `strict`, `require` and `max-layers`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.diagnostics.problem import UsageError
from cnnspec.network.definitions import MAX_LAYERS
from cnnspec.source import Source, Span

SETTINGS = ("select", "ignore", "strict", "require", "max-layers")
LISTS = {"select": '["W0601"]', "ignore": '["W0601"]', "require": '["macs <= 1e9"]'}  # settings that are lists, with examples


@dataclass(frozen=True)
class Filter:
    """Which findings count. Codes may be shortened: `W05` means all that begin so. Errors always count.

    `file` is where it stands, if not in options.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    strict: bool = False
    file: str | None = None

    def keeps(self, diagnostic: Diagnostic) -> bool:
        """Returns whether a finding is shown."""
        if diagnostic.is_error:
            return True
        if self.select and not diagnostic.code.startswith(self.select):
            return False
        return not (self.ignore and diagnostic.code.startswith(self.ignore))

    def fails(self, diagnostic: Diagnostic) -> bool:
        """Returns whether a finding makes the exit code 1."""
        return diagnostic.is_error or (self.strict and diagnostic.severity == "warning")


@dataclass(frozen=True)
class Configured:
    """What `[tool.cnnspec]` says; `require` are the places of the budgets in the file."""

    filter: Filter = Filter()
    max_layers: int = MAX_LAYERS
    require: tuple[Span, ...] = ()


def layer_limit(given: int | None) -> int:
    """Returns what `--max-layers` says, and where it is not given, what pyproject.toml says; raises UsageError."""
    return configured().max_layers if given is None else given


def finding_filter(configured: Filter, select: tuple[str, ...], ignore: tuple[str, ...], strict: bool) -> Filter:
    """Returns what the options say, and where they say nothing, what is `configured`; raises UsageError."""
    asked = Filter(tuple(_codes(select)), tuple(_codes(ignore)))
    _verify(asked)
    _verify(configured)
    return Filter(asked.select or configured.select, asked.ignore or configured.ignore, strict or configured.strict)


def _verify(chosen: Filter) -> None:
    """Raises UsageError where a code is none, or an error is to be ignored."""
    if not chosen.select and not chosen.ignore:
        return
    from cnnspec.backends.reference import codes  # only where it is needed: it reads the pages of all codes

    where = f"{chosen.file}: " if chosen.file is not None else ""
    for code in (*chosen.select, *chosen.ignore):
        if not any(known.startswith(code) for known in codes()):
            raise UsageError(where + _no_code(code, codes()))
        if code.startswith("E") and code in chosen.ignore:
            raise UsageError(f"{where}`{code}` is an error, and errors cannot be ignored")


def _no_code(code: str, known: list[str]) -> str:
    """Returns what to say of a code, or beginning of one, that is none."""
    from cnnspec.diagnostics.nearest import nearest

    guess = nearest(code, known) or nearest(code, sorted({name[:3] for name in known}))
    advice = f"; did you mean `{guess}`?" if guess else ", such as W0601 or W05; `cnnspec explain` lists them"
    return f"`{code}` is no code or beginning of one{advice}"


def _codes(values: tuple[str, ...]) -> list[str]:
    return [code.strip() for value in values for code in value.split(",") if code.strip()]


def configured() -> Configured:
    """Returns what the nearest pyproject.toml says, this folder's or one around it; raises UsageError."""
    for folder in (Path.cwd(), *Path.cwd().parents):
        path = folder / "pyproject.toml"
        if path.is_file():
            import tomllib

            try:
                text = path.read_text(encoding="utf-8")
                tools = tomllib.loads(text).get("tool", {})
            except ValueError as error:
                raise UsageError(f"{path}: {error}") from None
            return _read(Source(str(path), text), tools.get("cnnspec", {}) if isinstance(tools, dict) else {})
    return Configured()


def _read(file: Source, table: Any) -> Configured:
    """Returns the settings of `[tool.cnnspec]`; raises UsageError for those that do not exist or have a wrong type."""
    path = file.name
    if not isinstance(table, dict):
        raise UsageError(f"{path}: [tool.cnnspec] must be a table")
    for name, value in table.items():
        if name not in SETTINGS:
            raise UsageError(f"{path}: [tool.cnnspec] has no setting `{name}` (it has: {', '.join(SETTINGS)})")
        if name == "strict" and not isinstance(value, bool):
            raise UsageError(f"{path}: `strict` in [tool.cnnspec] must be true or false")
        if name == "max-layers" and not (type(value) is int and value > 0):
            raise UsageError(f"{path}: `max-layers` in [tool.cnnspec] must be a positive integer")
        if name in LISTS and not (isinstance(value, list) and all(isinstance(item, str) for item in value)):
            what = "budgets" if name == "require" else "codes"
            raise UsageError(f"{path}: `{name}` in [tool.cnnspec] must be a list of {what}, such as {LISTS[name]}")
    chosen = Filter(tuple(table.get("select", ())), tuple(table.get("ignore", ())), table.get("strict", False), path)
    required = tuple(_place(file, text) for text in table.get("require", ()))
    return Configured(chosen, table.get("max-layers", MAX_LAYERS), required)


def _place(file: Source, text: str) -> Span:
    """Returns where a text stands in a file; of one that is written with escapes, the text by itself."""
    start = file.text.find(text)
    return Span(file, start, start + len(text)) if start >= 0 else Span(Source(file.name, text), 0, len(text))
