"""Files of runs that are JSON of another shape, no text, no files, or cannot be read: told in words, not of other runs."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from interruptions import whole
from training_specs import TINY, compiled

from cnnspec.compiler import check_file
from cnnspec.diagnostics.problem import UsageError
from cnnspec.training.problems import TrainingError
from cnnspec.training.results.run_tables import run_comparison, run_json, run_list
from cnnspec.training.results.runs import run_facts
from cnnspec.training.run_folder.damage import damage, failure
from cnnspec.training.run_folder.names import is_run
from cnnspec.training.run_folder.nearby import find_runs
from cnnspec.training.run_folder.stored_json import optional, parsed, required
from cnnspec.training.run_folder.stored_run import read_run, read_started
from cnnspec.training.train import resume

HUGE = "1" + "0" * 400
DEEP = "[" * 200_000
REASON = {"code": "E0432", "message": "the loss became nan", "help": None}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("finished") / "A-1"
    whole(compiled(TINY), path)
    return path


@pytest.fixture
def runs(finished: Path, tmp_path: Path) -> Path:
    """A folder of two runs, the second of which is to be spoilt."""
    for name in ("A-1", "A-2"):
        shutil.copytree(finished, tmp_path / "runs" / name)
    return tmp_path / "runs"


def changed(file: Path, text: str, *names: str) -> None:
    """Puts a JSON text in the place of a value."""
    found = json.loads(file.read_text())
    inner = found
    for name in names[:-1]:
        inner = inner[name]
    inner[names[-1]] = "PLACE"
    file.write_text(json.dumps(found).replace('"PLACE"', text))


def told(runs: Path) -> str:
    """Returns what is told of the second run, of which the first one's line says nothing."""
    first, second = map(run_facts, find_runs(runs))
    assert (first.state, first.problem) == ("finished", None)
    assert second.state == "broken"
    run_list([first, second])
    run_comparison([first, second], everything=True)
    json.dumps([run_json(run) for run in (first, second)], allow_nan=False)
    return str(second.problem)


@pytest.mark.parametrize("name", ["settings.json", "metrics.jsonl", "spec.cnn"])
def test_what_cannot_be_read_is_one_run(runs: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    read, spoilt = Path.read_bytes, runs / "A-2" / name

    def refused(path: Path) -> bytes:
        if path == spoilt:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", refused)
    assert told(runs) == f"{spoilt}: Permission denied"


def test_a_folder_into_which_nobody_may_look_is_one_run(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stat, spoilt = Path.stat, runs / "A-2"

    def refused(path: Path, **named: Any) -> os.stat_result:
        if path.parent == spoilt:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return stat(path, **named)

    monkeypatch.setattr(Path, "stat", refused)
    with pytest.raises(PermissionError):
        is_run(spoilt)
    assert told(runs) == f"{spoilt / 'settings.json'}: Permission denied"


def loop(path: Path) -> None:
    path.symlink_to(path)


@pytest.mark.parametrize(
    ("put", "words"),
    [
        (Path.mkdir, "it is a folder"),
        (os.mkfifo, "it is no plain file"),
        (lambda path: path.symlink_to("/dev/zero"), "it is no plain file"),
        (loop, os.strerror(errno.ELOOP)),
    ],
    ids=["folder", "pipe", "endless", "loop"],
)
@pytest.mark.parametrize("name", ["metrics.jsonl", "spec.cnn"])
def test_what_is_no_file_is_one_run(runs: Path, name: str, put: Callable[[Path], None], words: str) -> None:
    """None of them is waited for."""
    spoilt = runs / "A-2" / name
    spoilt.unlink()
    put(spoilt)
    assert told(runs) == f"{spoilt}: {words}"
    if name == "spec.cnn":
        with pytest.raises(OSError, match=words):
            resume(runs / "A-2")


def test_links_and_pipes_beside_runs_are_none(runs: Path) -> None:
    loop(runs / "loop")
    (runs / "gone").symlink_to("/nowhere")
    os.mkfifo(runs / "pipe")
    (runs / "other").mkdir()
    os.mkfifo(runs / "other" / "settings.json")
    assert [path.name for path in find_runs(runs)] == ["A-1", "A-2"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"problems": null}', "`problems` is not a list"),
        ('{"problems": "no"}', "`problems` is not a list"),
        ('{"problems": 3}', "`problems` is not a list"),
        ('{"problems": []}', "`problems` is empty"),
        ('{"problems": ["no"]}', "`problems` has one that is not an object"),
        ('{"problems": [{"message": "a"}]}', "`code` is missing"),
        ('{"problems": [{"code": "E1", "message": 3}]}', "`message` is not text"),
        ("{}", "`problems` is missing"),
        (DEEP, "it is nested too deeply"),
        ("[]", "is not a JSON object"),
    ],
)
def test_failures_of_another_shape(runs: Path, text: str, words: str) -> None:
    path = runs / "A-2"
    (path / "manifest.json").unlink()
    (path / "failure.json").write_text(json.dumps({"version": 1, "problems": [REASON, {**REASON, "help": "lower `lr`"}]}))
    assert failure(path) == "E0432: the loss became nan; E0432: the loss became nan (lower `lr`)"
    assert run_facts(path).state == "failed"
    (path / "failure.json").write_text(text)
    assert told(runs).startswith(str(path / "failure.json"))
    assert words in told(runs)
    with pytest.raises(TrainingError, match=words):
        read_run(path)
    resume(path)  # does not need to know
    assert run_facts(path).state == "finished"


@pytest.mark.parametrize(
    ("names", "text", "words"),
    [
        *((("files",), text, "`files` is not an object") for text in ("null", "[]", '"a"', "3")),
        (("files",), "{}", "`model.safetensors` is missing"),
        (("files", "model.safetensors"), "null", "`model.safetensors` is not text"),
        (("data", "classes"), "3", "`classes` is not a list"),
        (("data", "classes"), "[3]", "`classes` has a name that is not text"),
        *((("data", "levels"), text, "`levels` is") for text in (HUGE, "0", "-1", "NaN", "null", '"a"', "true")),
        *(
            (("data", name), text, f"`{name}` is not")
            for name in ("mean", "std")
            for text in ("null", "[[[NaN]]]", "[[[1e999]]]", f"[[[{HUGE}]]]", '[["a"]]', "[[[null]]]", "[[[true]]]")
        ),
        *(
            (("data", name), text, "not for as many channels")
            for name in ("mean", "std")
            for text in ("[]", "3", "[[[1, 2]]]", "[[[1]], [[1]]]")
        ),
        *((("data", "white"), text, "`white` is") for text in ("0", "-1", "NaN", '"a"')),
        *((("data", "train"), text, "`train` is not a whole number") for text in ("null", '"a"', "[]")),
        *((("data", "content"), text, "`content` is not a list") for text in ("null", "3")),
        *((("data", "std"), f"[[[{text}]]]", "`std` is") for text in ("0", "-1", "-1e999")),
        (("result",), "null", "`result` is not an object"),
        (("result", "best_epoch"), '"a"', "`best_epoch` is not a whole number"),
    ],
)
def test_manifests_of_another_shape(runs: Path, names: tuple[str, ...], text: str, words: str) -> None:
    file = runs / "A-2" / "manifest.json"
    as_written = file.read_bytes()
    assert damage(file.parent) is None
    changed(file, text, *names)
    found = damage(file.parent)
    assert found is not None
    assert found.text.startswith(f"{file} does not say what came of the run: ")
    assert words in found.text
    with pytest.raises(TrainingError, match="writes it anew"):
        read_run(file.parent)
    file.write_bytes(as_written)
    read_run(file.parent)


@pytest.mark.parametrize(
    ("names", "text", "words"),
    [
        *(((name,), text, f"`{name}` is not an object") for name in ("recipe", "options") for text in ("null", "[]", '"a"')),
        *((("parameters",), text, "`parameters` is not an object") for text in ('"a"', "[]", "null")),
        *((("input",), text, "`input` is not") for text in ('"a"', f"[1, {HUGE}, 8]", '{"a": 3}', "[null]", "3")),
        *(
            (("spec",), text, "`spec` is")
            for text in ('"/etc/passwd"', '"../A-1/spec.cnn"', '".."', '"."', '""', "3", '"a\\u0000b"')
        ),
        (("base",), "3", "`base` is not text"),
        *((("options", "precision"), text, "`precision` is not text") for text in ("null", "3", "[]")),
        (("options", "compile"), "1", "`compile` is not true or false"),
        (("options", "checkpoint_minutes"), '"a"', "`checkpoint_minutes` is not a number"),
        (("options", "log_steps"), "0", "`log_steps` is 0"),
        (("options", "weights"), "3", "`weights` is not text"),
        (("layers",), '"a"', "`layers` is not a whole number"),
        (("layers",), HUGE, "`layers` is not a whole number"),
        (("network",), "[]", "`network` is not text"),
        (("extended",), "3", "`extended` is not a list"),
        (("recipe", "epochs"), HUGE, ": `epochs`: input should be a valid integer"),
        (("recipe", "data", "test"), '"a"', ": `data.test`: input should be a valid number"),
    ],
)
def test_settings_of_another_shape(runs: Path, names: tuple[str, ...], text: str, words: str) -> None:
    file = runs / "A-2" / "settings.json"
    changed(file, text, *names)
    assert told(runs).startswith(f"{file} does not describe a run: ")
    assert words in told(runs)
    with pytest.raises(TrainingError):
        resume(file.parent)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (DEEP.encode(), "it is nested too deeply"),
        (b"\xff\x00", "byte 1 is not UTF-8"),
        (b"\xef\xbb\xbf{}", "it begins with a byte order mark (line 1, column 1)"),
        (b'{"a": \n 1', "expecting ',' delimiter (line 2, column 3)"),
    ],
)
def test_settings_that_are_no_json(runs: Path, data: bytes, words: str) -> None:
    file = runs / "A-2" / "settings.json"
    file.write_bytes(data)
    assert told(runs) == f"{file} is not JSON: {words}"


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("loss", '"a"', "`loss` is not a number"),
        ("examples_per_second", '"fast"', "`examples_per_second` is not a number"),
        ("epoch", "null", "`epoch` is not a whole number"),
        ("test_acc", "[1]", "`test_acc` is not a number"),
        ("test_acc", "true", "`test_acc` is not a number"),
    ],
)
def test_metrics_that_are_no_numbers(runs: Path, name: str, text: str, words: str) -> None:
    file = runs / "A-2" / "metrics.jsonl"
    first, second = file.read_text().splitlines()
    line = json.loads(second)
    file.write_text(f"{first}\n{json.dumps({**line, name: 'PLACE'}).replace(json.dumps('PLACE'), text)}\n")
    assert told(runs) == f"{file}, line 2: {words}"


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e999", HUGE, "null"])
@pytest.mark.parametrize("name", ["loss", "examples_per_second", "test_acc"])
def test_numbers_that_are_none_are_unknown(runs: Path, name: str, text: str) -> None:
    file = runs / "A-2" / "metrics.jsonl"
    lines = [json.dumps({**json.loads(line), name: "PLACE"}) for line in file.read_text().splitlines()]
    file.write_text("".join(line.replace('"PLACE"', text) + "\n" for line in lines))
    facts = run_facts(runs / "A-2")
    assert facts.state == "finished"
    assert facts.last is not None
    assert facts.last[name] is None
    assert (facts.examples_per_second is None) == (name == "examples_per_second")
    (row,) = run_list([facts]).rows
    assert "nan" not in "".join(row)
    assert "inf" not in "".join(row)
    json.dumps(run_json(facts), allow_nan=False)


def test_rates_that_cannot_be_do_not_count(runs: Path) -> None:
    file = runs / "A-2" / "metrics.jsonl"
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    rates = (-5.0, 200.0)
    text = (json.dumps({**line, "examples_per_second": rate}) for line, rate in zip(lines, rates, strict=True))
    file.write_text("".join(f"{line}\n" for line in text))
    assert run_facts(runs / "A-2").examples_per_second == 200.0


def test_the_file_at_fault_is_named(tmp_path: Path) -> None:
    (tmp_path / "parts.cnn").write_text("block Part {\n    relu\n}\n")
    text = TINY.replace("network Tiny", 'import "parts.cnn"\n\nnetwork Tiny', 1).replace(
        "    flatten", "    Part\n    flatten", 1
    )
    assert "    Part\n" in text
    (tmp_path / "net.cnn").write_text(text)
    whole(check_file(tmp_path / "net.cnn").last, tmp_path / "run")
    read_started(tmp_path / "run")
    (tmp_path / "run" / "parts.cnn").write_text("block Part {\n    rellu\n}\n")
    with pytest.raises(TrainingError, match=r"^.*run/parts\.cnn has mistakes, such as: .*rellu"):
        read_started(tmp_path / "run")
    (tmp_path / "run" / "parts.cnn").unlink()
    os.mkfifo(tmp_path / "run" / "parts.cnn")
    with pytest.raises(TrainingError, match=r"`parts\.cnn` is no file"):
        read_started(tmp_path / "run")


def test_values_have_their_kinds() -> None:
    facts = parsed(b'{"text": "a", "whole": 3, "true": true, "none": null, "huge": 1' + b"0" * 400 + b"}")
    assert required(facts, "whole", int) == required(facts, "whole", float) == 3
    assert optional(facts, "none", str) is optional(facts, "missing", str) is None
    assert required(facts, "huge", float) == float("inf")
    for name, kind in (("true", int), ("true", float), ("huge", int), ("none", str), ("text", list), ("missing", str)):
        with pytest.raises(ValueError, match=f"`{name}` is"):
            required(facts, name, kind)


def test_no_run_is_none_still(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is no run folder"):
        run_facts(tmp_path)
