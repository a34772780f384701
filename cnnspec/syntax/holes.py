"""Which braces are those of templates: `{i}` in `enc{i}: conv 8`, in `{i}: conv 8`, in `concat in, {name}_1`.

The brace of a template ends on its line. Where one is attached to a name it can be nothing else; where it begins a label or a
reference, what stands behind its partner tells it from the brace of a body.
"""

from __future__ import annotations

from cnnspec.source import Source
from cnnspec.syntax.patterns import BRACE_OF_LINE, END_OF_LABEL, END_OF_LINE, REFERENCE_GOES_ON


class Holes:
    """The braces of the line that was asked about last: a line is looked through once, however many of them it has."""

    def __init__(self, source: Source, end: int) -> None:
        self.text = source.text
        self.end = end
        self.partners: dict[int, int] = {}
        self.known = range(0)  # the places for which `partners` has an answer

    def is_hole(self, position: int) -> bool:
        """Returns whether the brace at `position`, where no body can begin, is that of a template: its line goes on."""
        return END_OF_LINE.match(self.text, position + 1, self.end) is None

    def begins_label(self, position: int) -> bool:
        """Returns whether a colon ends what begins with the brace at `position`."""
        while (partner := self.partner(position)) is not None:
            following = END_OF_LABEL.match(self.text, partner + 1, self.end)
            if following is None or not following["hole"]:
                return following is not None
            position = following.end() - 1
        return False

    def begins_reference(self, position: int) -> bool:
        """Returns whether the brace at `position`, where a body may begin too, is a part of a name, or the first of several."""
        partner = self.partner(position)
        return partner is not None and REFERENCE_GOES_ON.match(self.text, partner + 1, self.end) is not None

    def partner(self, position: int) -> int | None:
        """Returns the place of the closing brace on the same line."""
        if position not in self.known:
            self.read_line(position)
        return self.partners.get(position)

    def read_line(self, position: int) -> None:
        """Finds the partners of all braces from `position` to the end of its line."""
        self.partners = {}
        opened: list[int] = []
        reached = self.end
        for match in BRACE_OF_LINE.finditer(self.text, position, self.end):
            if match[0] == "{":
                opened.append(match.start())
            elif match[0] == "}":
                if opened:
                    self.partners[opened.pop()] = match.start()
            elif match[0][0] != '"':  # a comment, or the end of the line
                reached = match.start()
                break
        self.known = range(position, reached)
