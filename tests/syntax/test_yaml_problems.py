"""Every mistake of the second notation: which problem it is, what is marked, and that reading goes on behind it."""

from __future__ import annotations

import inspect
from collections.abc import Iterable

import pytest

from cnnspec.diagnostics.diagnostic import Diagnostic, Label
from cnnspec.diagnostics.problem import Problem
from cnnspec.source import Source, Span
from cnnspec.syntax import problems, yaml_builder, yaml_problems
from cnnspec.syntax.problems import TooLarge
from cnnspec.syntax.yaml import parse_yaml
from cnnspec.syntax.yaml_problems import (
    AnchorUsed,
    BrokenJson,
    BrokenYaml,
    CommentInValue,
    DuplicateKey,
    KeyIsNotAWord,
    LeadingZero,
    MergeKeyUsed,
    MisplacedKey,
    MissingKey,
    MissingValue,
    NoLayer,
    NotAName,
    SeveralDocuments,
    SeveralKinds,
    SplitByComma,
    TagUsed,
    TwoDefinitions,
    TwoLayers,
    UnknownKey,
    WrongType,
)

HEAD = "network: N\nlayers:\n"

# text, problem, marked text, message
MISTAKES: list[tuple[str, type[Problem], str, str]] = [
    (HEAD + "\t- relu\n", BrokenYaml, "\t", "a tab cannot indent YAML"),
    (HEAD + "  - a: 'x\n", BrokenYaml, "'", "`'` is never closed"),
    (HEAD + '  - a: "x\n', BrokenYaml, '"', '`"` is never closed'),
    (HEAD + "  - a: [1, 2\n", BrokenYaml, "[", "`[` is never closed"),
    (HEAD + "  - {a: 1\n", BrokenYaml, "{", "`{` is never closed"),
    (HEAD + "  - {a: 1]\n", BrokenYaml, "]", "expected `,` or `}` here"),
    (HEAD + "  - a: [1}\n", BrokenYaml, "}", "expected `,` or `]` here"),
    (HEAD + "  - a: b: c\n", BrokenYaml, ":", "a second `:` cannot stand here"),
    ("network: N\nlayers\ntrain: {}\n", BrokenYaml, "layers", "this line has no `:` after its key"),
    (HEAD + "  - a\n  b: 1\n", BrokenYaml, "b", "expected `- ` here, as for the items before"),
    ("network: N\nlayers: []\n- a\n", BrokenYaml, "-", "this does not belong to the mapping around it"),
    (HEAD + "  - a: 'x' y\n", BrokenYaml, "y", "this does not belong to the mapping around it"),
    ("network: N\nlayers: - a\n", BrokenYaml, "-", "a list cannot begin after `key:` on the same line"),
    (HEAD + "  - a: @x\n", BrokenYaml, "@", "`@` cannot begin a value in YAML"),
    (HEAD + "  - a: ]\n", BrokenYaml, "]", "expected a value here"),
    (HEAD + '  - a: "\\q"\n', BrokenYaml, "", "unknown escape in double-quoted text"),
    (HEAD + '  - a: "\\u12"\n', BrokenYaml, "", "this escape has too few hexadecimal digits"),
    (HEAD + "  - a: * b\n", BrokenYaml, " ", "`&` and `*` cannot begin unquoted text"),
    (HEAD + "  - a: >x\n", BrokenYaml, "x", "only `-`, `+` or a digit can follow `|` and `>`"),
    ("%YAML 2.0\n---\nnetwork: N", BrokenYaml, "%", "only YAML 1 is read"),
    ("network: N\nlayers: []\n... x", BrokenYaml, "x", "nothing but a comment can stand here"),
    ("network: N\x07", BrokenYaml, "\x07", "the character U+0007 cannot stand in YAML"),
    (HEAD + "- &a conv: 1", AnchorUsed, "&a", "YAML anchors (`&name`) are not read"),
    (HEAD + "- conv: *a", AnchorUsed, "*a", "YAML aliases (`*name`) are not read"),
    (HEAD + "- conv: !!python/object:os.system 1", TagUsed, "!!python/object:os.system", ""),
    (HEAD + "- {<<: {a: 1}, conv: 1}", MergeKeyUsed, "<<", "the YAML merge key `<<` is not read"),
    ("network: N\nlayers: []\n---\nnetwork: M", SeveralDocuments, "---", ""),
    (HEAD + "- conv: {kernel: 3, 'kernel': 3}", DuplicateKey, "kernel", "`kernel` stands twice in the same mapping"),
    ("netwrk: N", UnknownKey, "netwrk", "unknown key `netwrk` at the top of a spec"),
    ("networks: []", UnknownKey, "networks", "unknown key `networks` at the top of a spec"),
    (HEAD + "- conv: {label: a, kernel: 3}", MisplacedKey, "label", "`label` cannot stand among the arguments of `conv`"),
    (
        HEAD + "- {conv: {expect: 3}, expect: 3}",
        MisplacedKey,
        "expect",
        "`expect` cannot stand both beside the word and inside it",
    ),
    (HEAD + "- {let: {a: 1}, expect: 3}", MisplacedKey, "expect", "`expect` cannot stand beside `let`"),
    (HEAD + "- {input: 1x2, expect: 3}", MisplacedKey, "expect", "`expect` cannot stand beside `input`"),
    (HEAD + "- {input: {a: 1x2}, label: b}", MisplacedKey, "label", "`label` cannot stand beside several inputs"),
    (HEAD + "- {repeat: 3, lyers: []}", UnknownKey, "lyers", "unknown key `lyers` beside `repeat`"),
    (HEAD + "- {if: a, then: [], elif: []}", UnknownKey, "elif", "unknown key `elif` beside `if`"),
    (HEAD + "- {residual: [], shotcut: []}", UnknownKey, "shotcut", "unknown key `shotcut` beside `residual`"),
    (HEAD + "- add: {branch: [], branches: []}", UnknownKey, "branch", "unknown key `branch` behind `add`"),
    (HEAD + "- {if: a, then: [], else: {if: b, then: [], esle: []}}", UnknownKey, "esle", "unknown key `esle` behind `else`"),
    ("blocks: [{block: B, layers: [], let: {}}]", UnknownKey, "let", "unknown key `let` in a block"),
    (HEAD + "- add: {branches: [], expect: 3}", MisplacedKey, "expect", "`expect` cannot stand behind `add`"),
    (
        HEAD + "- {if: a, then: [], else: {label: x, if: b, then: []}}",
        MisplacedKey,
        "label",
        "`label` cannot stand behind `else`",
    ),
    (HEAD + "- {label: a, output: b}", MisplacedKey, "label", "`label` cannot stand beside `output`"),
    (HEAD + "- {require: a < 3, expect: 3}", MisplacedKey, "expect", "`expect` cannot stand beside `require`"),
    (HEAD + "- repeat", MisplacedKey, "repeat", "`repeat` cannot stand as a statement without a value"),
    (HEAD + "- {then: [], else: []}", MisplacedKey, "then", "`then` cannot stand on its own"),
    (HEAD + "- shortcut", MisplacedKey, "shortcut", "`shortcut` cannot stand on its own"),
    (HEAD + "- block: B", MisplacedKey, "block", "`block` cannot stand among layers"),
    ("block: B\ninput: 3\nlayers: []", MisplacedKey, "input", "`input` cannot stand beside `block`"),
    (HEAD + "- train: {}", MisplacedKey, "train", "`train` cannot stand among layers"),
    (HEAD + "- let", MisplacedKey, "let", "`let` cannot stand as a statement without a value"),
    ("layers: []", MissingKey, "layers", "this spec has no `network`"),
    ("network: N", MissingKey, "network: N", "the network `N` has no `layers`"),
    (HEAD + "- repeat: 3", MissingKey, "repeat", "this `repeat` has no `layers`"),
    (HEAD + "- {for: c, layers: []}", MissingKey, "for", "this `for` has no `in`"),
    (HEAD + "- {for: c, in: x}", MissingKey, "for", "this `for` has no `layers`"),
    (HEAD + "- {if: a}", MissingKey, "if", "this `if` has no `then`"),
    (HEAD + "- {if: a, then: [], else: {if: b}}", MissingKey, "if", "this `if` has no `then`"),
    (HEAD + "- concat: {}", MissingKey, "concat", "this `concat` has no `branches`"),
    ("blocks: [{layers: []}]", MissingKey, "{layers: []}", "this item of `blocks` has no `block`"),
    ("block: B", MissingKey, "block: B", "the block `B` has no `layers`"),
    (HEAD + "- {repeat: 3, layers: relu}", WrongType, "relu", "`layers` is a list of statements, not text"),
    (HEAD + "- {if: a, then: {relu: }}", WrongType, "{relu: }", "`then` is a list of statements, not a mapping"),
    (HEAD + "- {if: a, then: [], else: relu}", WrongType, "relu", "`else` is a list of statements, not text"),
    (
        HEAD + "- {if: a, then: [], else: {relu: 3}}",
        WrongType,
        "{relu: 3}",
        "`else` is a list of statements, not a mapping without `if`",
    ),
    (HEAD + "- {residual: [], shortcut: }", WrongType, "shortcut", "`shortcut` is a list of statements, not nothing"),
    (HEAD + "- residual: 3", WrongType, "3", "`residual` is a list of statements, not text"),
    (HEAD + "- add: {branches: a}", WrongType, "a", "`branches` is a list of statements, not text"),
    (HEAD + "- add:", WrongType, "add", "`add` is a label, a list of labels, or branches, not nothing"),
    (HEAD + "- add: []", WrongType, "[]", "`add` is a label, a list of labels, or branches, not an empty list"),
    (HEAD + "- output: {a: b}", WrongType, "{a: b}", "`output` is a label or a list of labels, not a mapping"),
    (HEAD + "- require: []", WrongType, "[]", "`require` is a comparison or a list of them, not an empty list"),
    (HEAD + "- {for: [], in: x, layers: []}", WrongType, "[]", "`for` is a name, or several, not an empty list"),
    (HEAD + "- {for: {}, in: x, layers: []}", WrongType, "{}", "`for` is a name, not a mapping"),
    (HEAD + "- {for: , in: x, layers: []}", WrongType, "for", "`for` is a name, not nothing"),
    (HEAD + "- {for: [[a]], in: x, layers: []}", WrongType, "[a]", "`for` is a name, not a list"),
    (HEAD + "- {repeat: 3, as: [i], layers: []}", WrongType, "[i]", "`as` is a name, not a list"),
    (HEAD + "- {repeat: 3, as: , layers: []}", WrongType, "as", "`as` is a name, not nothing"),
    (HEAD + "- {label: , relu: }", WrongType, "label", "`label` is a name, not nothing"),
    (HEAD + "- call: {}", WrongType, "{}", "`call` is the name of what is called, not an empty mapping"),
    (HEAD + "- call: []", WrongType, "[]", "`call` is the name of what is called, not a list"),
    (HEAD + "- call:", WrongType, "call", "`call` is the name of what is called, not nothing"),
    ("blocks: {block: B}", WrongType, "{block: B}", "`blocks` is a list of blocks, not a mapping"),
    ("blocks:", WrongType, "blocks", "`blocks` is a list of blocks, not nothing"),
    ("blocks: [B]", WrongType, "B", "an item of `blocks` is a mapping, not text"),
    ("block: [B]\nlayers: []", WrongType, "[B]", "`block` is a name, not a list"),
    ("import: {a: b}", WrongType, "{a: b}", "`import` is a file, or a list of files, not a mapping"),
    ("import:", MissingValue, "import", "`import` has no value"),
    (HEAD + "- {repeat: , layers: []}", MissingValue, "repeat", "`repeat` has no value"),
    (HEAD + "- {if: , then: []}", MissingValue, "if", "`if` has no value"),
    (HEAD + "- from:", MissingValue, "from", "`from` has no value"),
    ("text", WrongType, "text", "the content of a spec is a mapping, not text"),
    ("network: N\nlayers: {}", WrongType, "{}", "`layers` is a list of statements, not a mapping"),
    ("network: N\nlayers:", WrongType, "layers", "`layers` is a list of statements, not nothing"),
    ("network: [N]\nlayers: []", WrongType, "[N]", "`network` is a name, not a list"),
    ("network: N\nparams: a\nlayers: []", WrongType, "a", "`params` is a mapping or a list, not text"),
    ("network: N\nparams: [[a]]\nlayers: []", WrongType, "[a]", "a parameter is a name, not a list"),
    ("network: N\nparams: [if]\nlayers: []", NotAName, "if", "`if` is not the name of a parameter"),
    ("let: 3", WrongType, "3", "`let` is a mapping, not text"),
    (HEAD + "- conv: {kernel: {a: 3}}", WrongType, "{a: 3}", "`kernel` is a value or a list of values, not a mapping"),
    (HEAD + "- conv: {kernel: [1, ~, {}]}", WrongType, "{}", "`kernel` is a value or a list of values, not a mapping"),
    (HEAD + "- conv: {expect: {}}", WrongType, "{}", "`expect` is a shape, not a mapping"),
    (HEAD + "- conv: {expect: []}", WrongType, "[]", "`expect` is a shape, not an empty list"),
    (HEAD + "- {label: [], conv: 3}", WrongType, "[]", "`label` is a name, not a list"),
    (HEAD + "- input: {}", WrongType, "{}", "`input` is a shape, not an empty mapping"),
    (HEAD + "- conv:\n  - 3\n  -\n", WrongType, "", "an item of `conv` is a value, not nothing"),
    ("train: sgd", WrongType, "sgd", "`train` is a mapping of settings, not text"),
    ("train: {augment: [[a]]}", WrongType, "[a]", "an item of `augment` is one setting, not a list"),
    (HEAD + "- conv: {kernel: }", MissingValue, "kernel", "`kernel` has no value"),
    (HEAD + "- conv: 3\n  kernel: 3", TwoLayers, "kernel", "one statement holds both `conv` and `kernel`"),
    (HEAD + "- {add: a, concat: b}", TwoLayers, "concat", "one statement holds both `add` and `concat`"),
    (HEAD + "- {conv: 3, then: []}", TwoLayers, "then", "one statement holds both `conv` and `then`"),
    (HEAD + "- call: {a: 1, b: 2}", TwoLayers, "b", "one statement holds both `a` and `b`"),
    ("network: N\nblock: B\nlayers: []", TwoDefinitions, "block", "one mapping holds both a `network` and a `block`"),
    (HEAD + "- label: a", NoLayer, "label: a", "this statement names no layer, it holds only `label`"),
    (HEAD + "- ~", NoLayer, "~", "this statement names no layer, it holds only nothing"),
    ("train: {optimizer: {sgd: 1, lr: 2}}", SeveralKinds, "lr", "`optimizer` takes one kind, and here stand 2: `sgd`, `lr`"),
    (HEAD + "- conv 64, kernel=3", NotAName, "conv 64, kernel=3", "`conv 64, kernel=3` is not the name of a layer"),
    (HEAD + "- {label: a b, conv: 3}", NotAName, "a b", "`a b` is not a label"),
    (HEAD + "- conv: {a b: 3}", NotAName, "a b", "`a b` is not the name of an argument"),
    (HEAD + "- flatten: {expect: c, H // 2}", NotAName, "H // 2", "`H // 2` is not the name of an argument"),
    (HEAD + "- {label: 'enc{i', relu: }", NotAName, "enc{i", "`enc{i` is not a label"),
    (HEAD + "- {label: '-{i}', relu: }", NotAName, "-{i}", "`-{i}` is not a label"),
    (HEAD + "- {label: 'a b{i}', relu: }", NotAName, "a b{i}", "`a b{i}` is not a label"),
    (HEAD + "- {label: 'a{i +}', relu: }", problems.UnexpectedText, "", "unexpected end of the value"),
    (HEAD + "- {for: 'c in x', in: x, layers: []}", NotAName, "c in x", "`c in x` is not the name of a loop variable"),
    (HEAD + "- {for: 't, if', in: x, layers: []}", NotAName, "if", "`if` is not the name of a loop variable"),
    (HEAD + "- {repeat: 3, as: true, layers: []}", NotAName, "true", "`true` is not the name of a counter"),
    (HEAD + "- call: a b", NotAName, "a b", "`a b` is not the name of a layer"),
    (HEAD + "- repeat 3", NotAName, "repeat 3", "`repeat 3` is not the name of a layer"),
    ("block: 3\nlayers: []", NotAName, "3", "`3` is not the name of a block"),
    ("block:\nlayers: []", NotAName, "block", "nothing stands where the name of a block belongs"),
    ("network: 3\nlayers: []", NotAName, "3", "`3` is not the name of a network"),
    ("network:\nlayers: []", NotAName, "network", "nothing stands where the name of a network belongs"),
    ("network: N\nparams: {if: 3}\nlayers: []", NotAName, "if", "`if` is not the name of a parameter"),
    ("let: {true: 3}", NotAName, "true", "`true` is not the name of a constant"),
    ("train: {data: {a b: 3}}", NotAName, "a b", "`a b` is not a kind of `data`"),
    ("? [a]\n: 3", KeyIsNotAWord, "[a]", "a key is a word, not a list"),
    (HEAD + "- conv: 010", LeadingZero, "010", ""),
    ("train: {batch: 010}", LeadingZero, "010", ""),
    (HEAD + "- conv: {kernel: (3, (4, 5)), stride: 2}", SplitByComma, "(3, (4, 5))", ""),
    (HEAD + "- conv: [(3, 5), (1, 2), 3]", SplitByComma, "(3, 5)", ""),
    (HEAD + "- conv: '3 # three'", CommentInValue, "#", "`#` means nothing inside a value"),
    (HEAD + "- conv: 3 +", problems.UnexpectedText, "", "unexpected end of the value"),
    (HEAD + "- conv: [3 4]", problems.UnexpectedText, "4", "unexpected `4`"),
    (HEAD + "- conv: 1:30", problems.UnexpectedCharacter, ":", "`:` means nothing here"),
    (HEAD + "- conv: 0o7", problems.BadNumber, "0o7", "`0o7` is not a number"),
    (HEAD + '- conv: "\\x28"', problems.Unclosed, '"\\x28"', "`(` is never closed"),
    ("[" * 1000, problems.NestedTooDeep, "[", "nested more than 420 levels deep"),
    (HEAD + "- a: " + "[" * 110 + "]" * 110, problems.NestedTooDeep, "[", "nested more than 100 levels deep"),
    (HEAD + "- " + "[" * 110 + "]" * 110, problems.NestedTooDeep, "[", "nested more than 100 levels deep"),
]
JSON_MISTAKES = [
    ("", "", "the file ends where a value belongs"),
    ('{"network": "N",}', "}", "unexpected `}` in JSON"),
    ('{"network" "N"}', '"N"', 'unexpected `"N"` in JSON'),
    ("{'network': 'N'}", "'", "JSON has no single quotes"),
    ("{network: 1}", "network", "unexpected `network` in JSON"),
    ("{1: 1}", "1", "unexpected `1` in JSON"),
    ('{"a": NaN}', "NaN", "unexpected `NaN` in JSON"),
    ('{"a": 01}', "01", "`01` is not a number in JSON"),
    ('{"a": .5}', ".5", "`.5` is not a number in JSON"),
    ("// a\n{}", "/", "JSON has no comments"),
    ('{"a": "\\q"}', "\\q", "unknown escape in a string"),
    ('{"a": "\t"}', "\t", "the character U+0009 cannot stand in a JSON string"),
    ('{"a": "b', '"b', "this string does not end on its line"),
    ('{"a": "b\\', "\\", "unknown escape in a string"),
    ('{"a": [1}', "}", "unexpected `}` in JSON"),
    ('{"a": [1', "[", "`[` is never closed"),
    ("{} {}", "{", "unexpected `{` in JSON"),
    ('{"a": ;}', ";", "unexpected `;` in JSON"),
]


class Recorder:
    """Remembers which problems were reported."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.found: list[Problem] = []
        report = yaml_builder.Mistakes.report

        def recording(this: yaml_builder.Mistakes, problem: Problem, span: Span, labels: Iterable[Label] = ()) -> None:
            self.found.append(problem)
            report(this, problem, span, labels)

        monkeypatch.setattr(yaml_builder.Mistakes, "report", recording)


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    return Recorder(monkeypatch)


def mistakes(text: str, name: str = "a.yaml") -> list[Diagnostic]:
    return parse_yaml(Source(name, text))[1]


@pytest.mark.parametrize(("text", "problem", "marked", "message"), MISTAKES)
def test_mistake(text: str, problem: type[Problem], marked: str, message: str, recorder: Recorder) -> None:
    found = [one for one in mistakes(text) if one.code == problem.code]
    assert len(found) == 1
    assert marked in ("", found[0].span.text)
    assert message in ("", found[0].message)
    if problem.__module__ == yaml_problems.__name__:
        assert problem in {type(one) for one in recorder.found}
        assert found[0].help


@pytest.mark.parametrize(("text", "marked", "message"), JSON_MISTAKES)
def test_mistake_in_json(text: str, marked: str, message: str, recorder: Recorder) -> None:
    found = [one for one in mistakes(text, "a.json") if one.code == "E0110"]
    assert [(one.span.text, one.message) for one in found] == [(marked, message)]
    assert BrokenJson in {type(one) for one in recorder.found}


def test_a_surrogate_without_its_partner_is_a_mistake() -> None:
    (found,) = mistakes('{"network": "\\ud83d", "layers": []}', "a.json")
    assert found.code == "E0110"
    assert found.span.text == '"\\ud83d"'


def test_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_builder, "MAX_NODES", 5)
    for name in ("a.yaml", "a.json"):
        (found,) = mistakes('{"let": {"a": 1, "b": 2, "c": 3}}', name)
        assert found.code == TooLarge.code
    (found,) = mistakes(" " * (16 * 1024 * 1024 + 1))
    assert found.message == "this file has more than 16_777_216 characters"


def test_every_problem_is_claimed_by_a_test() -> None:
    kinds = {
        kind for _, kind in inspect.getmembers(yaml_problems, inspect.isclass) if kind.__module__ == yaml_problems.__name__
    }
    claimed = {problem for _, problem, _, _ in MISTAKES} | {BrokenJson, TooLarge}
    assert kinds <= claimed


def test_all_mistakes_are_found_in_one_run_in_the_order_of_the_text() -> None:
    text = """
network: N
params: {if: 3}
layers:
  - conv: {kernel: 3, kernel: 3}
  - conv: 3 +
  - label: x
  - relu: &a 1
trian: {}
"""
    assert [one.code for one in mistakes(text)] == ["E0117", "E0112", "E0101", "E0116", "E0111", "E0113"]


def test_mistakes_before_broken_yaml_are_found_too_and_nothing_false_after() -> None:
    assert [one.code for one in mistakes(HEAD + "- conv: 3 +\n- {label: a,\n")] == ["E0101", "E0110"]


def test_both_places_of_a_duplicate_key_are_shown() -> None:
    (found,) = mistakes("let: {a: 1, b: 2, a: 3}")
    assert found.span.begin == (1, 19)
    assert [(label.span.begin, label.text) for label in found.labels] == [((1, 7), "first here")]


def test_the_nearest_key_is_offered_with_a_fix() -> None:
    (found,) = mistakes("trian: {}")
    assert found.help == "did you mean `train`?"
    assert [edit.content for fix in found.fixes for edit in fix.edits] == ["train"]


def test_the_other_notation_is_recognised() -> None:
    for text in ("network N {\n    relu\n}\n", "network LeNet(classes=10) {\n    input 1x28x28   # [\n    conv: relu\n}\n"):
        assert any("`.cnn` notation" in (one.help or "") for one in mistakes(text))
