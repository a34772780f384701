"""Lints about batch normalization."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from cnnspec.diagnostics.diagnostic import Diagnostic, Fix, Label, diagnose
from cnnspec.network.analyses.learned import keeps_statistics
from cnnspec.network.lints.facts import Facts
from cnnspec.network.lints.lint import LayerLint
from cnnspec.network.network import Node
from cnnspec.network.written import off, switched_off, turned_off

if TYPE_CHECKING:
    from cnnspec.layers.convolution import Conv
    from cnnspec.layers.regularization import Dropout


class UselessBias(LayerLint):
    """A bias that the batch normalization behind it takes away again."""

    keyword: str
    remedy: str
    code: ClassVar[str] = "W0510"
    keywords: ClassVar[tuple[str, ...]] = ("conv", "conv_transpose", "linear")
    in_all_uses: ClassVar[bool] = True

    @property
    def message(self) -> str:
        return f"the bias of this `{self.keyword}` has no effect: the `batchnorm` behind it subtracts the mean of each channel"

    @property
    def help(self) -> str:
        return f"write `{self.remedy}`; `batchnorm` has a bias of its own"

    @classmethod
    def holds(cls, node: Node, value: int, facts: Facts) -> bool:
        if not cast("Conv", node.layer).bias:
            return False
        behind = facts.only_taker(value)
        if behind is None or behind.keyword != "batchnorm":
            return False
        if node.keyword == "linear" and node.output.rank > 1:
            return False  # its bias goes along the last axis, the statistics along the first
        return not facts.is_reused(node)

    @classmethod
    def explain(cls, node: Node, value: int, facts: Facts) -> Diagnostic:
        behind = facts.only_taker(value)
        assert behind is not None
        given = node.origin.arguments.get("bias")
        labels = [Label(behind.origin.word, "subtracts the mean")]
        problem = cls(node.keyword, off(node.origin, "bias"))
        return diagnose(problem, given or node.origin.word, labels=labels, fixes=_without_bias(node, problem.remedy))


def _without_bias(node: Node, remedy: str) -> tuple[Fix, ...]:
    """Returns the fix, where there is a simple one; unsafe, since weights that are stored have the bias."""
    # anything but a flag is an expression, which may be false in other calls
    edit = (turned_off if "bias" in node.origin.arguments else switched_off)(node.origin, "bias")
    return (Fix(f"write `{remedy}`", "unsafe", (edit,)),) if edit is not None else ()


class DropoutBeforeBatchNorm(LayerLint):
    """Zeros at random, and statistics of what is left (Li et al., 2019, arXiv:1801.05134)."""

    dropout: str
    code: ClassVar[str] = "W0512"
    keywords: ClassVar[tuple[str, ...]] = ("batchnorm",)
    in_all_uses: ClassVar[bool] = True

    @property
    def message(self) -> str:
        return f"`batchnorm` learns a variance that `{self.dropout}` changes in training only, and uses it in evaluation"

    @property
    def help(self) -> str:
        return f"move `{self.dropout}` behind `batchnorm` and the activation"

    @classmethod
    def holds(cls, node: Node, value: int, facts: Facts) -> bool:
        before = facts.maker(node.inputs[0])
        if before is None or before.keyword not in ("dropout", "channel_dropout"):
            return False
        return isinstance(before, Node) and cast("Dropout", before.layer).p > 0

    @classmethod
    def explain(cls, node: Node, value: int, facts: Facts) -> Diagnostic:
        before = facts.maker(node.inputs[0])
        assert before is not None
        return diagnose(cls(before.keyword), node.origin.word, labels=[Label(before.origin.word, "changes the variance")])


class SingleValue(LayerLint):
    """Statistics of one number: its deviation is 0, and so is what comes out."""

    keyword: str
    code: ClassVar[str] = "W0517"
    keywords: ClassVar[tuple[str, ...]] = ("batchnorm", "groupnorm")

    @property
    def message(self) -> str:
        if self.keyword == "groupnorm":
            return "`groupnorm` has a single value in each group, of which only zeros can come"
        return "`batchnorm` has a single value in each channel: one position, and batches of one sample"

    @property
    def help(self) -> str:
        if self.keyword == "groupnorm":
            return "write fewer groups, such as `groupnorm 1`"
        return "train with a larger `batch`, or write `layernorm` or `groupnorm 1`, which look at each sample by itself"

    @classmethod
    def holds(cls, node: Node, value: int, facts: Facts) -> bool:
        if node.keyword == "groupnorm":
            return node.layer.has_single_values(node.input)
        recipe = facts.recipe
        if recipe is None or recipe.batch != 1 or keeps_statistics(node, recipe.freeze):
            return False
        return node.layer.has_single_values(node.input)

    @classmethod
    def explain(cls, node: Node, value: int, facts: Facts) -> Diagnostic:
        batch = facts.network.recipe_spans.get("batch") if node.keyword == "batchnorm" else None
        labels = [Label(batch, "one sample")] if batch is not None else []
        return diagnose(cls(node.keyword), node.origin.word, labels=labels)
