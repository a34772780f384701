"""Where a parameter says how many outputs there are, a wrong number is told with what to set it to."""

from __future__ import annotations

import re

import pytest

from cnnspec.compiler import Options, check_source
from cnnspec.source import Source

DIRECT = """network N(width=8, classes=COUNT) {
    input 1x8x8
    conv width, kernel=3
    flatten
    linear classes
}
train {
    data digits
}
"""
NAMED = DIRECT.replace("linear classes", "linear out_features=classes\n    relu")
COMPUTED = DIRECT.replace("linear classes", "linear classes + 1")
BLOCK = "block Head(classes) {\n    flatten\n    linear classes\n}\n"
IN_BLOCK = BLOCK + DIRECT.replace("flatten\n    linear classes", "Head 2 * COUNT")


def help_of(text: str, **options: str) -> list[str | None]:
    found = check_source(Source("n.cnn", text), Options(set=[f"{name}={value}" for name, value in options.items()]))
    return [diagnostic.help for diagnostic in found.diagnostics if diagnostic.code in ("E0411", "W0501")]


@pytest.mark.parametrize("text", [DIRECT, NAMED])
@pytest.mark.parametrize("count", [3, 12])
def test_the_parameter_is_named_and_setting_it_helps(text: str, count: int) -> None:
    (told,) = help_of(text.replace("COUNT", str(count)))
    set_to = re.match(r"`--set (\w+)=(\d+)`", told or "")
    assert set_to is not None
    assert set_to[1] == "classes"
    assert help_of(text.replace("COUNT", str(count)), classes=set_to[2]) == []


@pytest.mark.parametrize("text", [IN_BLOCK, COMPUTED])
def test_other_names_and_computed_numbers_are_not_parameters(text: str) -> None:
    assert help_of(text.replace("COUNT", "3")) == ["end the network with `linear 10`"]
