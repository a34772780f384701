"""What the author most likely has to write where the grammar does not take a token."""

from __future__ import annotations

import re
from typing import Any

from cnnspec.diagnostics.nearest import nearest
from cnnspec.syntax.indentation import CLOSES_NOTHING
from cnnspec.syntax.lexer import DEFINITION_WORDS, STRUCTURE_WORDS, Token
from cnnspec.syntax.recovery import misspelt
from cnnspec.syntax.tree import Arm, Name

_WITH_BODIES = ("network", "block", "train", "add", "concat", "multiply", "residual", "shortcut", "repeat", "for", "if")
_BODIES = "`add`, `concat`, `multiply`, `residual`, `repeat`, `for` and `if` have bodies, a layer has none"
_MERGES = {"+": "add a, b", "*": "multiply a, b"}
_COUNTED_BACKWARDS = re.compile(r"[ \t=(]*(?:from[ \t]*=)?[ \t]*-?\d")
_BEGINS_DEFINITION = re.compile(r"^[ \t]*(network|block|train)\b", re.MULTILINE)
_FOR = "`for` takes names, then `in` and the items: `for c in [64, 128] {`"


class Situation:
    """A token that does not fit, the types of those that would, and how the statement begins."""

    __slots__ = ("expected", "is_counted", "label", "token", "word")

    def __init__(self, token: Token, expected: set[str], unfinished: list[Any]) -> None:
        self.token = token
        self.expected = expected
        self.label = _label(unfinished)
        self.word = _word(unfinished)
        last = unfinished[-1] if unfinished else None
        self.is_counted = isinstance(last, Token) and last.type == "AS"  # whether it goes on behind `as`

    def begins_with(self, *kinds: str) -> bool:
        return self.word is not None and self.word.type in kinds


def advice(token: Token, expected: set[str], unfinished: list[Any]) -> str | None:
    """Returns what to write, or None; `unfinished` are the parts of the statement so far."""
    here = Situation(token, expected, unfinished)
    return _elsewhere(here) or _continuation(here) or _definition(here) or _loop(here) or _body(here) or _call(here)


def _label(unfinished: list[Any]) -> str | None:
    first = unfinished[0] if unfinished else None
    if isinstance(first, Name):
        return first.text
    return str(first.value) if isinstance(first, Token) and first.type == "LABEL" else None


def _word(unfinished: list[Any]) -> Token | None:
    """Returns the word that begins a statement, behind its label."""
    for part in unfinished:
        if isinstance(part, list) and part and isinstance(part[0], Arm):
            return Token("IF", "if", part[0].span)
        if isinstance(part, Token) and part.type not in ("LABEL", "TEXT", "COLON"):
            return part
    return None


def _elsewhere(here: Situation) -> str | None:
    """Returns how what Darknet says is said here: sections for layers, and values that are counted backwards."""
    token = here.token
    if token.value == "[" and ("WORD" in here.expected or "NETWORK" in here.expected):
        return "a layer is a statement in the body of a network, such as `conv 32, kernel=3, padding=1`"
    if token.value == "shortcut" and _COUNTED_BACKWARDS.match(token.span.source.text, token.span.end):
        return "values are added by their labels: `skip: conv 64, kernel=3` further up, and here `add skip`"
    return None


def _continuation(here: Situation) -> str | None:
    token = here.token
    if token.value == "elif":
        return "`elif` is written `else if`, behind the `}` of an `if`: `} else if condition {`"
    if token.type == "ELSE":
        return "`else` stands behind the `}` of an `if`: `} else {`"
    if token.type == "NAME":
        guess = nearest(token.value, [word for word in ("else", "shortcut") if STRUCTURE_WORDS[word] in here.expected])
        if guess is not None:
            return f"did you mean `{guess}`?"
    if token.type in ("NAME", "SHORTCUT") and token.value == "shortcut":
        return "`shortcut` stands behind the `}` of a `residual`: `} shortcut {`"
    if token.type == "NEWLINE" and here.label == "else" and here.word is None:
        return "a body stands in braces, without a colon: `} else {`"
    return None


def _definition(here: Situation) -> str | None:
    token, expected = here.token, here.expected
    if token.type == "RBRACE" and "NETWORK" in expected:
        return CLOSES_NOTHING
    if token.value in ("//", "/", "--") and ("LET" in expected or "NETWORK" in expected):
        return "a comment begins with `#`"
    if here.begins_with("IMPORT") and "STRING" in expected:
        return 'the file is named in double quotes: `import "blocks.cnn"`'
    if token.type in DEFINITION_WORDS.values() and "WORD" in expected:
        return "definitions stand side by side, not inside each other: is a `}` missing before this one?"
    if "NETWORK" in expected and (token.type in ("WORD", "LABEL", "TEXT") or token.type in STRUCTURE_WORDS.values()):
        if misspelt(token) == "LET":
            return "did you mean `let`?"
        guess = nearest(str(token.value), DEFINITION_WORDS)
        return f"did you mean `{guess}`?" if guess else "layers stand in the body of a network: `network Name { ... }`"
    return None


def _loop(here: Situation) -> str | None:
    token, expected = here.token, here.expected
    lacks_value = token.type == "LBRACE" and "LITERAL" in expected
    if lacks_value and here.begins_with("IF"):
        return "say on what it depends: `if stride != 1 {`"
    if lacks_value and here.begins_with("REPEAT"):
        return "say how often: `repeat 3 {`"
    if here.begins_with("FOR") and (lacks_value or "IN" in expected or (expected == {"NAME"} and not here.is_counted)):
        return _FOR
    if not here.begins_with("REPEAT", "FOR"):
        return None
    if expected == {"NAME"} and here.is_counted:
        return "name the counter: `repeat 3 as i {`"
    if token.type == "NAME" and token.value == "in":
        return _FOR
    if token.type == "COMMA" and "AS" in expected and here.begins_with("FOR"):
        return "the items stand in brackets: `for c in [64, 128] {`"
    if token.type == "NAME" and token.value == "times":
        return "say how often, and nothing else: `repeat 3 {`"
    if token.type == "NAME" and "AS" in expected:
        return "the counter stands behind `as`: `repeat 3 as i {`"
    return None


def _body(here: Situation) -> str | None:
    token, expected = here.token, here.expected
    if token.type == "COLON" and here.word is not None and "LBRACE" in expected:
        return f"a body stands in braces, without a colon: `{here.word.value} ... {{`"
    if token.type == "COLON" and "NEWLINE" in expected:
        return "an argument is named with `=`: `kernel=3`; a label stands before the layer: `conv1: conv 6, kernel=5`"
    if token.type == "NEWLINE" and "LBRACE" in expected and "WORD" not in expected:
        if here.begins_with("MERGE"):
            return "name what is merged, `add skip`, or open a body, `add {`"
        is_template = token.span.source.text[: token.span.start].rstrip().endswith("}")
        return "the `{` of a body has a blank before it" if is_template else "the `{` stands on this line"
    if expected == {"RBRACE"} or (token.type == "NEWLINE" and "RBRACE" in expected):
        return "only a body of one statement may stand on one line: begin the first statement on a line of its own"
    if token.type == "RBRACE" and "NEWLINE" in expected:
        return "the `}` of a body with several lines stands on a line of its own"
    return None


def _call(here: Situation) -> str | None:
    token, expected, word = here.token, here.expected, here.word
    kind = token.type
    if "COMMA" in expected and kind in ("LITERAL", "STRING", "NAME", "SIZE", "TEXT", "ARGNAME"):
        if here.begins_with("MERGE", "OUTPUT", "REQUIRE"):
            return "values are separated by commas"
        return "arguments are separated by commas, and named with `=`: `conv 64, kernel=3`"
    if kind == "ARGNAME" and "LET" in expected:
        if token.value in STRUCTURE_WORDS:
            return f"write `{token.value}` without `=`"
        if (setting := _setting(token)) is not None:
            return f"a setting stands before its value, without `=`: `{setting}`"
        return f"a constant is introduced by `let`: `let {token.value} = ...`"
    if "COLON" in expected:
        return "a label ends with a colon: `enc{i}: conv 64`"
    if kind == "ARGNAME" and "LITERAL" in expected and "ARGNAME" not in expected:
        if here.begins_with("MERGE"):
            return "values are merged along the channels, whatever their number: no axis is written, nor another argument"
        return "two values are compared by `==`"
    if here.label in STRUCTURE_WORDS and word is None and kind in ("SIZE", "LITERAL"):
        return f"write `{here.label} {token.span.text}`, without a colon"
    if here.label is not None and word is None and kind == "LABEL":
        return "a statement has one label"
    if here.label is not None and word is None and kind in ("LET", "OUTPUT", "REQUIRE"):
        return f"`{token.value}` takes no label"
    if kind == "RHOLE" and "LITERAL" in expected:
        return "a value stands between the braces: `enc{i}`"
    if kind == "COMMA" and here.begins_with("FROM", "REUSE"):
        return "only one value can go on; `add a, b` and `concat a, b` merge several"
    if word is None or word.type != "WORD":
        return None
    if kind == "OPERATOR" and "LITERAL" in expected:
        merge = _MERGES.get(token.value)
        return f"values are merged by `{merge}`" if merge else "a statement begins with a layer, and is no value itself"
    return _brace_behind_call(here, str(word.value)) if kind == "LBRACE" else None


def _setting(token: Token) -> str | None:
    """Returns the line `epochs 3` for `epochs=3` in the body of `train`, None in other bodies."""
    text = token.span.source.text
    begun = _BEGINS_DEFINITION.findall(text, 0, token.span.start)
    if not begun or begun[-1] != "train":
        return None
    line = text[token.span.start :].partition("\n")[0].partition("#")[0]
    name, _, value = line.partition("=")
    return f"{name.strip()} {value.strip(' }')}"


def _brace_behind_call(here: Situation, word: str) -> str:
    guess = nearest(word, _WITH_BODIES)
    if guess is not None:
        return f"did you mean `{guess}`?"
    return f"a label ends with a colon: `{word}: {{`" if "LITERAL" in here.expected else _BODIES
