"""What a walk with symbolic sizes takes for granted, and the values of the symbols for which all of it holds at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from cnnspec.values.bounds import bounds
from cnnspec.values.conditions import AllOf, AnyOf, AtLeast, Condition, Equal
from cnnspec.values.integer_sets import EVERY, IntegerSet, Open, divisors
from cnnspec.values.sizes import Product, Size, symbols_of
from cnnspec.values.solve import MAX_PERIOD, solutions

Box = Mapping[str, IntegerSet]  # for each symbol what it may be, independently of the others

MOST_BOXES = 300


@dataclass
class Assumptions:
    """Conditions, each once, with where they came from; `box` is what they leave of each symbol by itself.

    `script` are the choices to make again; `untried` the scripts of the walks that were left out so far.
    """

    max_period: int = MAX_PERIOD
    script: tuple[int, ...] = ()
    place: object = None  # what is looked at: it is kept beside the conditions that it brings
    places: dict[Condition, object] = field(default_factory=dict)
    box: dict[str, IntegerSet] = field(default_factory=dict)
    open: dict[Condition, str] = field(default_factory=dict)
    shared: list[Condition] = field(default_factory=list)  # about several symbols
    untried: list[tuple[int, ...]] = field(default_factory=list)
    chosen: tuple[int, ...] = ()

    def assume(self, condition: Condition) -> bool:
        """Notes a condition; returns whether it, and all that was noted before, can hold at once, as far as is known."""
        if condition in self.places:
            return True
        if isinstance(condition, AllOf):
            return all(map(self.assume, condition.conditions))
        names = condition.symbols
        if len(names) != 1:
            self.places[condition] = self.place
            self.shared.append(condition)
            return not _is_decidable(condition) or any(True for _ in self.boxes())
        (name,) = names
        left = self._left(condition, name)
        if left is None:
            self.places[condition] = self.place
            return True
        if not left:
            return False
        self.places[condition] = self.place
        self.box[name] = left
        return True

    def choose(self, alternatives: Sequence[Condition]) -> int:
        """Notes one of several conditions: that of the script, or the first that can hold; returns its position, or -1."""
        possible = [number for number, condition in enumerate(alternatives) if self.allows(condition)]
        if not possible:
            return -1
        step = len(self.chosen)
        if step < len(self.script):
            chosen = self.script[step]
        else:
            chosen, *others = possible
            self.untried += [(*self.chosen, other) for other in others]
        self.chosen = (*self.chosen, chosen)
        return chosen if self.assume(alternatives[chosen]) else -1

    def allows(self, condition: Condition) -> bool:
        """Returns whether a condition may hold together with what was noted, as far as that is known of each symbol."""
        names = condition.symbols
        if len(names) != 1 or condition in self.places:
            return True
        (name,) = names
        left = self._left(condition, name, keep=False)
        return left is None or bool(left)

    def _left(self, condition: Condition, name: str, *, keep: bool = True) -> IntegerSet | None:
        """Returns what a condition leaves of a symbol, None where that stays open."""
        before = self.box.get(name, EVERY)
        try:
            return before & solutions(condition, name, before.smallest, self.max_period)
        except Open as reason:
            if keep:
                self.open[condition] = str(reason)
            return None

    # all symbols together

    def boxes(self) -> Iterator[Box]:
        """Yields what the symbols may be; together these are all values for which the conditions hold that are decided."""
        decidable = [one for one in self.shared if _is_decidable(one)]
        for number, box in enumerate(self._split(dict(self.box), decidable)):
            if number == MOST_BOXES:
                self.open[decidable[0]] = "there are too many ways"
                return
            yield box

    @property
    def undecided(self) -> dict[Condition, str]:
        """Returns the conditions that are not decided, each with the reason."""
        ties = {one: "it ties sizes to each other" for one in self.shared if not _is_decidable(one) and not self._always(one)}
        return {**self.open, **ties}

    def _always(self, condition: Condition) -> bool:
        """Returns whether a condition holds for all that the symbols may be, seen from their smallest values."""
        if not isinstance(condition, AtLeast):
            return False
        smallest = min((left.smallest for left in self.box.values() if left), default=1)
        return bounds(condition.difference, smallest)[0] >= 0

    def _split(self, box: dict[str, IntegerSet], conditions: Sequence[Condition]) -> Iterator[Box]:
        if not all(box.values()):
            return
        if not conditions:
            yield box
            return
        first, *others = conditions
        for alternative in self._alternatives(first):
            narrowed = dict(box)
            try:
                for condition in alternative:
                    (name,) = condition.symbols
                    before = narrowed.get(name, EVERY)
                    narrowed[name] = before & solutions(condition, name, before.smallest if before else 1, self.max_period)
            except Open as reason:
                self.open[first] = str(reason)
                narrowed = dict(box)
            yield from self._split(narrowed, others)

    def _alternatives(self, condition: Condition) -> Iterator[tuple[Condition, ...]]:
        """Yields sets of conditions on single symbols; the condition holds where all those of one set do."""
        if isinstance(condition, AnyOf):
            yield from ((alternative,) for alternative in condition.alternatives)
            return
        assert isinstance(condition, Equal)
        separated = _separated(condition)
        assert separated is not None
        number, parts = separated
        for factors in _factorisations(number, len(parts)):
            pairs = zip(parts, factors, strict=True)
            yield tuple(Equal(part, factor) for part, factor in pairs)


def _is_decidable(condition: Condition) -> bool:
    """Returns whether a condition on several symbols comes down to conditions on single ones."""
    if isinstance(condition, AnyOf):
        return all(len(alternative.symbols) == 1 for alternative in condition.alternatives)
    return isinstance(condition, Equal) and _separated(condition) is not None


def _separated(condition: Equal) -> tuple[int, list[Size]] | None:
    """Returns N and f, g, ... of a condition f(H) * g(W) * ... = N, None for one of another form."""
    difference = condition.difference
    if not isinstance(difference, Size) or len(difference.terms) != 1:
        return None
    ((coefficient, product),) = difference.terms
    number, rest = divmod(-difference.constant, coefficient)
    if rest or number < 1:
        number = 0  # no factors: it never holds
    parts: dict[str, Product] = {}
    for factor in product:
        names = symbols_of(factor)
        if len(names) != 1:
            return None
        (name,) = names
        parts[name] = (*parts.get(name, ()), factor)
    return number, [Size(0, ((1, part),)) for part in parts.values()]


def _factorisations(number: int, parts: int) -> Iterator[tuple[int, ...]]:
    """Yields the ways to write a number as an ordered product of positive integers."""
    if number < 1:
        return
    if parts == 1:
        yield (number,)
        return
    for divisor in divisors(number):
        for rest in _factorisations(number // divisor, parts - 1):
            yield (divisor, *rest)
