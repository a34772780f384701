"""Which brackets of a text belong together, whatever the statements around them look like.

Asked only after a mistake. The text is looked through once, so that a file of nothing but mistakes still takes linear time.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence

MAX_DISTANCE = 2000  # characters: what closes a bracket farther away belongs to something else

_CLOSERS = {"(": ")", "[": "]", "hole": "}"}
_MARK = re.compile(r'(?P<hole>(?:(?<=[\w}(\[,=.])|(?<=[,=][ ]))\{)|[()\[\]{}]|"(?:[^"\\\n]|\\.)*"|\#[^\n]*')


class Partners:
    """The brackets of a text, in order, and for each place behind one the bracket that closes what is open there."""

    def __init__(self, text: str) -> None:
        self.text = text
        found = [match for match in _MARK.finditer(text) if match[0][0] not in '"#']
        self.places = [match.start() for match in found]
        self.kinds = ["hole" if match["hole"] else match[0] for match in found]
        self.closing = self._closing()

    def _closing(self) -> list[int]:
        """Returns for each bracket the number of the first one, itself included, that is the partner of none behind it.

        It is the number of brackets where the brace of a body, or a bracket of another kind, comes before.
        """
        none = len(self.kinds)
        closing = [none] * (none + 1)
        for number in range(none - 1, -1, -1):
            kind = self.kinds[number]
            if kind in ")]}":
                closing[number] = number
            elif kind != "{" and self._closes(closing[number + 1], kind, self.places[number]):
                closing[number] = closing[closing[number + 1] + 1]
        return closing

    def _closes(self, number: int, opener: str, position: int) -> bool:
        """Returns whether a bracket closes what was opened at or before `position`; a template ends on its line."""
        if number == len(self.kinds) or self.kinds[number] != _CLOSERS[opener]:
            return False
        return opener != "hole" or self.text.find("\n", position, self.places[number]) < 0

    def close(self, openers: Sequence[str], position: int) -> bool:
        """Returns whether these open brackets, `{` being that of a template, have their partners soon behind `position`."""
        number = bisect_left(self.places, position)
        for opener in reversed(openers):
            number = self.closing[number]
            if not self._closes(number, "hole" if opener == "{" else opener, position):
                return False
            number += 1
        return not openers or self.places[number - 1] - position <= MAX_DISTANCE
