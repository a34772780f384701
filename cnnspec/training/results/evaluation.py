"""What came of an evaluation, for people and programs. No torch is needed to read it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from cnnspec.backends.numbers import number
from cnnspec.backends.tables import Table
from cnnspec.recipe.value_problems import counted_samples
from cnnspec.training.run_folder.metrics import known

if TYPE_CHECKING:
    from cnnspec.training.results.scores import ClassScores, LabelScores, NumberScores

WIDEST_MATRIX = 20  # classes, up to which all confusions are shown
CONFUSIONS = 10  # of more classes, how many are


@dataclass(frozen=True)
class Evaluation:
    """What came out: `measure` names `value`, the accuracy (`acc`) or the root of the mean squared error (`rmse`).

    `classes` is about each class (None for a regression, or for too many classes), `labels` about each label where samples have
    several, `numbers` about the errors of a regression. `different` says how a run's own data is no longer what it was trained
    with. `whole` is how many samples other data has, of which a share was taken that nobody asked for.
    """

    data: str
    part: str
    samples: int
    loss: float
    measure: str
    value: float
    classes: ClassScores | None = None
    numbers: NumberScores | None = None
    labels: LabelScores | None = None
    different: str | None = None
    whole: int | None = None

    def __str__(self) -> str:
        return self.line()

    def line(self) -> str:
        """Returns `loss 0.040, test acc 0.983 (digits, 359 samples)`."""
        scores = f"loss {self.loss:.3f}, {self.part} {self.measure} {self.value:.3f}"
        return f"{scores} ({self.data}, {counted_samples(self.samples)})"

    def notes(self) -> list[str]:
        """Returns what keeps the score from being that of the data that somebody may think of."""
        notes = [] if self.different is None else [self.different]
        if self.whole is not None:
            taken = f"{self.samples:,} of its {counted_samples(self.whole)}"
            notes.append(f"of `{self.data}` the test part is taken, {taken}: write `test=0` behind it to take all")
        return notes

    def more_lines(self) -> list[str]:
        """Returns what one line has no room for, without the tables."""
        if self.classes is not None and self.classes.top5 is not None:
            return [f"{self.part} top-5 acc {self.classes.top5:.3f}"]
        if self.labels is not None:
            if self.labels.per_pixel or len(self.labels.each()) == 1:
                return []
            return [f"{self.part} samples with all {len(self.labels.each()):,} labels right {self.labels.exact:.3f}"]
        if self.numbers is None:
            return []
        r2 = "" if self.numbers.r2 is None else f", R2 {self.numbers.r2:.4f}"
        return [f"mean absolute error {self.numbers.mae:.6g}, root mean squared error {self.numbers.rmse:.6g}{r2}"]

    def as_json(self) -> dict[str, Any]:
        """Returns everything as values."""
        found: dict[str, Any] = {
            "data": self.data,
            "part": self.part,
            "samples": self.samples,
            "loss": known(self.loss),
            self.measure: known(self.value),
            "different": self.different,
            "whole": self.whole,
        }
        if self.numbers is not None:
            found |= {name: known(value) for name, value in asdict(self.numbers).items()}
        if self.labels is not None:
            found |= {"exact": self.labels.exact, "labels": [asdict(score) for score in self.labels.each()]}
        if self.classes is not None:
            found |= {
                "top5": self.classes.top5,
                "classes": [asdict(score) for score in self.classes.each()],
                "confusion": self.classes.matrix.tolist(),
            }
        return found


def class_table(scores: ClassScores | LabelScores, what: str = "class") -> Table:
    """Returns a line for each class or label (`what`), and the means over those that come up."""
    unit = "pixels" if scores.per_pixel else "samples"
    head: tuple[str, ...] = (what, unit, "precision", "recall", "F1", *(("IoU",) if scores.per_pixel else ()))
    each = scores.each()
    columns = [[score.precision, score.recall, score.f1, score.iou][: len(head) - 2] for score in each]
    rows: list[tuple[str, ...]] = [
        (score.name, number(score.samples), *map(_share, column)) for score, column in zip(each, columns, strict=True)
    ]
    # As scikit-learn counts: a class that never comes up, neither true nor taken for it, has no part in the means; one that
    # does has 0 where nothing is taken for it, or nothing is it.
    known = [[value or 0.0 for value in column] for column, score in zip(columns, each, strict=True) if score.f1 is not None]
    means = [_mean(list(column)) for column in zip(*known, strict=True)] or [None] * len(columns[0])
    total: tuple[str, ...] = ("mean", number(sum(score.samples for score in each)), *map(_share, means))
    return Table(head, (False, *[True] * (len(head) - 1)), (*rows, total))


def confusion_table(scores: ClassScores) -> Table:
    """Returns the matrix, or of many classes the most frequent mistakes."""
    if len(scores.names) > WIDEST_MATRIX:
        worst = tuple((true, taken, number(count)) for true, taken, count in scores.confusions(CONFUSIONS))
        return Table(("true class", "taken for", "times"), (False, False, True), worst)
    rows = tuple(
        (name, *(number(count) if count else "-" for count in counts))
        for name, counts in zip(scores.names, scores.matrix.tolist(), strict=True)
    )
    return Table(("true class", *scores.names), (False, *[True] * len(scores.names)), rows)


def _mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
