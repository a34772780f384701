"""What the numbers of an output are, as far as the layers before it say: what losses of probabilities ask for."""

from __future__ import annotations

from typing import NamedTuple

from cnnspec.values.ranges import ALL, PROBABILITIES, Range


class LogAxes(NamedTuple):
    """The axis that a `log_softmax` goes along, and the one along which the classes stand there."""

    taken: int
    of_classes: int


class Ending(NamedTuple):
    """The end of a network. `last` is the layer that computes the numbers; None for an input.

    `activation` is the last layer that by itself keeps them in their `range`; None where none does, or several do it together.
    `log_axes` are those of the `log_softmax` whose numbers come out, picked and otherwise as they were; None without one.
    """

    last: str | None
    range: Range = ALL
    activation: str | None = None
    log_axes: LogAxes | None = None

    @property
    def are_probabilities(self) -> bool:
        """Returns whether all numbers lie from 0 to 1."""
        return PROBABILITIES.covers(self.range)

    @property
    def are_logarithms(self) -> bool:
        """Returns whether they are logarithms of probabilities of the classes."""
        return self.log_axes is not None and self.log_axes.taken == self.log_axes.of_classes
