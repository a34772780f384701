"""What is said about one file. No torch is needed to read it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from cnnspec.training.data.places import File

Measure: TypeAlias = Literal["probability", "score", "share"]


@dataclass(frozen=True)
class Answer:
    """A class by number and name. `score` is its probability, or its output where outputs are no probabilities, or the share
    of the positions that are of this class."""

    index: int
    name: str
    score: float
    measure: Measure


@dataclass(frozen=True)
class Prediction:
    """What the network says about one file: the likeliest or most frequent classes, or, of a regression, `values`.

    `resized_from` is height and width of an image that had another size than the network takes. `shares` are those of all
    classes, in their order, where each position has one; `mask` is the file that the classes of the positions are written to.
    `labels` are all that a sample may have, in their order, where it may have several.
    """

    source: File
    answers: tuple[Answer, ...]
    values: tuple[float, ...]
    resized_from: tuple[int, int] | None
    shares: tuple[Answer, ...] = ()
    mask: Path | None = None
    labels: tuple[Answer, ...] = ()


@dataclass(frozen=True)
class Unreadable:
    """A file that is no image, does not fit, or holds numbers that nothing can be said about."""

    source: File
    reason: str


Result: TypeAlias = Prediction | Unreadable
