"""Mistakes of meaning (codes E02xx, and the assertions of E03xx)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from cnnspec.diagnostics.diagnostic import Label
from cnnspec.diagnostics.nearest import is_spelling, nearest
from cnnspec.diagnostics.problem import Problem, StatedProblem
from cnnspec.source import Span


class Fault(Exception):
    """A problem with its place, on the way to the statement that collects diagnostics."""

    def __init__(self, problem: Problem, span: Span, labels: Iterable[Label] = ()) -> None:
        super().__init__(problem.message)
        self.problem = problem
        self.span = span
        self.labels = tuple(labels)


class UnknownWord(Problem):
    """A layer, argument, setting or name that does not exist; `known` are the ones that do."""

    kind: str
    word: str
    known: tuple[str, ...]
    where: str = ""
    elsewhere: str | None = None  # what it is called here, where another framework has this name for it
    advice: str | None = None  # what to do about it, where no single word is
    code: ClassVar[str] = "E0201"

    @property
    def message(self) -> str:
        return f"unknown {self.kind} `{self.word}`" + (f" {self.where}" if self.where else "")

    @property
    def help(self) -> str | None:
        if self.advice:
            return self.advice
        if self.elsewhere:
            return f"it is called `{self.elsewhere}` here"
        if self.replacement:
            return f"did you mean `{self.replacement}`?"
        if 0 < len(self.known) <= 16:
            return "known: " + ", ".join(f"`{name}`" for name in self.known)
        return None

    @property
    def replacement(self) -> str | None:
        return None if self.advice else self.elsewhere or nearest(self.word, self.known)

    @property
    def is_certain(self) -> bool:
        if self.advice is not None or self.replacement is None:
            return False
        return is_spelling(self.word, self.known) and is_spelling(self.word, (self.replacement,))

    @property
    def missing(self) -> tuple[str, ...] | None:
        """Returns what a file should define: the mistake may be there, not where the word is used. None for other words."""
        is_defined_in_files = self.kind in ("name", "parameter", "layer or block") and self.elsewhere is None
        return (self.kind, self.word, self.where) if is_defined_in_files else None


class UnknownLayer(UnknownWord):
    """A statement that begins with no layer; with a capital letter, with no block either."""

    blocks: tuple[str, ...] | None = None
    code: ClassVar[str] = "E0201"

    @property
    def help(self) -> str | None:
        if self.word == "return":
            return "a block gives what its last statement gives; `from x` ends it with an earlier value"
        if self.advice or self.replacement or self.blocks is None:
            return super().help or "`cnnspec layers` lists all of them"
        if not self.blocks:
            return f"define it, `block {self.word} {{ ... }}`, or import the file that does"
        if len(self.blocks) > 16:
            return "`cnnspec layers` lists all layers"
        return "blocks: " + ", ".join(f"`{name}`" for name in self.blocks)


class UnknownArgument(UnknownWord):
    """A named argument that the layer or setting does not have."""

    code: ClassVar[str] = "E0202"


class UnknownName(UnknownWord):
    """A name in an expression that stands for nothing."""

    code: ClassVar[str] = "E0206"


class UnknownSetting(UnknownWord):
    """A line of `train { }` that does not exist."""

    code: ClassVar[str] = "E0401"


class UnavailableSetting(Problem):
    """A kind that PyTorch has and a recipe cannot name."""

    setting: str
    word: str
    reason: str
    code: ClassVar[str] = "E0402"

    @property
    def message(self) -> str:
        return f"`{self.setting} {self.word}` is not available: {self.reason}"

    @property
    def help(self) -> str:
        return "write for example `optimizer adam`, or train the module that `build()` returns with a loop of your own"


class MissingArguments(Problem):
    """Required arguments that are not given: names, or what is missing in words (`a value`)."""

    owner: str
    missing: tuple[str, ...]
    example: str | None
    code: ClassVar[str] = "E0203"

    @property
    def message(self) -> str:
        needed = " and ".join(item if " " in item else f"`{item}`" for item in self.missing)
        return f"`{self.owner}` needs {needed}"

    @property
    def help(self) -> str | None:
        return f"for example `{self.example}`" if self.example else None


class TooManyArguments(Problem):
    """A positional argument without a place."""

    owner: str
    places: tuple[str, ...]
    named: tuple[str, ...] = ()
    is_block: bool = False
    reason: str | None = None
    code: ClassVar[str] = "E0204"

    @property
    def message(self) -> str:
        what = "argument" if self.is_block else "positional argument"
        if not self.places:
            return f"`{self.owner}` takes no {what}s"
        plural = "" if len(self.places) == 1 else "s"
        return f"`{self.owner}` takes at most {len(self.places)} {what}{plural}: {', '.join(self.places)}"

    @property
    def help(self) -> str | None:
        if not self.named:
            return self.reason
        named = "named arguments: " + ", ".join(f"`{name}=`" for name in self.named)
        return f"{self.reason}; {named}" if self.reason else named


class BadValue(Problem):
    """A value that breaks the constraint of its argument."""

    owner: str
    argument: str
    says: str
    shown: str
    advice: str | None = None
    code: ClassVar[str] = "E0205"

    @property
    def message(self) -> str:
        return f"`{self.argument}` of `{self.owner}` must be {self.says}, not {self.shown}"

    @property
    def help(self) -> str | None:
        return self.advice


class BadExpression(StatedProblem):
    """An operation that has no value."""

    code: ClassVar[str] = "E0207"


class GivenTwice(Problem):
    """The same argument or setting twice."""

    what: str
    name: str
    advice: str | None = None
    code: ClassVar[str] = "E0208"

    @property
    def message(self) -> str:
        return f"{self.what} `{self.name}` is given twice"

    @property
    def help(self) -> str | None:
        return self.advice


class NameTaken(Problem):
    """Two things of one name in one scope; `template` is a label that would differ in each round of a loop."""

    what: str
    name: str
    template: str | None = None
    is_constant: bool = False  # both are
    free: str | None = None  # a label that nothing has
    code: ClassVar[str] = "E0209"

    @property
    def message(self) -> str:
        return f"the name `{self.name}` is already taken by {self.what}"

    @property
    def label(self) -> str:
        return "used again here"

    @property
    def replacement(self) -> str | None:
        return self.free

    @property
    def help(self) -> str | None:
        if self.free is not None:
            return f"choose another name, such as `{self.free}`"
        if self.template is None:
            return "a constant keeps its value: choose another name" if self.is_constant else None
        return f"number it: `{self.template}`, where `as i` in the head of the loop counts the rounds"


class ReservedLabel(Problem):
    """A label that would hide an attribute of torch.nn.Module, or of any Python object."""

    name: str
    code: ClassVar[str] = "E0210"

    @property
    def message(self) -> str:
        if self.name.startswith("__"):
            return f"`{self.name}` cannot be a label: Python keeps names between double underscores for itself"
        return f"`{self.name}` cannot be a label: every PyTorch module already has an attribute of this name"

    @property
    def replacement(self) -> str:
        plain = self.name.strip("_") if self.name.startswith("__") else self.name
        return f"{plain}_"

    @property
    def help(self) -> str:
        return f"choose another one, such as `{self.replacement}`"


class ReservedName(Problem):
    """A constant or parameter called `in` or `input`, or as a word of expressions is."""

    name: str
    code: ClassVar[str] = "E0214"

    @property
    def message(self) -> str:
        meaning = {"in": "means the value that arrives", "input": "means the value that entered the body"}
        return f"`{self.name}` always {meaning.get(self.name, 'is a word of expressions')}: nothing else can be called so"


class Structure(StatedProblem):
    """A file or network that lacks a part, or has one too many."""

    code: ClassVar[str] = "E0211"


class NoValueGiven(Structure):
    """A network parameter without a default that was not set, or a symbolic size."""

    code: ClassVar[str] = "E0212"


class NoSuchSetting(Structure):
    """`--set` or `--network` with a name that the file does not have."""

    code: ClassVar[str] = "E0213"


class RankAsserted(Problem):
    """`conv2d` on a signal."""

    word: str
    rank: int
    arriving: str
    actual: int
    keyword: str
    code: ClassVar[str] = "E0314"

    @property
    def message(self) -> str:
        return f"`{self.word}` is for values with {self.rank + 1} axes, but {self.arriving} has {self.actual + 1}"

    @property
    def help(self) -> str:
        return f"write `{self.keyword}`, which takes the number of axes from the input"

    @property
    def replacement(self) -> str:
        return self.keyword


class ShapeDiffers(Problem):
    """`-> 16x5x5` where something else comes out."""

    expected: str
    actual: str
    is_repeated: bool = False  # in a loop or block, where it may be right in other rounds or calls
    code: ClassVar[str] = "E0313"

    @property
    def message(self) -> str:
        return f"expected {self.expected} here, but the shape is {self.actual}"

    @property
    def label(self) -> str:
        return f"it is {self.actual} here" if self.is_repeated else f"this should be {self.actual}"

    @property
    def replacement(self) -> str | None:
        return None if self.is_repeated else self.actual

    @property
    def help(self) -> str:
        if self.is_repeated:
            return "write sizes that hold in every call and round, or change the layers before it"
        return f"write `-> {self.actual}`, or change the layers before it"


class Shadows(Problem):
    """An inner name that hides an outer one."""

    name: str
    code: ClassVar[str] = "W0601"
    severity: ClassVar[str] = "warning"

    @property
    def message(self) -> str:
        return f"`{self.name}` hides an outer name"


class ExpectationsSkipped(Problem):
    """Assertions that describe another input."""

    count: int
    code: ClassVar[str] = "N0701"
    severity: ClassVar[str] = "note"

    @property
    def message(self) -> str:
        if self.count == 1:
            return "1 assertion `-> shape` with literal sizes is not verified: it describes the declared input"
        return f"{self.count} assertions `-> shape` with literal sizes are not verified: they describe the declared input"
