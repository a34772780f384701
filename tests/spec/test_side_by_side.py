"""What other frameworks say to the same mistakes is what they say: the code of docs/side_by_side.md is run for its messages.

`--update-snapshots` records what they say now. PyTorch is always there; what Keras says is verified where it is installed.
"""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest
from spec_page import blocks, rewritten

PAGE = Path(__file__).parents[2] / "docs" / "side_by_side.md"
RUN = re.compile(
    r"^```python (?P<framework>\w+)\n(?P<code>.*?)^```\n\n```text (?P=framework)\n(?P<message>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
COLOUR = re.compile(r"\x1b\[[\d;]*m")
ROWS = re.compile(r"(?<=^\|---\|---\|---\|---\|\n)(?:\|.*\n)*", re.MULTILINE)


def message(framework: str, code: str) -> str:
    """Returns what a framework raises when the code runs, kind first; empty where it raises nothing.

    Colours are left out, and the list of all arguments that Keras appends.
    """
    modules = {"torch": ("torch", "torch.nn"), "keras": ("keras", "keras.layers", "numpy")}[framework]
    names = {name.rpartition(".")[2]: importlib.import_module(name) for name in modules}
    if framework == "keras":
        names["keras"].utils.clear_session()  # its messages name layers, and count them
    try:
        exec(compile(code, framework, "exec"), names)
    except Exception as error:  # every kind counts
        text = COLOUR.sub("", f"{type(error).__name__}: {error}")
        return text.partition("\n\nArguments received by")[0].strip() + "\n"
    return ""


def recorded(page: str, framework: str) -> list[str]:
    """Returns the messages on a page, in order."""
    return [run["message"] for run in RUN.finditer(page) if run["framework"] == framework]


def differing(page: str, framework: str) -> list[tuple[str, str]]:
    """Returns the messages on a page that are not what the framework says, each with what it says."""
    runs = [run for run in RUN.finditer(page) if run["framework"] == framework]
    said = [(run["message"], message(framework, run["code"])) for run in runs]
    return [(then, now) for then, now in said if then != now]


def brought_up_to_date(page: str, framework: str) -> str:
    """Returns the page with what the framework says now."""

    def run(found: re.Match[str]) -> str:
        if found["framework"] != framework:
            return found[0]
        before = found[0][: found.start("message") - found.start()]
        return before + message(framework, found["code"]) + "```"

    return RUN.sub(run, page)


def rows(page: str) -> str:
    """Returns the rows of the table: each section, and the last line of what each says there."""
    titles = re.findall(r"^## (.*)$", page, re.MULTILINE)
    own = [block.check().diagnostics[0].message for block in blocks(page)]
    columns = zip(titles, recorded(page, "torch"), recorded(page, "keras"), own, strict=True)
    return "".join("| " + " | ".join(_cell(text) for text in row) + " |\n" for row in columns)


def _cell(text: str) -> str:
    return text.splitlines()[-1].replace("|", "\\|")


@pytest.mark.parametrize("framework", ["torch", "keras"])
def test_messages_are_what_the_framework_says(framework: str, update_snapshots: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    pytest.importorskip(framework)
    if update_snapshots:
        PAGE.write_text(brought_up_to_date(PAGE.read_text(encoding="utf-8"), framework), encoding="utf-8")
    assert differing(PAGE.read_text(encoding="utf-8"), framework) == []


def test_the_table_holds_the_messages(update_snapshots: bool) -> None:
    page = PAGE.read_text(encoding="utf-8")
    if update_snapshots:
        page = rewritten(ROWS.sub(lambda found: rows(page), page))
        PAGE.write_text(page, encoding="utf-8")
    assert len(blocks(page)) == len(recorded(page, "torch")) == len(recorded(page, "keras")) == 10
    assert ROWS.findall(page) == [rows(page)]


def test_another_message_would_be_seen() -> None:
    code = "raise ValueError('sizes differ')\n"
    page = f"```python torch\n{code}```\n\n```text torch\nValueError: sizes agree\n```\n"
    assert differing(page, "torch") == [("ValueError: sizes agree\n", "ValueError: sizes differ\n")]
    assert differing(brought_up_to_date(page, "torch"), "torch") == []
    assert message("torch", "nn.ReLU()\n") == ""
