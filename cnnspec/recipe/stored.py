"""A recipe as JSON and back: what `settings.json` of a run folder holds, every default written out.

Data that was handed over in Python is left out: nothing could read it again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnnspec.declarations.declaration import Declaration, Kind, Refused, validated
from cnnspec.recipe.data_given import Given
from cnnspec.recipe.recipe import REPEATED, SETTINGS, Recipe


def to_json(recipe: Recipe) -> dict[str, Any]:
    """Returns plain values: `{"optimizer": {"kind": "sgd", "lr": 0.9, ...}, "batch": 256, ...}`."""
    return {name: _plain(getattr(recipe, name)) for name in SETTINGS}


def from_json(stored: Mapping[str, Any]) -> Recipe:
    """Returns the recipe that `to_json` described; raises ValueError for anything else, with its place."""
    unknown = stored.keys() - SETTINGS.keys()
    if unknown:
        raise ValueError(f"unknown settings: {', '.join(sorted(unknown))}")
    return _made(Recipe, {name: _setting(name, value) for name, value in stored.items()})


def _plain(value: Any) -> Any:
    if isinstance(value, Given):
        return None  # no file holds it
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return {"kind": value.keyword, **value.model_dump(mode="json")} if isinstance(value, Declaration) else value


def _setting(name: str, value: Any) -> Any:
    if name in REPEATED and isinstance(value, list):
        return tuple(_line(name, item) for item in value)
    return _line(name, value)


def _line(name: str, value: Any) -> Any:
    table = SETTINGS[name]
    if table is None or value is None:
        return value
    kind = table.get(str(value.get("kind"))) if isinstance(value, dict) else None
    if kind is None:
        raise ValueError(f"unknown kind of `{name}`: {value!r}")
    # Not as JSON: pydantic reads none with the names of files that are no UTF-8.
    return _made(kind, {key: _tupled(item) for key, item in value.items() if key != "kind"}, f"{name}.")


def _made(kind: type[Kind], values: dict[str, Any], place: str = "") -> Kind:
    try:
        return validated(kind, values)
    except Refused as error:
        raise ValueError(f"`{place}{error.field}`: {error.reason[:1].lower()}{error.reason[1:]}") from None


def _tupled(value: Any) -> Any:
    """Returns lists as the tuples that they were, which strict validation wants."""
    return tuple(map(_tupled, value)) if isinstance(value, list) else value
