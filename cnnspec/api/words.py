"""Messages in the words of Python: what the command line calls `--data digits` is `data="digits"` there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.diagnostics.problem import UsageError
from cnnspec.source import Source, Span

_BOTH = re.compile(r"with `--[a-z]+`, (?=in Python with)")
_RESUMED = re.compile(r"cnnspec train --resume ([^`]+)(?=`)")
_COMMAND = re.compile(r"cnnspec train (?=--)")
_INPUT_BY_NAME = re.compile(r"--input (\w+)[ =]([^\s:`]+)")
_SET_QUOTED = re.compile(r"--set ('[^']*')")
_SET = re.compile(r"--set ([\w.]+)(?:=((?:\[[^\]]*\]|\.\.\.|[^\s`:;,])+))?")
_LINE = re.compile(r"--data ('[^']*')")
_VALUED = re.compile(r"--(data|device|input|network|precision|weights) ([^\s`:;,()]+(?::\d+)?)")
_SWITCH = re.compile(r"--(best|compile|profile|sync-batchnorm|tensorboard)\b")
_OTHER = re.compile(r"--(data|device|epochs|input|max-layers|network|out|precision|seed|set|test-data|weights)\b")
_CONSTANTS = {"none": "None", "true": "True", "false": "False"}
_LITERAL = re.compile(r"\.\.\.|-?\d[\d.e+-]*|\[.*\]|\".*\"")


def in_python(text: str, has_data: bool = False) -> str:
    """Returns a message with the arguments of Python in the place of options of the command line.

    `has_data`: the run that it tells of goes on with data of the program only.
    """
    if "--" not in text:
        return text
    text = _BOTH.sub("", text)
    text = _RESUMED.sub(lambda found: resumed(found[1], has_data), text)
    text = _COMMAND.sub("", text)
    text = _INPUT_BY_NAME.sub(r'input={"\1": "\2"}', text)
    text = _LINE.sub(r"data=\1", text)
    text = _SET_QUOTED.sub(r"set=[\1]", text)
    text = _SET.sub(_setting, text)
    text = _VALUED.sub(lambda found: f"{found[1]}={_value(found[2])}", text)
    text = _SWITCH.sub(lambda found: f"{found[1].replace('-', '_')}=True", text)
    return _OTHER.sub(lambda found: f"{found[1].replace('-', '_')}=", text)


def resumed(path: str, has_data: bool = False) -> str:
    """Returns the call that goes on with a run."""
    return f'cnnspec.resume("{path}"{", data=..." if has_data else ""})'


def told(diagnostic: Diagnostic) -> Diagnostic:
    """Returns a finding with its message, its help and the name of its place in the words of Python."""
    return replace(
        diagnostic,
        message=in_python(diagnostic.message),
        help=None if diagnostic.help is None else in_python(diagnostic.help),
        notes=tuple(map(in_python, diagnostic.notes)),
        span=_named(diagnostic.span),
    )


@contextmanager
def python_words(has_data: bool = False) -> Iterator[None]:
    """Says in the words of Python what cannot be had, and what is noted with an error; `has_data` as for `in_python`."""
    try:
        yield
    except BaseException as error:
        if isinstance(error, UsageError):
            error.args = (in_python(str(error), has_data), *error.args[1:])
        if hasattr(error, "__notes__"):
            error.__notes__ = [in_python(note, has_data) for note in error.__notes__]
        raise


def _named(span: Span) -> Span:
    source = span.source
    return span._replace(source=Source(f"<{source.name[2:]}>", source.text)) if source.name.startswith("--") else span


def _setting(found: re.Match[str]) -> str:
    """Returns a setting of `train` as `set` takes it, a parameter of a network as `load` does, and only a name as it is."""
    name, value = found[1], found[2]
    if value is None:
        return name
    return f'set={{"{name}": {_value(value)}}}' if name.startswith("train.") else f"{name}={_value(value)}"


def _value(text: str) -> str:
    return _CONSTANTS.get(text) or (text if _LITERAL.fullmatch(text) else f'"{text}"')
