"""`[tool.cnnspec]` of the nearest pyproject.toml: defaults for `select`, `ignore` and `strict`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.diagnostics.problem import UsageError


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


def finding_filter(select: tuple[str, ...], ignore: tuple[str, ...], strict: bool) -> Filter:
    """Returns what the options say, and where they say nothing, what pyproject.toml says; raises UsageError."""
    configured = _configured()
    chosen = Filter(
        tuple(_codes(select)) or _strings(configured, "select"),
        tuple(_codes(ignore)) or _strings(configured, "ignore"),
        strict or configured.get("strict") is True,
    )
    for code in (*chosen.select, *chosen.ignore):
        if not code[:1].isupper() or code[:1] not in "EWN" or not (code[1:].isdigit() or not code[1:]):
            raise UsageError(f"`{code}` is no code or beginning of one, such as W0601 or W05")
        if code.startswith("E") and code in chosen.ignore:
            raise UsageError(f"`{code}` is an error, and errors cannot be ignored")
    return chosen


def _codes(values: tuple[str, ...]) -> list[str]:
    return [code.strip() for value in values for code in value.split(",") if code.strip()]


def _strings(table: dict[str, Any], name: str) -> tuple[str, ...]:
    value = table.get(name, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise UsageError(f"pyproject.toml: `{name}` in [tool.cnnspec] must be a list of codes")
    return tuple(value)


def _configured() -> dict[str, Any]:
    for folder in (Path.cwd(), *Path.cwd().parents):
        path = folder / "pyproject.toml"
        if path.is_file():
            text = path.read_bytes()
            if b"cnnspec" not in text:
                return {}  # most projects have no settings for us, and need not wait for a parser of theirs
            import tomllib

            try:
                table = tomllib.loads(text.decode("utf-8")).get("tool", {}).get("cnnspec", {})
            except ValueError as error:
                raise UsageError(f"{path}: {error}") from None
            return dict(table) if isinstance(table, dict) else {}
    return {}
