"""Thousands of mutants of the zoo: always an answer, the one that torch gives, in every format, at the line that is wrong.

`pytest -m slow tests/conformance/test_mutants.py --mutants 10000` tries more of them.
"""

from __future__ import annotations

import json
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

import pytest
import torch
from mutant_verdicts import Answer, Question, disagreement, is_too_large, overheard
from mutants import KINDS, SPECS, Mutant, mutants

from cnnspec.backends.torch_module import build
from cnnspec.compiler import Result, check_source
from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.diagnostics.render_concise import render_concise
from cnnspec.diagnostics.render_github import render_github
from cnnspec.diagnostics.render_json import render_json
from cnnspec.diagnostics.render_sarif import render_sarif
from cnnspec.diagnostics.render_text import render_all_text
from cnnspec.diagnostics.style import Style
from cnnspec.network.network import Network

FEW = 200
LONGEST = 10  # seconds for one mutant


@dataclass
class Evidence:
    """What was seen of many mutants."""

    asked: dict[Question, Answer] = field(default_factory=dict)
    accepted: dict[object, tuple[Network, Mutant]] = field(default_factory=dict)  # networks without mistakes, each once
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)  # by kind of mutant


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raises TimeoutError inside where it takes longer."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"more than {seconds} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def gather(count: int, seed: int) -> Evidence:
    """Returns what is seen when so many mutants are checked; raises AssertionError for the first without a good answer."""
    evidence = Evidence()
    with overheard() as asked:
        for mutant in mutants(count, seed):
            with time_limit(LONGEST):
                result = check_source(mutant.source)
                verify_renderings(result.diagnostics)
            verify_answer(mutant, result)
            evidence.outcomes[mutant.kind, outcome(mutant, result)] += 1
            for network in result.networks if result.ok else ():
                key = tuple(entry.shape for entry in network.inputs), network.nodes, network.returns
                evidence.accepted.setdefault(key, (network, mutant))
    evidence.asked.update(asked)
    return evidence


def verify_answer(mutant: Mutant, result: Result) -> None:
    """Raises unless there are networks or mistakes, and all that is pointed at is in the text."""
    assert result.networks or result.diagnostics, mutant
    for found in result.diagnostics:
        edits = (edit.span for fix in found.fixes for edit in fix.edits)
        for span in (found.span, *(label.span for label in found.labels), *edits):
            assert 0 <= span.start <= span.end <= len(span.source.text), f"{found.message}: {span}\n{mutant}"


def verify_renderings(diagnostics: tuple[Diagnostic, ...]) -> None:
    """Raises where a renderer fails, or leaves something out."""
    text = render_all_text(diagnostics)
    plain = render_all_text(diagnostics, Style(unicode=False, width=60))
    assert plain.isascii()
    assert all(found.message in text for found in diagnostics)
    for found in diagnostics:
        assert "\n" not in render_concise(found) + render_github(found)
    assert len(json.loads(render_json(diagnostics))["diagnostics"]) == len(diagnostics)
    assert len(json.loads(render_sarif(diagnostics))["runs"][0]["results"]) == len(diagnostics)


def outcome(mutant: Mutant, result: Result) -> str:
    """Returns whether a mutant is a right spec again, or where the first mistake is found: at the change, behind or before."""
    errors = [found for found in result.diagnostics if found.is_error]
    if not errors:
        return "accepted"
    first = errors[0].span
    if first.source.text != mutant.text:
        return "in an imported file"
    line = first.begin.line
    return "before" if line < mutant.line else "behind" if line > mutant.last else "at the change"


def run_on_meta(network: Network) -> list[tuple[int, ...]]:
    """Returns the shapes that torch gives for a network, without the batch, on the device where nothing is computed."""
    with torch.device("meta"), torch.no_grad():
        given = [torch.empty(2, *entry.shape.sizes) for entry in network.inputs]
        results = build(network).eval()(*given)
    return [tuple(each.shape[1:]) for each in ([results] if isinstance(results, torch.Tensor) else results)]


def verify(count: int, seed: int) -> Evidence:
    """Returns what is seen of so many mutants; raises where torch answers differently, in parts or on whole networks."""
    evidence = gather(count, seed)
    differing = [text for question, ours in evidence.asked.items() if (text := disagreement(question, ours)) is not None]
    assert not differing, "\n".join(differing)
    for network, mutant in evidence.accepted.values():
        if not any(is_too_large((node.layer, node.input), node.output) for node in network.layers):
            assert run_on_meta(network) == [shape.sizes for shape in network.outputs], mutant
    return evidence


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def test_torch_agrees_on_mutants() -> None:
    evidence = verify(FEW, seed=0)
    refused = evidence.outcomes.total() - sum(evidence.outcomes[kind, "accepted"] for kind in KINDS)
    assert FEW // 3 < refused < FEW
    assert len(evidence.asked) > 1000
    assert len(evidence.accepted) > FEW // 6


@pytest.mark.slow
def test_torch_agrees_on_many_mutants(request: pytest.FixtureRequest) -> None:
    count = request.config.getoption("--mutants")
    evidence = verify(count, seed=1)
    print(f"\n{len(evidence.asked)} questions to torch, {len(evidence.accepted)} whole networks run")
    for (kind, where), number in sorted(evidence.outcomes.items()):
        print(f"{kind:20} {where:20} {number:5}")


def test_mutants_are_the_same_for_the_same_seed() -> None:
    few, more = list(mutants(40, 3)), list(mutants(60, 3))
    assert more[:40] == few
    assert few != list(mutants(40, 4))
    assert all(mutant.text != mutant.path.read_text(encoding="utf-8") for mutant in more)
    assert {mutant.kind for mutant in mutants(100, 0)} == set(KINDS)
    assert {mutant.path for mutant in mutants(len(KINDS) * len(SPECS), 0)} == set(SPECS)


def test_an_endless_check_is_stopped() -> None:
    with pytest.raises(TimeoutError), time_limit(0.05):
        time.sleep(5)
