"""The examples on the pages of codes, and the options that they are checked with."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from cnnspec.backends.reference import codes
from cnnspec.compiler import Options

NOT_RUNNABLE = {
    "E0108": "a page is UTF-8 itself",
    "E0119": "the example would be larger than the limits it is about",
    "E0422": "needs a damaged data file",
    "E0423": "needs a data file",
    "E0425": "needs a data file",
    "E0427": "needs a data file",
    "E0428": "depends on the network connection",
    "E0434": "needs a damaged run folder",
    "E0437": "depends on the precision and the device",
}
WITH_EXAMPLES = [code for code in codes() if code not in NOT_RUNNABLE]
_EXAMPLE = re.compile(r"^(\w+(?: in training)?)(?: with `([^`\n]+)`)?:\n\n```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Example:
    """A block of a page: the word above it, the options it is checked with, its notation and its text."""

    heading: str
    options: Options
    notation: str
    text: str


def examples(page: str) -> list[Example]:
    """Returns the examples of a page in their order."""
    return [Example(heading, options(written), notation, text) for heading, written, notation, text in _EXAMPLE.findall(page)]


def options(written: str) -> Options:
    """Returns `--set a=1 --input 3x4x4` as options of the compiler."""
    words = shlex.split(written)
    given = list(zip(words[::2], words[1::2], strict=True))
    known = {"--set", "--input", "--network"}
    assert {name for name, _ in given} <= known
    single = dict(given)
    return Options(
        set=[value for name, value in given if name == "--set"], input=single.get("--input"), network=single.get("--network")
    )
