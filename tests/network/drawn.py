"""Which lints a small network draws, written on one line with `;` between the statements."""

from __future__ import annotations

from cnnspec.compiler import check_source
from cnnspec.source import Source


def drawn(body: str, recipe: str = "", blocks: str = "") -> list[str]:
    """Returns the codes of the warnings about a network, in order; a mistake fails the test that asks."""
    lines = "\n".join(part.strip() for part in body.split(";"))
    train = "train {\n" + "\n".join(part.strip() for part in recipe.split(";")) + "\n}\n" if recipe else ""
    text = f"{blocks}network N(classes=10) {{\n{lines}\n}}\n{train}"
    found = check_source(Source("n.cnn", text)).diagnostics
    assert [mistake for mistake in found if mistake.is_error] == [], text
    return [warning.code for warning in found if warning.code.startswith(("W05", "W06")) and "`classes`" not in warning.message]
