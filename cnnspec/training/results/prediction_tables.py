"""Predictions as tables and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cnnspec.backends.tables import Table
from cnnspec.training.results.predictions import Answer, Prediction, Unreadable
from cnnspec.training.run_folder.metrics import known


def prediction_table(predictions: Sequence[Prediction]) -> Table:
    """Returns one line for each file: the likeliest or most frequent class, and what comes after; all labels; or numbers."""
    if any(entry.labels for entry in predictions):
        return Table(("image", "labels", "probabilities"), (False, False, False), tuple(map(_label_cells, predictions)))
    if any(entry.values for entry in predictions):
        rows = tuple((str(entry.source), "  ".join(f"{value:.6g}" for value in entry.values)) for entry in predictions)
        return Table(("image", "output"), (False, False), rows)
    measure = predictions[0].answers[0].measure
    return Table(("image", "class", measure, "then"), (False, False, True, False), tuple(map(_cells, predictions)))


def prediction_json(entry: Prediction) -> dict[str, Any]:
    """Returns one prediction as values."""
    found: dict[str, Any] = {"file": str(entry.source), "resized_from": entry.resized_from and list(entry.resized_from)}
    if entry.values:
        return {**found, "values": list(map(known, entry.values))}
    if entry.labels:
        named = ({"label": label.name, "index": label.index, "probability": known(label.score)} for label in entry.labels)
        return {**found, "labels": list(named)}
    answers = list(map(_json, entry.answers))
    found |= {**answers[0], "top": answers}
    if entry.shares:
        found |= {"shares": list(map(_json, entry.shares)), "mask": None if entry.mask is None else str(entry.mask)}
    return found


def unreadable_json(entry: Unreadable) -> dict[str, str]:
    """Returns a file that could not be used, as values."""
    return {"file": str(entry.source), "message": entry.reason}


def resized_note(predictions: Sequence[Prediction], taken: str) -> str | None:
    """Returns what was done to images of other sizes, None where there were none."""
    others = [entry for entry in predictions if entry.resized_from is not None]
    if not others:
        return None
    height, width = others[0].resized_from or (0, 0)
    what = "image is" if len(others) == 1 else "images are"
    example = f"{others[0].source} was {height}x{width}"
    return f"{len(others)} {what} resized to {taken} (bilinear, not cropped; {example})"


def _cells(entry: Prediction) -> tuple[str, ...]:
    best, *others = entry.answers
    then = ", ".join(f"{answer.name} {_measure(answer)}" for answer in others if answer.score or answer.measure != "share")
    return (str(entry.source), best.name, _measure(best), then)


def _label_cells(entry: Prediction) -> tuple[str, ...]:
    """Returns a file, the labels that are more likely than not, and how likely each of them is."""
    given = ", ".join(label.name for label in entry.labels if label.score > 0.5)
    return str(entry.source), given or "none", ", ".join(f"{label.name} {_measure(label)}" for label in entry.labels)


def _measure(answer: Answer) -> str:
    return f"{answer.score:.4g}" if answer.measure == "score" else f"{100 * answer.score:.1f} %"


def _json(answer: Answer) -> dict[str, Any]:
    return {
        "class": answer.name,
        "index": answer.index,
        answer.measure: known(answer.score),
    }
