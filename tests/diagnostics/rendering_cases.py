"""Sources and diagnostics that several tests of the renderers use."""

from typing import Any

from cnnspec.diagnostics.diagnostic import Diagnostic, Edit, Fix, Label
from cnnspec.diagnostics.render_text import render_text
from cnnspec.diagnostics.style import PLAIN, Style
from cnnspec.source import Source, Span


def marked(source: Source, text: str, until: str = "") -> Span:
    """Returns the span of the first `text`, or from there to the end of the next `until`."""
    start = source.text.index(text)
    end = start + len(text)
    return Span(source, start, source.text.index(until, end) + len(until) if until else end)


def finding(span: Span, message: str = "message", **more: Any) -> Diagnostic:
    return Diagnostic("E0300", "error", message, span, **more)


def rendered(span: Span, label: str = "", *labels: tuple[Span, str], style: Style = PLAIN, severity: str = "error") -> str:
    others = tuple(Label(*pair) for pair in labels)
    return render_text(Diagnostic("E0300", severity, "message", span, label, others), style) + "\n"


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
    fixes=(Fix("write `16*5*5`", "unsafe", (Edit(marked(LENET, "16*4*4"), "16*5*5"),)),),
)
BLOCK = Source(
    "block.cnn",
    "network N {\n    input 3x32x32\n    residual {\n        conv 6, kernel=5, padding=2\n        conv 64, kernel=1\n"
    "        batchnorm\n        relu\n        conv 6\n        dropout\n    } shortcut {\n    }\n}\n",
)
