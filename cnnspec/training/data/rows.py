"""Samples that lie below one another in an array, each in the place of a file of its own."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

if TYPE_CHECKING:
    from cnnspec.training.data.places import File


@dataclass(frozen=True, eq=False)
class Row:
    """One of the samples of an array [N, ...], which a file holds and which need not be in memory."""

    file: File
    samples: np.ndarray
    index: int
    suffix: str = ".npy"

    @property
    def stem(self) -> str:
        return f"{self.file.stem}-{self.index}"

    def open(self, mode: str = "rb") -> BinaryIO:
        """Returns the sample as a file."""
        content = io.BytesIO()
        np.save(content, self.samples[self.index])
        content.seek(0)
        return content

    def __str__(self) -> str:
        return f"{self.file}[{self.index}]"
