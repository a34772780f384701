"""Two networks of one file of which one feeds the other: what is said where a recipe trains one of them."""

from __future__ import annotations

import pytest

from cnnspec.compiler import Options, check_source
from cnnspec.network.pairs import counterpart
from cnnspec.source import Source

GENERATOR = "network Generator {\n    input 16\n    linear 64\n    unflatten 0, 1x8x8\n}\n"
JUDGE = "network Judge {\n    input 1x8x8\n    flatten\n    linear 1\n}\n"
FITS = 'train {\n    data folder, "made"\n    loss bce_with_logits\n}\n'
MISFITS = "train {\n    data digits\n    loss bce_with_logits\n}\n"


def said(text: str, **options: str) -> list[str]:
    """Returns the codes of what is found, but for those about layers."""
    found = check_source(Source("pair.cnn", text), Options(**options)).diagnostics  # type: ignore[arg-type]
    return [item.code for item in found if not item.code.startswith("W051")]


def network(*bodies: str) -> str:
    """Returns networks A, B, ... of which the last has no mistakes whatever the others are."""
    return "".join(f"network {name} {{\n    {body}\n}}\n" for name, body in zip("ABC", bodies, strict=False))


def other(text: str, **options: str) -> str | None:
    found = counterpart(check_source(Source("pair.cnn", text), Options(**options)).last)  # type: ignore[arg-type]
    return None if found is None else found.name


def test_a_pair_without_a_recipe_is_right() -> None:
    assert said(GENERATOR + JUDGE) == []


@pytest.mark.parametrize("order", [GENERATOR + JUDGE, JUDGE + GENERATOR])
def test_what_fits_neither_is_no_mistake_of_data_or_loss(order: str) -> None:
    assert said(order + MISFITS) == ["E0417"]
    assert said(order, data="digits") == ["E0417"]


def test_one_alone_is_a_warning() -> None:
    assert said(GENERATOR + JUDGE + FITS) == ["W0542"]


def test_a_network_by_name_is_meant_alone() -> None:
    assert said(GENERATOR + JUDGE + FITS, network="Judge") == []
    assert said(GENERATOR + JUDGE + MISFITS, network="Judge") == ["E0411"]
    assert other(GENERATOR + JUDGE) == "Generator"
    assert other(GENERATOR + JUDGE, network="Judge") is None


def test_the_message_says_which_way_round() -> None:
    for text, words in ((GENERATOR + JUDGE, "takes what `Generator` gives"), (JUDGE + GENERATOR, "gives what `Judge` takes")):
        (found,) = check_source(Source("pair.cnn", text + MISFITS)).diagnostics
        assert found.message.endswith(words)
        assert found.help is not None
        assert "examples/gan.py" in found.help


@pytest.mark.parametrize(
    ("bodies", "expected"),
    [
        (("input 4\n    linear 3", "input 3\n    linear 2"), "A"),  # a body and its head
        (("input 9\n    linear 3", "input 3\n    linear 9"), "A"),  # the halves of an autoencoder
        (("input 3\n    linear 3", "input 3\n    linear 2"), None),  # two networks for the same data
        (("input 3\n    linear 3", "input 3\n    linear 3\n    relu"), None),  # two variants
        (("input 1x4x4\n    conv 1, 3, padding=1", "input 1x4x4\n    conv 1, 4"), "A"),  # images to images, and their judge
        (("input 1x4x4\n    conv 1, 4", "input 1x4x4\n    conv 1, 3, padding=1"), "A"),
        (("input 5\n    linear 4", "input 3\n    linear 2"), None),
        (("input 5\n    linear 3", "input 8\n    relu", "input 3\n    linear 2"), "A"),  # others between them
    ],
)
def test_which_networks_are_a_pair(bodies: tuple[str, ...], expected: str | None) -> None:
    assert other(network(*bodies)) == expected


def test_one_of_several_inputs_is_fed() -> None:
    judge = "network Judge {\n    made: input 16\n    class: input 10\n    concat made, class\n    linear 1\n}\n"
    generator = "network Maker {\n    input 4\n    linear 16\n}\n"
    (found,) = check_source(Source("pair.cnn", f"{generator}{judge}train {{ data digits }}\n")).diagnostics
    assert (found.code, "takes what `Maker` gives" in found.message) == ("E0417", True)
