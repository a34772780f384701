"""Mistakes with blocks, loops, references, branches and imports (codes E0215 to E0229), and what is never used (W060x)."""

from __future__ import annotations

from typing import ClassVar

from cnnspec.diagnostics.problem import Problem, StatedProblem


class RecursiveBlock(Problem):
    """A block that calls itself, perhaps through others."""

    calls: tuple[str, ...]
    code: ClassVar[str] = "E0215"

    @property
    def message(self) -> str:
        if len(self.calls) == 2:
            return f"the block `{self.calls[0]}` calls itself"
        return f"the block `{self.calls[0]}` calls itself: {' -> '.join(self.calls)}"

    @property
    def help(self) -> str:
        return "a loop does the same more than once: `repeat 3 { ... }`"


class BlockShadowsLayer(Problem):
    """A block called as a layer is."""

    name: str
    keyword: str
    code: ClassVar[str] = "E0216"

    @property
    def message(self) -> str:
        return f"a block cannot be called `{self.name}`: that is the layer `{self.keyword}`"

    @property
    def help(self) -> str:
        return f"choose another name, such as `{self.name[0].upper()}{self.name[1:]}Block`"


class UnknownReference(StatedProblem):
    """A label that is not there, not yet, or not to be seen from here."""

    replacement_label: str | None = None
    nowhere: str | None = None  # a label that is at fault where it should be, however often it is named
    code: ClassVar[str] = "E0217"

    @property
    def replacement(self) -> str | None:
        return self.replacement_label


class NotReusable(StatedProblem):
    """`reuse` of what is no layer and no sequence."""

    code: ClassVar[str] = "E0218"


class BadLoop(StatedProblem):
    """A loop over something that is no list, or that never runs."""

    code: ClassVar[str] = "E0219"


class TooFewBranches(StatedProblem):
    """A merge without at least two branches."""

    code: ClassVar[str] = "E0220"


class TooManyLayers(Problem):
    """A network beyond the limit; `count` is what is known to come at least."""

    count: int
    limit: int
    code: ClassVar[str] = "E0221"

    @property
    def message(self) -> str:
        return f"this makes at least {self.count:,} layers; the limit is {self.limit:,}"

    @property
    def help(self) -> str:
        return "write a smaller number, or raise the limit with `--max-layers`"


class SharedWeightsDiffer(Problem):
    """`reuse` for an input for which the layer would need other weights."""

    layer: str
    keyword: str
    before: str
    now: str
    code: ClassVar[str] = "E0222"

    @property
    def message(self) -> str:
        return f"`{self.layer}` cannot be reused for {self.now}: its {self.keyword} was made for {self.before}"

    @property
    def help(self) -> str:
        size = "features" if self.keyword == "linear" else "channels"
        return f"reuse it for values with as many {size}, or write a layer of its own"


class BadImport(StatedProblem):
    """A file that cannot be imported."""

    code: ClassVar[str] = "E0223"


class NotCallable(StatedProblem):
    """A statement whose first word is a name of something that is no layer and no block."""

    code: ClassVar[str] = "E0224"


class BudgetMissed(Problem):
    """`require macs <= 300e6` for a network that needs more; `facts` are what it has of each quantity."""

    budget: str
    facts: tuple[str, ...]
    code: ClassVar[str] = "E0225"

    @property
    def message(self) -> str:
        return f"`{self.budget}` does not hold: {' and '.join(self.facts)}"


class Unused(Problem):
    """Something that is introduced and never used."""

    name: str
    what: ClassVar[str]
    severity: ClassVar[str] = "warning"

    @property
    def message(self) -> str:
        return f"the {self.what} `{self.name}` is never used"


class UnusedBlock(Unused):
    """A block that nothing calls."""

    what: ClassVar[str] = "block"
    code: ClassVar[str] = "W0602"


class UnusedParameter(Unused):
    """A parameter that its block or network does not mention."""

    what: ClassVar[str] = "parameter"
    code: ClassVar[str] = "W0603"


class UnusedConstant(Unused):
    """A `let` that nothing mentions."""

    what: ClassVar[str] = "constant"
    code: ClassVar[str] = "W0604"


class MergedWithItself(Problem):
    """`x: tanh`, and then `add x`: the value that arrives is what `x` names."""

    name: str
    word: str
    code: ClassVar[str] = "W0606"
    severity: ClassVar[str] = "warning"

    @property
    def message(self) -> str:
        return f"`{self.name}` is the value that arrives, so this `{self.word}` merges it with itself"

    @property
    def help(self) -> str:
        return f"name another value; where this is meant, write `{self.word} in, {self.name}`"


class UnusedResult(Problem):
    """A layer or input whose value goes nowhere."""

    name: str
    is_input: bool = False
    code: ClassVar[str] = "W0605"
    severity: ClassVar[str] = "warning"

    @property
    def message(self) -> str:
        return f"nothing uses the input `{self.name}`" if self.is_input else f"nothing uses what comes out of `{self.name}`"

    @property
    def help(self) -> str:
        if self.is_input:
            return f"go on from it with `from {self.name}`, merge it, or remove it"
        return "merge it, name it in `output`, or remove the layer"
