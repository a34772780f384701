"""`cnnspec check`: what it reads, what it finds, and what it says by its exit code."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from command_line import BAD, CLEAN, MISFIT, RECIPE, WARNED, YAML, cnnspec

from cnnspec.recipe.recipe import SETTINGS

COMPOSE = "networks:\n  web: {}\nservices:\n  layers: {network: web}\n"


def write(name: str, text: str | bytes) -> str:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return name


def test_a_clean_file() -> None:
    done = cnnspec("check", write("net.cnn", CLEAN))
    assert done == (0, "net.cnn: Net 1x8x8 -> 10, 1,490 parameters, 2,736 MACs\nNo mistakes found.\n", "")


def test_findings() -> None:
    done = cnnspec("check", write("net.cnn", BAD))
    assert done.code == 1
    assert "error[E0202]: unknown argument `kernl` of `conv`\n --> net.cnn:3:13\n" in done.out
    assert done.out.endswith("\n1 error\n")
    assert done.err == ""


def test_warnings_are_findings_only_if_strict() -> None:
    file = write("net.cnn", WARNED)
    done = cnnspec("check", file)
    assert done.code == 0
    assert done.out.startswith("warning[W0601]")
    assert done.out.endswith("\n1 warning\n")
    assert cnnspec("check", file, "--strict").code == 1
    assert cnnspec("check", write("clean.cnn", CLEAN), "--strict").code == 0


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        (["--ignore", "W0601"], False),
        (["--ignore", "W06"], False),
        (["--ignore", "W05,W06"], False),
        (["--ignore", "W05"], True),
        (["--select", "W05"], False),
        (["--select", "W05", "--select", "W0601"], True),
        (["--select", "W", "--ignore", "W0601"], False),
    ],
)
def test_warnings_are_chosen_by_their_codes(options: list[str], shown: bool) -> None:
    file = write("net.cnn", WARNED)
    done = cnnspec("check", "--strict", *options, file)
    assert ("W0601" in done.out) == shown
    assert done.code == int(shown)


def test_errors_are_shown_whatever_is_selected() -> None:
    assert cnnspec("check", "--select", "W05", write("net.cnn", BAD)).code == 1


@pytest.mark.parametrize("option", ["--select", "--ignore"])
@pytest.mark.parametrize(
    ("code", "guess"), [("foo", None), ("6", None), ("W9999", None), ("w0601", "W0601"), ("W06x", "W06"), ("E301", "E0301")]
)
def test_a_code_that_is_none(option: str, code: str, guess: str | None) -> None:
    done = cnnspec("check", option, code, write("net.cnn", CLEAN))
    assert done.code == 2
    advice = f"; did you mean `{guess}`?" if guess else ", such as W0601 or W05; `cnnspec explain` lists them"
    assert done.complaint == f"`{code}` is no code or beginning of one{advice}"


def test_errors_cannot_be_ignored() -> None:
    assert cnnspec("check", "--ignore", "E0301", write("net.cnn", CLEAN)).code == 2


# Files


def test_a_missing_file() -> None:
    done = cnnspec("check", "missing.cnn")
    assert done.code == 2
    assert done.complaint == "missing.cnn: No such file or directory"


def test_the_other_files_are_checked_beside_a_missing_one() -> None:
    done = cnnspec("check", write("a.cnn", BAD), "missing.cnn", write("b.cnn", CLEAN))
    assert done.code == 2
    assert "E0202" in done.out
    assert "b.cnn: Net" in done.out
    assert done.err == "error: missing.cnn: No such file or directory\n"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission() -> None:
    Path(write("net.cnn", CLEAN)).chmod(0)
    done = cnnspec("check", "net.cnn")
    assert done.code == 2
    assert done.complaint == "net.cnn: Permission denied"


def test_a_file_that_fails_while_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", fail)
    assert cnnspec("check", write("net.cnn", CLEAN).replace("/", os.sep)).complaint == "net.cnn: Permission denied"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "this file is empty"),
        (b"\n\n  # only a comment\n", "this file has no network"),
        (b"network N {\n    input \xff3\n}\n", "not UTF-8 text: byte 0xff at offset 22"),
        (b"\xef\xbb\xbfnetwork N \xff", "not UTF-8 text: byte 0xff at offset 13"),
        ("network N {\n}".encode("utf-16"), "not UTF-8 text: byte 0xff at offset 0"),
    ],
)
def test_files_that_are_no_specs(data: bytes, message: str) -> None:
    done = cnnspec("check", write("net.cnn", data))
    assert done.code == 1
    assert done.out.partition(": ")[2].startswith(message)


@pytest.mark.parametrize("text", [CLEAN.replace("\n", "\r\n"), "\ufeff" + CLEAN, CLEAN.replace("    ", "\t"), CLEAN.rstrip()])
def test_line_ends_tabs_and_byte_order_marks_do_not_matter(text: str) -> None:
    assert cnnspec("check", write("net.cnn", text)).code == 0


@pytest.mark.parametrize("text", [BAD.replace("\n", "\r\n"), "\ufeff" + BAD])
def test_places_are_right_in_such_files(text: str) -> None:
    assert "net.cnn:3:13: E0202" in cnnspec("check", write("net.cnn", text), "--format", "concise").out


@pytest.mark.parametrize("name", ["two words.cnn", "größe 模型.cnn", "-x.cnn", "a'b\".cnn", "x.cnn.cnn", "no_ending"])
def test_names_of_files(name: str) -> None:
    assert cnnspec("check", "--", write(name, CLEAN)).out.startswith(f"{name}: Net")


def test_control_characters_of_names_stay_off_the_terminal() -> None:
    done = cnnspec("check", write("a\x1b[31m\n.cnn", CLEAN), "b\x1b[31m\n.cnn")
    assert done.out.startswith("a\\u{1b}[31m\\u{a}.cnn: Net")
    assert done.err == "error: b\\u{1b}[31m\\u{a}.cnn: No such file or directory\n"


def test_the_same_file_twice_is_checked_once() -> None:
    file = write("net.cnn", CLEAN)
    assert cnnspec("check", file, file, f"./{file}").out.count("Net") == 1


# Standard input


def test_standard_input() -> None:
    done = cnnspec("check", "-", stdin=BAD.encode())
    assert done.code == 1
    assert " --> <stdin>:3:13\n" in done.out


def test_the_name_of_standard_input_says_the_notation() -> None:
    assert cnnspec("check", "-", "--stdin-filename", "x.yaml", stdin=YAML.encode()).out.startswith("x.yaml: Small 4 -> 2")
    assert cnnspec("check", "-", "--stdin-filename", "x.cnn", stdin=YAML.encode()).code == 1


@pytest.mark.parametrize("before", ["", "# a comment\n\n", "---\n"])
def test_without_a_name_the_text_says_the_notation(before: str) -> None:
    assert cnnspec("check", "-", stdin=(before + YAML).encode()).out.startswith("<stdin>: Small 4 -> 2")
    as_json = b'[{"network": "J", "input": 4, "layers": ["relu"]}]'
    assert cnnspec("summary", "-", stdin=as_json).out.startswith("J: 4 -> 4")


def test_standard_input_beside_files() -> None:
    done = cnnspec("check", write("net.cnn", CLEAN), "-", stdin=CLEAN.encode())
    assert done.out.startswith("<stdin>: Net")
    assert "\nnet.cnn: Net" in done.out


def test_standard_input_that_is_no_text() -> None:
    assert cnnspec("check", "-", stdin=b"\xff").code == 1


# Folders


def test_a_folder_is_walked() -> None:
    write("specs/b.cnn", CLEAN)
    write("specs/a/deep.cnn", CLEAN)
    write("specs/y.yaml", YAML)
    write("specs/j.json", '{"network": "J", "input": 4, "layers": ["relu"]}')
    done = cnnspec("check", "specs")
    assert done.code == 0
    found = [line.partition(":")[0] for line in done.out.splitlines()[:-1]]
    assert found == ["specs/b.cnn", "specs/j.json", "specs/y.yaml", "specs/a/deep.cnn"]


@pytest.mark.parametrize("elsewhere", [".hidden", "node_modules", "__pycache__", "venv", "a/.git", "a/build"])
def test_folders_of_others_are_not_walked(elsewhere: str) -> None:
    write(f"{elsewhere}/net.cnn", BAD)
    write("net.cnn", CLEAN)
    assert cnnspec("check", ".").code == 0
    assert cnnspec("check", elsewhere).code == 1  # unless they are asked for


@pytest.mark.parametrize(
    "text", ["version: 1\n", "- network\n", "a: {network: 1}\n", "{}", "\x00\xff", "name: network\n", COMPOSE]
)
def test_yaml_that_is_no_spec_is_skipped(text: str) -> None:
    write("net.cnn", CLEAN)
    write("other.yaml", text)
    write("other.json", text)
    assert cnnspec("check", ".").code == 0


def test_a_network_is_looked_for_in_all_files() -> None:
    write("a.cnn", CLEAN.replace("Net", "Other"))
    write("b.cnn", CLEAN)
    done = cnnspec("check", ".", "--network", "Net")
    assert (done.code, done.out.startswith("b.cnn: Net")) == (0, True)
    assert cnnspec("check", ".", "--network", "Nowhere").code == 2


def test_no_files_means_this_folder() -> None:
    write("sub/net.cnn", CLEAN)
    assert cnnspec("check").out.startswith("sub/net.cnn: Net")


@pytest.mark.parametrize("arguments", [[], ["."], ["empty"], ["empty", "net.cnn"]])
def test_a_folder_without_specs(arguments: list[str]) -> None:
    Path("empty").mkdir()
    write("text/notes.txt", "")
    if "net.cnn" in arguments:
        write("net.cnn", CLEAN)
    done = cnnspec("check", *arguments)
    assert done.code == 2
    assert done.complaint == f"{arguments[0] if arguments else '.'}: no specs (*.cnn) in this folder"


def test_links_that_lead_in_circles() -> None:
    write("a/net.cnn", CLEAN)
    Path("a/loop").symlink_to("..")
    Path("a/self").symlink_to("self")
    assert cnnspec("check", ".").out.count("Net") == 1


def test_a_link_that_leads_nowhere_is_named() -> None:
    write("net.cnn", CLEAN)
    Path("gone.cnn").symlink_to("nowhere")
    done = cnnspec("check", ".")
    assert done.code == 2
    assert "net.cnn: Net" in done.out
    assert done.err == "error: gone.cnn: No such file or directory\n"


def test_pipes_in_folders_are_left_alone() -> None:
    write("net.cnn", CLEAN)
    os.mkfifo("pipe.cnn")
    os.mkfifo("pipe.yaml")
    assert cnnspec("check", ".").code == 0


def test_a_folder_that_cannot_be_read_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    write("net.cnn", CLEAN)
    write("secret/net.cnn", CLEAN)
    scan = os.scandir

    def scandir(path: str) -> object:
        if str(path).endswith("secret"):
            raise PermissionError(13, "Permission denied", path)
        return scan(path)

    monkeypatch.setattr(os, "scandir", scandir)
    done = cnnspec("check", ".")
    assert done.code == 2
    assert "net.cnn: Net" in done.out
    assert done.err.startswith("error: secret: ")


# What is decided outside the file


def test_parameters_are_set() -> None:
    done = cnnspec("check", write("net.cnn", CLEAN), "--set", "classes=2 * 50", "--set", "width=4")
    assert "-> 100," in done.out


def test_the_last_of_several_values_counts() -> None:
    assert "-> 3," in cnnspec("check", write("net.cnn", CLEAN), "--set", "classes=2", "--set", "classes=3").out


@pytest.mark.parametrize(
    ("setting", "complaint"),
    [
        ("depth=3", "the network has no parameter `depth` (it has: classes, width)"),
        ("epochs=3", "the network has no parameter `epochs` (it has: classes, width); did you mean `train.epochs=3`?"),
        ("lr=0.1", "the network has no parameter `lr` (it has: classes, width); did you mean `train.optimizer.lr=0.1`?"),
        ("batch_size=8", "the network has no parameter `batch_size` (it has: classes, width); did you mean `train.batch=8`?"),
        ("warmup=2", "the network has no parameter `warmup` (it has: classes, width); did you mean `train.schedule.warmup=2`?"),
        (
            "optimizer.lr=1",
            "the network has no parameter `optimizer.lr` (it has: classes, width); did you mean `train.optimizer.lr=1`?",
        ),
        (
            "train.lr=0.1",
            f"--set train.lr: no such setting (`train` has: {', '.join(SETTINGS)}); did you mean `train.optimizer.lr`?",
        ),
        ("clases=3", "the network has no parameter `clases` (it has: classes, width)"),
        ("classes", "--set classes: write `--set name=value`"),
        ("=3", "--set =3: write `--set name=value`"),
        ("a b=3", "--set a b=3: write `--set name=value`"),
        ("classes=1 +", "--set classes=1 +: `1 +` is no value; quote strings: `--set 'name=\"two words\"'`"),
        ("classes=9**9**9", "--set classes=9**9**9: this number is too large: no size has more than 30 digits"),
        ("classes=1/0", "--set classes=1/0: division by zero"),
        ("train.data=digits", "--set train.data=digits: a data set is chosen with `--data`, in Python with `data=`"),
        ("train.colour=3", f"--set train.colour: no such setting (`train` has: {', '.join(SETTINGS)})"),
        (
            "train.schedule.warmup=3",
            "--set train.schedule.warmup: the file has no line `schedule`; choose one as well, "
            "such as `--set train.schedule=constant`",
        ),
        (
            "train.data.test=0.5",
            "--set train.data.test: the file has no line `data`; choose one as well, such as `--data digits`",
        ),
        ("train.batch.size=3", "--set train.batch.size: `batch` is one value; write `--set train.batch=...`"),
    ],
)
def test_settings_that_do_not_fit(setting: str, complaint: str) -> None:
    done = cnnspec("check", write("net.cnn", CLEAN), "--set", setting)
    assert done.code == 2
    assert done.complaint == complaint


def test_an_endless_value_is_shortened() -> None:
    assert len(cnnspec("check", write("net.cnn", CLEAN), "--set", "classes=" + "9" * 5000).complaint) < 250


def test_a_value_of_the_wrong_kind_is_a_finding() -> None:
    done = cnnspec("check", write("net.cnn", CLEAN), "--set", "classes=ten")
    assert done.code == 1
    assert '`out_features` of `linear` must be a positive integer, not `"ten"`' in done.out


def test_what_goes_without_saying_has_arguments_too() -> None:
    """`CLEAN` has no line `loss` and no line `optimizer`: they are `cross_entropy` and `adam`."""
    done = cnnspec("check", write("net.cnn", CLEAN), "--set", "train.loss.label_smoothing=2", "--set", "train.optimizer.lr=-1")
    assert done.code == 1
    assert "`label_smoothing` of `cross_entropy` must be a probability (0 to below 1), not `2`" in done.out
    assert "`lr` of `adam` must be a non-negative number, not `-1`" in done.out
    done = cnnspec("check", "net.cnn", "--set", "train.optimizer.rate=3")
    assert done.complaint.startswith("--set train.optimizer.rate: `adam` has no argument `rate` (it has: lr, ")


def test_a_wrong_training_setting_points_at_the_option() -> None:
    done = cnnspec("check", write("net.cnn", RECIPE), "--set", "train.optimizer.lr=-1")
    assert done.code == 1
    assert " --> --set:1:1\n  |\n1 | train.optimizer.lr=-1\n" in done.out


def test_one_network_of_several() -> None:
    file = write("net.cnn", CLEAN + MISFIT)
    assert cnnspec("check", file).code == 1
    assert cnnspec("check", file, "--network", "Net").code == 0
    assert cnnspec("check", file, "--network", "Misfit").code == 1
    done = cnnspec("check", file, "--network", "Nett")
    assert done.code == 2
    assert done.complaint == "there is no network `Nett` in this file (it has: Net, Misfit)"


def test_another_input() -> None:
    done = cnnspec("check", write("net.cnn", CLEAN), "--input", "1x10x12")
    assert done.code == 0
    assert "Net 1x10x12 -> 10, 3,250 parameters" in done.out
    assert done.out.startswith("note[N0701]: 1 assertion `-> shape` with literal sizes is not verified")


def test_each_input_in_turn() -> None:
    done = cnnspec("check", write("net.cnn", CLEAN), "--input", "1x9x9", "--input", "1x2x2", "--input", "3x9x9")
    assert done.code == 1
    assert done.out.count("E0305") == 1
    assert "= note: with `--input 1x2x2`\n" in done.out
    assert done.out.count("note[N0701]") == 1
    assert "Net 1x9x9 -> 10" in done.out
    assert "Net 3x9x9 -> 10" in done.out


@pytest.mark.parametrize("shape", ["", "3xx", "1,8,8", "x", "1x1x1x1x1", "0x8x8", "1.5", "3xHxW", '"a"', "conv", "1x8x8)"])
def test_inputs_that_are_no_shapes(shape: str) -> None:
    done = cnnspec("check", write("net.cnn", CLEAN), "--input", shape)
    assert done.code == 2
    assert done.complaint.startswith(f"--input {shape}: ")
