"""`[tool.cnnspec]` of the nearest pyproject.toml: defaults for `select`, `ignore`, `strict` and `max-layers`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.diagnostics.problem import UsageError
from cnnspec.network.definitions import MAX_LAYERS

SETTINGS = ("select", "ignore", "strict", "max-layers")


@dataclass(frozen=True)
class Filter:
    """Which findings count. Codes may be shortened: `W05` means all that begin so. Errors always count."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    strict: bool = False

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
    """What `[tool.cnnspec]` says."""

    filter: Filter = Filter()
    max_layers: int = MAX_LAYERS


def layer_limit(given: int | None) -> int:
    """Returns what `--max-layers` says, and where it is not given, what pyproject.toml says; raises UsageError."""
    return configured().max_layers if given is None else given


def finding_filter(configured: Filter, select: tuple[str, ...], ignore: tuple[str, ...], strict: bool) -> Filter:
    """Returns what the options say, and where they say nothing, what is `configured`; raises UsageError."""
    chosen = Filter(
        tuple(_codes(select)) or configured.select,
        tuple(_codes(ignore)) or configured.ignore,
        strict or configured.strict,
    )
    if not chosen.select and not chosen.ignore:
        return chosen
    from cnnspec.backends.reference import codes  # only where it is needed: it reads the pages of all codes

    for code in (*chosen.select, *chosen.ignore):
        if not any(known.startswith(code) for known in codes()):
            raise UsageError(_no_code(code, codes()))
        if code.startswith("E") and code in chosen.ignore:
            raise UsageError(f"`{code}` is an error, and errors cannot be ignored")
    return chosen


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
                tools = tomllib.loads(path.read_text(encoding="utf-8")).get("tool", {})
            except ValueError as error:
                raise UsageError(f"{path}: {error}") from None
            return _read(path, tools.get("cnnspec", {}) if isinstance(tools, dict) else {})
    return Configured()


def _read(path: Path, table: Any) -> Configured:
    """Returns the settings of `[tool.cnnspec]`; raises UsageError for those that do not exist or have a wrong type."""
    if not isinstance(table, dict):
        raise UsageError(f"{path}: [tool.cnnspec] must be a table")
    for name, value in table.items():
        if name not in SETTINGS:
            raise UsageError(f"{path}: [tool.cnnspec] has no setting `{name}` (it has: {', '.join(SETTINGS)})")
        if name == "strict" and not isinstance(value, bool):
            raise UsageError(f"{path}: `strict` in [tool.cnnspec] must be true or false")
        if name == "max-layers" and not (type(value) is int and value > 0):
            raise UsageError(f"{path}: `max-layers` in [tool.cnnspec] must be a positive integer")
        if name in ("select", "ignore") and not (isinstance(value, list) and all(isinstance(item, str) for item in value)):
            raise UsageError(f'{path}: `{name}` in [tool.cnnspec] must be a list of codes, such as ["W0601"]')
    chosen = Filter(tuple(table.get("select", ())), tuple(table.get("ignore", ())), table.get("strict", False))
    return Configured(chosen, table.get("max-layers", MAX_LAYERS))
