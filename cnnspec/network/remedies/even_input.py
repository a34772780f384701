"""An input whose sizes can be halved so often that nothing is lost: then what is doubled again meets what was before."""

from __future__ import annotations

from cnnspec.layers.merge_problems import MergeProblem
from cnnspec.layers.merges import MERGES
from cnnspec.network.remedies.bridging import Meeting
from cnnspec.network.remedies.replay import Change, can_replay, replay
from cnnspec.network.walk import Past
from cnnspec.values.shapes import Shape

MULTIPLES = (2, 4, 8, 16, 32, 64, 128)
GUESSED = (16, 32, 64)  # where the file asks for sizes, and only a check of all of it tells


def even_input(problem: MergeProblem, meeting: Meeting, past: Past) -> list[tuple[Shape, bool]]:
    """Returns inputs near the declared one with which the values meet, each with whether that has been tried."""
    if past.declared != 1 or not past.input_spans or min(meeting.values) < 0:
        return []
    declared = past.inputs[0]
    if declared is None or declared.rank == 1 or declared.is_symbolic:
        return []
    if not can_replay(past):
        return [(shape, False) for multiple in GUESSED for shape in _rounded(declared, multiple)]
    for multiple in MULTIPLES:
        fitting = [shape for shape in _rounded(declared, multiple) if _meet(shape, problem, meeting, past)]
        if fitting:
            return [(shape, True) for shape in fitting]
    return []


def _rounded(declared: Shape, multiple: int) -> list[Shape]:
    """Returns an input with the next larger multiples as its sizes, and one with the next smaller ones."""
    larger = [-(-size // multiple) * multiple for size in declared.spatial]
    smaller = [size // multiple * multiple for size in declared.spatial]
    found = [Shape((declared.channels, *sizes)) for sizes in (larger, smaller) if min(sizes) > 0]
    return [shape for number, shape in enumerate(found) if shape != declared and shape not in found[:number]]


def _meet(shape: Shape, problem: MergeProblem, meeting: Meeting, past: Past) -> bool:
    changed = replay(past, Change(0, shape))
    if changed is None:
        return False
    try:
        MERGES[problem.keyword].infer([changed.get(value, past.shape(value)) for value in meeting.values])
    except MergeProblem:
        return False
    return True
