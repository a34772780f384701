"""A `.cnn` text as this project writes it: canonical layout, short spellings and, if wanted, the shape behind every layer."""

from __future__ import annotations

from functools import cache

from cnnspec.compiler import check_source
from cnnspec.diagnostics.edits import apply_edits, origin
from cnnspec.network.outcomes import missing_shapes
from cnnspec.network.problems import ShapeDiffers
from cnnspec.network.spellings import short_spellings
from cnnspec.source import Source, Span
from cnnspec.syntax.format import format_text
from cnnspec.syntax.parse import parse


def canonical(source: Source) -> str:
    """Returns the canonical text of a source without mistakes of notation (ValueError where it has some)."""

    @cache
    def checked_words() -> frozenset[Span]:
        """Returns the words of layers in a text without errors: what they assert is true."""
        result = check_source(source)
        return frozenset(node.origin.word for network in result.networks for node in network.nodes if result.ok)

    edits = short_spellings(parse(source)[0], checked_words)
    return format_text(Source(source.name, apply_edits(source.text, edits)))


def with_shapes(source: Source) -> Source:
    """Returns a text with `-> shape` behind layers, blocks and merges, where the networks in it are correct."""
    before = check_source(source)
    edits = missing_shapes(parse(source)[0], before.networks)
    after = check_source(Source(source.name, apply_edits(source.text, edits)))
    wrong = {origin(edits, finding.span.start) for finding in after.diagnostics if finding.code == ShapeDiffers.code}
    return Source(source.name, apply_edits(source.text, [edit for edit in edits if edit.span.start not in wrong]))
