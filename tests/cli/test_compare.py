"""`cnnspec summary --compare`: two networks side by side."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import BAD, CLEAN, WARNED, cnnspec

TWO = "network Small {\n input 4\n linear 2\n}\nnetwork Large {\n input 4\n linear 3\n}\n"


@pytest.fixture(autouse=True)
def files(folder: Path) -> None:
    old = CLEAN.replace(" -> 4x6x6", ", bias=false")
    new = old.replace("    relu\n", "    batchnorm\n    relu\n")
    texts = {"old.cnn": old, "new.cnn": new, "bad.cnn": BAD, "two.cnn": TWO}
    for name, text in texts.items():
        Path(name).write_text(text)


def test_two_files() -> None:
    done = cnnspec("summary", "old.cnn", "--compare", "new.cnn")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        "before  Net 1x8x8 -> 10  (old.cnn)",
        "after   Net 1x8x8 -> 10  (new.cnn)",
        "",
        "                  before    after  difference  ratio",
        "---------------  -------  -------  ----------  -----",
        "parameters         1,486    1,494          +8  1.005",
        "MACs               2,736    2,736",
        "weights          5.8 KiB  5.8 KiB       +32 B  1.005",
        *[line for line in done.out.splitlines() if line.startswith("activations")],
        "receptive field        8        8",
        "layers                 4        5          +1   1.25",
        "output                10       10",
        "",
        "   name  layer                         output  parameters   MACs",
        "-  ----  ----------------------------  ------  ----------  -----",
        "   0     conv 4, kernel=3, bias=false  4x6x6           36  1,296",
        "+  1     batchnorm                     4x6x6            8      -",
        "   ...   3 equal layers",
        "",
        "1 layer with parameters has another name: stored weights of the one network do not fit the other there.",
    ]


def test_settings_of_one_file() -> None:
    done = cnnspec("summary", "old.cnn", "--set", "classes=7", "--set", "width=2", "--compare", "width=4", "--format", "json")
    assert done.code == 0
    facts = done.json
    assert facts["before"]["asked"] == "old.cnn --set classes=7 --set width=2"
    assert facts["after"]["asked"] == "old.cnn --set classes=7 --set width=4"
    for side, width in (("before", 2), ("after", 4)):
        summary = cnnspec("summary", "old.cnn", "--set", "classes=7", "--set", f"width={width}", "--format", "json").json
        for key in ("input", "output", "parameters", "macs", "weight_memory", "activation_memory"):
            assert facts[side][key] == summary[key]
    assert [layer["change"] for layer in facts["layers"]] == ["changed", "changed", "changed", "changed"]
    assert facts["layers"][0]["before"]["layer"] == "conv 2, kernel=3, bias=false"
    assert facts["layers"][0]["after"]["layer"] == "conv 4, kernel=3, bias=false"
    assert facts["difference"]["parameters"] == facts["after"]["parameters"] - facts["before"]["parameters"]
    assert facts["ratio"]["macs"] == pytest.approx(facts["after"]["macs"] / facts["before"]["macs"], rel=1e-3)


def test_inputs_and_networks_are_settings_too() -> None:
    facts = cnnspec("summary", "old.cnn", "--compare", "input=1x9x9", "--format", "json").json
    assert (facts["before"]["input"], facts["after"]["input"]) == ([1, 8, 8], [1, 9, 9])
    facts = cnnspec("summary", "two.cnn", "--network", "Small", "--compare", "network=Large", "--format", "json").json
    assert (facts["before"]["name"], facts["after"]["name"]) == ("Small", "Large")
    assert facts["after"]["asked"] == "two.cnn --network Large"


def test_one_of_several_inputs_is_a_setting_too() -> None:
    text = "network Pair {\n left: input 3x8x8\n right: input 5\n from left\n global_avgpool\n flatten\n concat in, right\n}\n"
    Path("pair.cnn").write_text(text)
    done = cnnspec("summary", "pair.cnn", "--input", "left=3x9x9", "--compare", "input.right=7", "--format", "json")
    assert done.json["before"]["input"] == [[3, 9, 9], [5]]
    assert done.json["after"]["input"] == [[3, 9, 9], [7]]
    assert done.json["after"]["asked"] == "pair.cnn --input left=3x9x9 --input right=7"


def test_how_a_side_is_asked_for_can_be_given_to_a_shell() -> None:
    Path("a b.cnn").write_text("network N(act=relu) {\n input 4\n act\n}\n")
    done = cnnspec("summary", "a b.cnn", "--compare", 'act="tanh"', "--format", "json")
    assert done.json["after"]["asked"] == "'a b.cnn' --set 'act=\"tanh\"'"


def test_a_file_and_settings_of_it() -> None:
    done = cnnspec("summary", "old.cnn", "--compare", "new.cnn", "--compare", "classes=5", "--format", "json")
    assert (done.json["before"]["output"], done.json["after"]["output"]) == ([10], [5])
    done = cnnspec("summary", "old.cnn", "--set", "classes=6", "--compare", "new.cnn", "--format", "json")
    assert (done.json["before"]["output"], done.json["after"]["output"]) == ([6], [6])


def test_a_name_with_an_equals_sign_is_a_file_where_there_is_one() -> None:
    Path("width=2").write_text(CLEAN)
    assert "(width=2)" in cnnspec("summary", "old.cnn", "--compare", "width=2").out


def test_markdown() -> None:
    out = cnnspec("summary", "old.cnn", "--compare", "new.cnn", "--format", "markdown").out
    assert out.startswith("### Net and Net\n\n- before: Net 1x8x8 -> 10, old.cnn\n")
    assert "| `+` | 1    | `batchnorm`" in out
    rows = [line for line in out.splitlines() if line.startswith("|")]
    assert len({line.replace("\\|", "").count("|") for line in rows}) == 2  # five and six columns


def test_equal_networks() -> None:
    out = cnnspec("summary", "old.cnn", "--compare", "old.cnn").out
    assert out.endswith("\n\nAll layers are equal.\n")
    assert "+" not in out


def test_depth_and_batch() -> None:
    nested = "network N(n=1) {\n input 3x8x8\n f: { repeat n { conv 3, kernel=1 } }\n flatten\n}\n"
    Path("nested.cnn").write_text(nested)
    out = cnnspec("summary", "nested.cnn", "--compare", "n=2", "--depth", "1", "--batch", "8").out
    assert "~  f     1 layer   8x3x8x8" in out
    assert "2 layers" in out


@pytest.mark.parametrize("order", [("old.cnn", "bad.cnn"), ("bad.cnn", "old.cnn")])
@pytest.mark.parametrize("form", ["text", "json"])
def test_mistakes_on_either_side(order: tuple[str, str], form: str) -> None:
    done = cnnspec("summary", order[0], "--compare", order[1], "--format", form)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("error[E0202]")
    assert "= note: in `bad.cnn`" in done.err


def test_mistakes_of_both_sides_are_shown_once() -> None:
    Path("half.cnn").write_text(
        "network N(n=1) {\n input 4\n linear n\n relu\n linear 3, in_features=1\n relu\n linear 2, bias=7\n}\n"
    )
    done = cnnspec("summary", "half.cnn", "--compare", "n=2")
    assert done.code == 1
    assert done.err.count("error[") == 2
    assert done.err.count("note: in `half.cnn --set n=2`") == 1


def test_warnings_do_not_stop_a_comparison() -> None:
    Path("warned.cnn").write_text(WARNED)
    done = cnnspec("summary", "warned.cnn", "--compare", "warned.cnn")
    assert done.code == 0
    assert done.err.count("warning[W0601]") == 1


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--compare", "a.cnn", "--compare", "b.cnn"], "--compare takes one file, and `b.cnn` is another one"),
        (["--compare", "deep=2"], "old.cnn: the network has no parameter `deep` (it has: classes, width)"),
        (["--compare", "width="], None),
        (["--compare", "=3"], "--compare =3: name a file, or a setting such as depth=50"),
        (["--compare", "none.cnn"], "none.cnn: No such file or directory"),
        (["--compare", "network=None"], "old.cnn: there is no network `None` in this file (it has: Net)"),
        (["--compare", "input=0x"], None),
        (
            ["--compare", "new.cnn", "--format", "csv"],
            "--format csv is for --sweep; other tables are text, markdown or json",
        ),
        (["--compare", "new.cnn", "--sweep", "width=1"], None),
    ],
)
def test_misuse(options: list[str], complaint: str | None) -> None:
    done = cnnspec("summary", "old.cnn", *options)
    assert done.code in ((1,) if options == ["--compare", "width="] else (2,))
    if complaint is not None:
        assert done.complaint == complaint


def test_standard_input_is_one_of_two() -> None:
    done = cnnspec("summary", "-", "--compare", "width=5", stdin=Path("old.cnn").read_bytes())
    assert done.code == 0
    assert "conv 5, kernel=3" in done.out
