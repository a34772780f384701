"""The text renderer: the example of the design, and the layouts that occur, each written by hand."""

from textwrap import dedent

from cnnspec.diagnostics.diagnostic import Diagnostic, Label
from cnnspec.diagnostics.render_concise import render_concise
from cnnspec.diagnostics.render_text import render_text
from cnnspec.diagnostics.style import Style
from cnnspec.source import Source, Span


def marked(source: Source, text: str, until: str = "") -> Span:
    """Returns the span of the first `text`, or from there to the end of the next `until`."""
    start = source.text.index(text)
    end = start + len(text)
    return Span(source, start, source.text.index(until, end) + len(until) if until else end)


def rendered(
    span: Span, label: str = "", *labels: tuple[Span, str], style: Style | None = None, severity: str = "error"
) -> str:
    others = tuple(Label(*pair) for pair in labels)
    diagnostic = Diagnostic("E0300", severity, "message", span, label, others)
    return render_text(diagnostic, style or Style()) + "\n"


def layout(text: str) -> str:
    return dedent(text).lstrip("\n")


LENET = Source("lenet.cnn", "\n" * 10 + "    flatten\n    linear 120, in_features=16*4*4\n")
TRANSCRIPT = Diagnostic(
    code="E0301",
    severity="error",
    message="`linear` expects 256 input features, but 400 arrive",
    span=marked(LENET, "in_features=16*4*4"),
    label="declares 256",
    labels=(Label(marked(LENET, "flatten"), "this produces 400 = 16*5*5"),),
    notes=("1x28x28 -> conv 6x28x28 -> avgpool 6x14x14 -> conv 16x10x10 -> avgpool 16x5x5",),
    help="write `in_features=16*5*5`, or leave `in_features` out and it is inferred",
)
BLOCK = Source(
    "block.cnn",
    "network N {\n    input 3x32x32\n    residual {\n        conv 6, kernel=5, padding=2\n        conv 64, kernel=1\n"
    "        batchnorm\n        relu\n        conv 6\n        dropout\n    } shortcut {\n    }\n}\n",
)


def test_the_example_of_the_design() -> None:
    expected = """
    error[E0301]: `linear` expects 256 input features, but 400 arrive
      --> lenet.cnn:12:17
       |
    11 |     flatten
       |     ------- this produces 400 = 16*5*5
    12 |     linear 120, in_features=16*4*4
       |                 ^^^^^^^^^^^^^^^^^^ declares 256
       = note: 1x28x28 -> conv 6x28x28 -> avgpool 6x14x14 -> conv 16x10x10 -> avgpool 16x5x5
       = help: write `in_features=16*5*5`, or leave `in_features` out and it is inferred
    """
    assert render_text(TRANSCRIPT) + "\n" == layout(expected)


def test_concise() -> None:
    assert render_concise(TRANSCRIPT) == "lenet.cnn:12:17: E0301 `linear` expects 256 input features, but 400 arrive"
