"""From the word in a file to the layer kind, without importing families that the file does not use.

`index.py` is generated from the declarations by `generate_index.py`; a test keeps it in step.
"""

from __future__ import annotations

import importlib
from functools import cache
from typing import NamedTuple

from cnnspec.layers.base import Layer
from cnnspec.layers.index import FAMILIES, SPELLINGS


class Word(NamedTuple):
    """What a layer word in a file means: a kind, and the number of spatial axes that the spelling asserts."""

    kind: type[Layer]
    rank: int | None


def known_words() -> list[str]:
    """Returns all keywords, for suggestions; other spellings are accepted but not offered."""
    return list(FAMILIES)


@cache
def lookup(word: str) -> Word | None:
    """Returns what `word` means, None where no layer is called so."""
    keyword, rank = SPELLINGS.get(word, (word, None))
    if keyword not in FAMILIES:
        return None
    family, name = FAMILIES[keyword]
    return Word(getattr(importlib.import_module(f"cnnspec.layers.{family}"), name), rank)


def all_kinds() -> list[type[Layer]]:
    """Returns every layer kind, by family and in order of declaration. Imports all families."""
    return [lookup(keyword).kind for keyword in FAMILIES]  # type: ignore[union-attr]
