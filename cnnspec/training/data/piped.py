"""What came through standard input, in the place of a file."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import BinaryIO

_ARRAY = b"\x93NUMPY"  # how a .npy file begins


@dataclass(frozen=True)
class Piped:
    """The bytes, and what messages call them."""

    content: bytes
    name: str = "<stdin>"
    stem: str = "stdin"

    @property
    def suffix(self) -> str:
        """Returns the ending that a file of this content would have: `.npy` for an array, none for the rest."""
        return ".npy" if self.content.startswith(_ARRAY) else ""

    def open(self, mode: str = "rb") -> BinaryIO:
        """Returns the content as a file."""
        return io.BytesIO(self.content)

    def __str__(self) -> str:
        return self.name
