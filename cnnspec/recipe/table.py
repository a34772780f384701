"""The kinds of one setting by keyword. Only the file of a kind that is asked for is imported, which makes a start shorter."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from typing import Any, Generic, TypeVar

from cnnspec.declarations.declaration import Declaration

Kind = TypeVar("Kind", bound=Declaration)


class Table(Mapping[str, type[Kind]], Generic[Kind]):
    """Finds a kind by its keyword; `places` names the modules of this package and the keywords that each declares."""

    def __init__(self, places: Mapping[str, tuple[str, ...]]) -> None:
        self._modules = {keyword: module for module, keywords in places.items() for keyword in keywords}

    def __getitem__(self, keyword: str) -> type[Kind]:
        declared = vars(importlib.import_module(f"cnnspec.recipe.{self._modules[keyword]}")).values()
        kind: type[Kind] = next(kind for kind in declared if _keyword(kind) == keyword)
        return kind

    def __contains__(self, keyword: object) -> bool:
        return keyword in self._modules

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __len__(self) -> int:
        return len(self._modules)


def _keyword(declared: Any) -> str | None:
    """Returns the keyword of what a module declares, None for what is no kind."""
    is_kind = isinstance(declared, type) and issubclass(declared, Declaration)
    return getattr(declared, "keyword", None) if is_kind else None
