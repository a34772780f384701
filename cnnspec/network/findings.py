"""The mistakes of one walk, each once: a mistake in a block shows the first call and the first round that led to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from cnnspec.diagnostics.diagnostic import Diagnostic, Label, diagnose
from cnnspec.diagnostics.problem import Problem
from cnnspec.network.expressions import show
from cnnspec.network.network import Frame
from cnnspec.network.problems import ShapeDiffers
from cnnspec.network.same_mistake import Key, Times, shared
from cnnspec.network.scope import Callee
from cnnspec.source import Span

MOST_FRAMES = 3  # the innermost ones that are shown; the outermost is shown too
LONGEST_VALUE = 40


@dataclass
class Findings:
    """Diagnostics in the order in which they were found, one for each mistake: see `same_mistake.py`."""

    _found: dict[Key, Diagnostic] = field(default_factory=dict)
    _repeated: dict[Key, int] = field(default_factory=dict)
    _times: dict[Key, Times] = field(default_factory=dict)
    has_errors: bool = False

    def add(self, problem: Problem, span: Span, labels: Iterable[Label], frames: tuple[Frame, ...]) -> None:
        """Adds a problem; `frames` are the calls and rounds in which it was found, outermost first."""
        labels = tuple(labels)
        key, times = shared(problem, span, labels, self._found) or ((problem.code, span), None)
        if not self._again(key):
            self._put(key, diagnose(problem, span, labels=labels), frames)
            if times is not None:
                self._times[key] = times

    def put(self, diagnostic: Diagnostic, frames: tuple[Frame, ...]) -> None:
        """Adds a diagnostic, with what its frames explain."""
        key = (diagnostic.code, diagnostic.span)
        if not self._again(key):
            self._put(key, diagnostic, frames)

    def _put(self, key: Key, diagnostic: Diagnostic, frames: tuple[Frame, ...]) -> None:
        self.has_errors = self.has_errors or diagnostic.is_error
        if frames and diagnostic.is_error:
            diagnostic = replace(diagnostic, labels=(*diagnostic.labels, *map(_label, _shown(frames))))
        self._found[key] = diagnostic
        self._times[key] = _TIMES.get(frozenset(frame.kind for frame in frames), ("call or round", "calls or rounds"))
        self._repeated[key] = 0

    def extend(self, diagnostics: Iterable[Diagnostic]) -> None:
        for diagnostic in diagnostics:
            self.put(diagnostic, ())

    def blame_blocks(self, calls_of: Mapping[str, Mapping[Span, bool]]) -> None:
        """Says once where no call of a block gives the shape that is expected of it, or most of many do not: it is at fault.

        Of each block there are the places of these shapes, and whether they come out.
        """
        for block, calls in calls_of.items():
            wrong = [span for span, comes_out in calls.items() if not comes_out]
            if len(wrong) > 1 and (len(wrong) == len(calls) or (len(wrong) > 2 and 2 * len(wrong) > len(calls))):
                what = "no call of `{}` gives" if len(wrong) == len(calls) else "most calls of `{}` do not give"
                note = f"{what.format(block)} what is expected of it: {len(wrong)} of {len(calls)} differ"
                self.gather(ShapeDiffers.code, wrong, note, f"change `{block}`, or what is expected")

    def gather(self, code: str, spans: Sequence[Span], note: str, advice: str) -> None:
        """Lets the first of several diagnostics speak for all."""
        first, *others = [(code, span) for span in spans]
        found = self._found[first]
        self._found[first] = replace(found, notes=(*found.notes, note), help=advice, fixes=())
        for key in others:
            del self._found[key]

    def _again(self, key: Key) -> bool:
        if key not in self._found:
            return False
        self._repeated[key] += 1
        return True

    @property
    def diagnostics(self) -> list[Diagnostic]:
        """Returns what was found; a mistake that other calls or rounds repeat says how many do."""
        return [_with_count(found, self._repeated[key], self._times[key]) for key, found in self._found.items()]


def _with_count(diagnostic: Diagnostic, repeated: int, times: Times) -> Diagnostic:
    if not repeated or not diagnostic.is_error:
        return diagnostic
    others = f"one further {times[0]}" if repeated == 1 else f"{repeated} further {times[1]}"
    return replace(diagnostic, notes=(*diagnostic.notes, f"the same mistake comes up in {others}"))


_TIMES = {frozenset({"block"}): ("call", "calls"), frozenset({"round"}): ("round", "rounds")}


def _shown(frames: tuple[Frame, ...]) -> tuple[Frame, ...]:
    return frames if len(frames) <= MOST_FRAMES + 1 else (frames[0], *frames[-MOST_FRAMES:])


def _label(frame: Frame) -> Label:
    values = ", ".join(f"{name}={_value(value)}" for name, value in frame.values)
    what = f"`{frame.name}` is called here" if frame.kind == "block" else f"in round {frame.name}"
    return Label(frame.span, f"{what}, with {values}" if values else what)


def _value(value: object) -> str:
    text = value if isinstance(value, Callee) else show(value).strip("`")
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}..."
