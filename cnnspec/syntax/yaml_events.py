"""YAML text to nodes, by way of PyYAML's event stream. The only file that imports yaml.

Events come one after the other, so depth and size are bounded while reading; PyYAML's constructors, which know types
that a spec has no use for, are never called. The C loader is used where PyYAML has it; both give the same nodes.
"""

from __future__ import annotations

import re
from typing import TypeAlias

import yaml

from cnnspec.source import Source, Span
from cnnspec.syntax.yaml_broken import describe
from cnnspec.syntax.yaml_builder import Builder, Mistakes
from cnnspec.syntax.yaml_nodes import Unreadable
from cnnspec.syntax.yaml_problems import AnchorUsed, BrokenYaml, SeveralDocuments, TagUsed

_Loader: TypeAlias = "type[yaml.SafeLoader] | type[yaml.CSafeLoader]"

LOADER: _Loader = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
_TAG = re.compile(r"(?:&\S+\s+)?!\S*")
_UNACCEPTABLE = re.compile("[^\\t\\n\\r\\x20-\\x7e\\x85\\xa0-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")


def read_events(source: Source, builder: Builder, mistakes: Mistakes, loader: _Loader = LOADER) -> bool:
    """Feeds the YAML document of a text to the builder; returns False where a mistake of notation, reported, broke it off."""
    base = 1 if source.text.startswith("\ufeff") else 0  # the loaders disagree on whether a mark counts it
    bad = _UNACCEPTABLE.search(source.text, base)
    if bad is not None:
        fact = f"the character U+{ord(bad[0]):04X} cannot stand in YAML"
        mistakes.report(
            BrokenYaml(fact, advice=r'write it as an escape in double quotes, such as "\x07"'), Span(source, *bad.span())
        )
        return False
    reader = _Reader(source, base, builder, mistakes)
    try:
        for event in yaml.parse(source.text[base:], Loader=loader):
            if not reader.take(event):
                break
        return True
    except yaml.MarkedYAMLError as error:
        context = None if error.context_mark is None else base + error.context_mark.index
        place = context or 0 if error.problem_mark is None else base + error.problem_mark.index
        problem, span, labels = describe(source, str(error.problem), place, context)
        mistakes.report(problem, span, labels)
    except (ValueError, OverflowError):  # the pure Python loader on `"\UFFFFFFFF"` or on a huge version number
        fact = "YAML cannot read on from here: a number in an escape or directive is too large"
        mistakes.report(BrokenYaml(fact), Span(source, reader.end, min(reader.end + 1, len(source.text))))
    builder.break_off()
    return False


class _Reader:
    """Translates PyYAML's events, whose marks count code points behind a byte order mark."""

    def __init__(self, source: Source, base: int, builder: Builder, mistakes: Mistakes) -> None:
        self.source = source
        self.base = base
        self.builder = builder
        self.mistakes = mistakes
        self.end = base
        self.documents = 0

    def take(self, event: yaml.Event) -> bool:
        """Passes one event on; returns False where reading ends."""
        assert event.start_mark is not None
        assert event.end_mark is not None
        start = self.base + event.start_mark.index
        self.end = self.base + event.end_mark.index
        span = Span(self.source, start, self.end)
        if isinstance(event, yaml.ScalarEvent):
            if event.style in ("|", ">"):  # one loader counts the lines behind it as a part
                span = Span(self.source, start, start + len(span.text.rstrip()))
            elif start == self.end:  # nothing: right behind its `:` or `-`
                while start > self.base and self.source.text[start - 1] in " \t\r\n":
                    start -= 1
                span = Span(self.source, start, start)
            if self.is_plain_data(event, span):
                self.builder.scalar(event.value, span, quoted=event.style not in (None, ""))
            else:
                self.builder.put(Unreadable(span))
        elif isinstance(event, yaml.CollectionStartEvent):
            self.is_plain_data(event, span)
            self.builder.enter(span, is_mapping=isinstance(event, yaml.MappingStartEvent), flow=bool(event.flow_style))
        elif isinstance(event, yaml.CollectionEndEvent):
            self.builder.leave(self.end if self.builder.open[-1].flow else None)
        elif isinstance(event, yaml.AliasEvent):
            self.mistakes.report(AnchorUsed(alias=True), span)
            self.builder.put(Unreadable(span))
        elif isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                self.mistakes.report(SeveralDocuments(), span)
                return False
        return True

    def is_plain_data(self, event: yaml.NodeEvent, span: Span) -> bool:
        """Reports an anchor or a tag; returns whether there is none."""
        if event.anchor is not None:
            written = Span(self.source, span.start, span.start + 1 + len(event.anchor))
            self.mistakes.report(AnchorUsed(alias=False), written)
        tag = getattr(event, "tag", None)
        if tag is not None:
            found = _TAG.match(self.source.text, span.start)
            shown = Span(self.source, *found.span()) if found is not None else span
            self.mistakes.report(TagUsed(shown.text), shown)
        return event.anchor is None and tag is None


def commented_lines(source: Source) -> int:
    """Returns how many lines of a YAML or JSON text without mistakes have a comment: a `#` outside of its scalars."""
    text, end = source.text, 0
    lines: set[int] = set()
    try:
        for token in yaml.scan(text, Loader=LOADER):
            if isinstance(token, (yaml.ScalarToken, yaml.StreamEndToken)):
                start = token.start_mark.index
                lines |= {text.count("\n", 0, place) for place in range(end, start) if text[place] == "#"}
                end = start + len(text[start : token.end_mark.index].rstrip())
    except yaml.YAMLError:  # JSON that PyYAML does not take for YAML, because of its tabs; it has no comments
        return 0
    return len(lines)
