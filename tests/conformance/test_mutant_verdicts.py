"""The comparison of mutants with torch can fail: wrong answers of layers and merges are found."""

from __future__ import annotations

import pytest
from mutant_verdicts import disagreement, overheard

from cnnspec.compiler import check_source
from cnnspec.layers.merges import MERGES
from cnnspec.layers.pooling import MaxPool
from cnnspec.layers.problems import LayerProblem, WrongWeightShape
from cnnspec.layers.registry import lookup
from cnnspec.layers.window_problems import KernelExceedsInput
from cnnspec.source import Source
from cnnspec.values.shapes import Shape

TEXT = """network N {
    input 3x8x8
    maxpool 2
    residual { conv 3, kernel=3, padding=1 }
    conv 4, kernel=9
    linear 10
}"""
IMAGE = Shape((3, 8, 8))


def refusal(keyword: str, arguments: dict[str, object], x: Shape) -> LayerProblem:
    word = lookup(keyword)
    assert word is not None
    with pytest.raises(LayerProblem) as caught:
        word.kind.model_validate(arguments).infer(x)
    return caught.value


def test_all_that_is_asked_is_heard_and_answered_as_torch_does() -> None:
    own = "infer" in vars(MaxPool)
    with overheard() as asked:
        check_source(Source("n.cnn", TEXT))
    assert ("infer" in vars(MaxPool)) == own
    answers = [(question[0].keyword, answer) for question, answer in asked.items()]
    assert ("maxpool", Shape((3, 4, 4))) in answers
    assert ("add", Shape((3, 4, 4))) in answers
    assert any(keyword == "conv" and isinstance(answer, KernelExceedsInput) for keyword, answer in answers)
    assert [disagreement(question, answer) for question, answer in asked.items()] == [None] * len(asked)
    heard = dict(asked)
    check_source(Source("n.cnn", TEXT.replace("8x8", "9x9")))
    assert asked == heard


def test_wrong_answers_are_found() -> None:
    pool = MaxPool.model_validate({"kernel": 2})
    assert disagreement((pool, IMAGE), Shape((3, 4, 4))) is None
    assert disagreement((pool, IMAGE), Shape((3, 4, 5))) is not None
    too_large = refusal("maxpool", {"kernel": 9}, IMAGE)
    assert disagreement((pool, IMAGE), too_large) is not None
    assert disagreement((MaxPool.model_validate({"kernel": 9}), IMAGE), too_large) is None
    assert disagreement((MaxPool.model_validate({"kernel": 9}), IMAGE), Shape((3, 1, 1))) is not None
    add, other = MERGES["add"], Shape((4, 8, 8))
    assert disagreement((add, (IMAGE, other)), IMAGE) is not None
    assert disagreement((add, (IMAGE, IMAGE)), too_large) is not None
    assert disagreement((MERGES["concat"], (IMAGE, other)), Shape((7, 8, 8))) is None


def test_numbers_in_the_spec_are_held_against_torch() -> None:
    word = lookup("linear")
    assert word is not None
    fits = word.kind.model_validate({"out_features": 2, "weight": ((1.0, 2.0, 3.0), (4.0, 5.0, 6.0))})
    lacks = word.kind.model_validate({"out_features": 2, "weight": ((1.0, 2.0), (4.0, 5.0))})
    problem = refusal("linear", {"out_features": 2, "weight": ((1.0, 2.0), (4.0, 5.0))}, Shape((3,)))
    assert isinstance(problem, WrongWeightShape)
    assert disagreement((lacks, Shape((3,))), problem) is None
    assert disagreement((fits, Shape((3,))), problem) is not None
