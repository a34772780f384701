"""Settings that make no sense, alone or together: each is told, and its neighbour that does make sense is not."""

from __future__ import annotations

import pytest
import torch

from cnnspec.compiler import check_source
from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.recipe.optimizer import OPTIMIZERS
from cnnspec.source import Source

NETWORK = """network N {
    input 1x8x8
    features: {
        conv 8, kernel=3
        act: relu
    }
    flatten
    head: linear 10
}
"""


def found(lines: str, network: str = NETWORK, data: str = "digits") -> list[Diagnostic]:
    body = "".join(f"    {line.strip()}\n" for line in (f"data {data}", *lines.split(";")) if line.strip())
    return list(check_source(Source("t.cnn", f"{network}train {{\n{body}}}\n")).diagnostics)


@pytest.mark.parametrize(
    ("lines", "code", "marked"),
    [
        ("optimizer sgd, lr=0.1, momentum=2", "E0205", "momentum=2"),
        ("optimizer sgd, lr=0.1, momentum=0.9, dampening=1", "E0205", "dampening=1"),
        ("optimizer rmsprop, momentum=1", "E0205", "momentum=1"),
        ("optimizer rmsprop, alpha=1", "E0205", "alpha=1"),
        ("optimizer sgd, lr=0.1, nesterov=true", "E0415", "nesterov=true"),
        ("optimizer sgd, lr=0.5, weight_decay=2", "E0440", "weight_decay=2"),
        ("optimizer adamw, lr=10, weight_decay=0.2", "E0440", "weight_decay=0.2"),
        ("optimizer adam, lr=1, weight_decay=2, decoupled_weight_decay=true", "E0440", "weight_decay=2"),
        ("optimizer rprop, step_sizes=(50, 1e-6)", "E0416", "step_sizes=(50, 1e-6)"),
        ("optimizer sgd, lr=0", "W0532", "lr=0"),
        ("loss cross_entropy, weight=[0, 0, 0, 0, 0, 0, 0, 0, 0, 0]", "E0441", "weight=[0, 0, 0, 0, 0, 0, 0, 0, 0, 0]"),
        ("loss cross_entropy, label_smoothing=1", "E0205", "label_smoothing=1"),
        ("loss cross_entropy, ignore_index=9", "W0506", "ignore_index=9"),
        ("schedule cosine, warmup=10", "W0505", "warmup=10"),
        ("schedule step, 10", "W0505", "10"),
        ("schedule multistep, [5, 10]", "W0505", "[5, 10]"),
        ("schedule one_cycle, three_phase=true, pct_start=0.6", "W0505", "pct_start=0.6"),
        ("schedule cosine, eta_min=0.1", "W0533", "eta_min=0.1"),
        ("schedule exponential, 1.5", "W0537", "1.5"),
        ("schedule step, 2, gamma=10", "W0537", "gamma=10"),
        ("schedule one_cycle, warmup=2", "W0538", "warmup=2"),
        ("augment horizontal_flip; augment random_affine, degrees=400", "W0539", "degrees=400"),
        ("loss bce_with_logits, pos_weight=[1, 2]", "E0404", "pos_weight=[1, 2]"),
        ("early_stopping 10", "W0507", "early_stopping 10"),
        ("accumulate 24", "W0508", "accumulate 24"),
        ("batch 1439", "W0503", "batch 1439"),
        ("ema 0.9999", "W0534", "ema 0.9999"),
        ("freeze features.act", "W0509", "features.act"),
        ("freeze features, head", "E0431", "freeze features, head"),
        ("augment cutout, size=16", "E0442", "size=16"),
        ("augment horizontal_flip; augment cutout, 8", "W0530", "8"),
        ("augment random_crop, 8, padding_mode=reflect", "E0442", "8"),
        ("augment random_crop, (2, 8)", "W0530", "(2, 8)"),
        ("augment random_erasing, scale=(0.5, 0.1)", "E0416", "scale=(0.5, 0.1)"),
        ("augment random_affine, 5, scale=(2, 1)", "E0416", "scale=(2, 1)"),
        ("augment random_erasing, p=1, scale=(0.5, 0.9), ratio=(2, 3)", "W0544", "ratio=(2, 3)"),
        ("augment random_erasing, scale=(0.95, 1)", "W0544", "scale=(0.95, 1)"),
        ("augment random_erasing, scale=(1e-6, 1e-4)", "W0544", "scale=(1e-6, 1e-4)"),
        ("augment random_erasing, ratio=(50, 60)", "W0544", "ratio=(50, 60)"),
        ("augment cutout, 2; augment random_erasing, p=0, ratio=(50, 60)", "W0544", "p=0"),
        ("augment horizontal_flip, p=0", "W0544", "p=0"),
        ("augment vertical_flip, 0.0", "W0544", "0.0"),
        ("augment random_affine, 0", "W0544", "0"),
        ("augment random_affine, degrees=0, translate=(0, 0), scale=(1, 1)", "W0544", "degrees=0"),
        ("augment random_crop, (0, 0)", "W0544", "(0, 0)"),
    ],
)
def test_nonsense_is_marked(lines: str, code: str, marked: str) -> None:
    (only,) = found(lines)
    assert (only.code, only.span.text) == (code, marked)
    assert only.help is not None or code == "E0205"


def test_an_activation_that_is_applied_twice_is_marked_where_it_stands() -> None:
    twice = NETWORK.replace("linear 10", "linear 10\n    softmax\n    identity")
    (usual,) = (item for item in found("", twice) if item.code == "W0502")
    assert (usual.span.text, usual.labels) == ("softmax", ())
    (written,) = (item for item in found("loss label_smoothing", twice) if item.code == "W0502")
    assert (written.span.text, [label.span.text for label in written.labels]) == ("softmax", ["loss label_smoothing"])


def test_a_single_output_gets_another_loss_without_the_arguments_of_the_first() -> None:
    single = NETWORK.replace("linear 10", "linear 1")
    for lines in ("loss cross_entropy, label_smoothing=0.2", "loss label_smoothing, 0.2"):
        (only,) = (item for item in found(lines, single) if item.code == "E0413")
        ((edit,),) = (fix.edits for fix in only.fixes)
        assert (edit.span.text, edit.content) == (lines, "loss bce_with_logits")


@pytest.mark.parametrize(
    "lines",
    [
        "optimizer sgd, lr=0.1, momentum=0.99, dampening=0.5",
        "optimizer sgd, lr=0.1, momentum=0.9, nesterov=true, weight_decay=5e-4",
        "optimizer adam, lr=1, weight_decay=2",
        "loss cross_entropy, weight=[0, 1, 1, 1, 1, 1, 1, 1, 1, 1], label_smoothing=0.99, ignore_index=10",
        "schedule cosine, warmup=9, eta_min=0.001",
        "schedule step, 9",
        "schedule exponential, 1.0",
        "schedule one_cycle, pct_start=0.2",
        "augment random_affine, degrees=360",
        "loss bce_with_logits, pos_weight=[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]",
        "loss bce_with_logits, pos_weight=4",
        "schedule multistep, [5, 9]",
        "schedule one_cycle, pct_start=0.6",
        "early_stopping 9",
        "accumulate 23",
        "batch 1438",
        "ema 0.99",
        "freeze features",
        "augment random_crop, 7, padding_mode=reflect; augment cutout, 7; augment random_erasing, scale=(0.1, 0.1)",
        "augment random_crop, 8, padding_mode=edge",
        "augment random_crop, (0, 1)",
        "augment random_affine, 0, translate=(0, 0.1); augment random_affine, 0, scale=(1, 1.1)",
        "augment horizontal_flip, p=1e-9",
    ],
)
def test_sense_is_silent(lines: str) -> None:
    assert found(lines) == []


def test_the_size_of_the_test_part() -> None:
    assert [item.span.text for item in found("", data="digits, test=0.0001")] == ["test=0.0001"]
    assert found("", data="digits, test=0") == []
    assert found("batch 2", data='csv, "t.csv", test=0.0001') == []  # nobody knows before it is read


def test_few_samples_are_put_down_to_what_left_so_few() -> None:
    (share,) = found("", data="digits, test=0.97")
    assert (share.code, share.span.text, share.help) == (
        "W0503",
        "test=0.97",
        "lower `test`, which keeps 1,743 samples for testing",
    )
    (too_many,) = found("batch 4000", data="digits, test=0.97")
    assert (too_many.code, too_many.span.text) == ("W0503", "batch 4000")
    (few,) = found("", data="synthetic, 70")
    assert (few.code, few.help) == ("W0503", "a smaller `batch` takes more steps")


def test_an_image_of_unknown_size_has_room() -> None:
    network = NETWORK.replace("1x8x8", "1xHxW").replace("flatten", "adaptive_avgpool 1\n    flatten")
    assert found("augment cutout, 99", network) == []


def shrinks(keyword: str, lr: float, decay: float) -> bool:
    """Returns whether a weight without any gradient comes closer to 0 in twenty steps of torch's optimizer."""
    weight = torch.nn.Parameter(torch.ones(2, 2, dtype=torch.float64))
    kind = OPTIMIZERS[keyword]
    decoupled = {"decoupled_weight_decay": True} if "decoupled_weight_decay" in kind.model_fields else {}
    plain = {"lambd": 0.0} if keyword == "asgd" else {}
    optimizer = getattr(torch.optim, kind.torch_name)([weight], lr=lr, weight_decay=decay, **decoupled, **plain)
    assert kind(lr=lr, weight_decay=decay, **decoupled, **plain).decay == pytest.approx(lr * decay)
    for _ in range(20):
        weight.grad = torch.zeros_like(weight)
        optimizer.step()
    return bool(weight.abs().max() < 1)


@pytest.mark.parametrize("keyword", ["sgd", "adamw", "adam", "nadam", "radam", "asgd", "adafactor", "muon"])
def test_weights_grow_where_decay_takes_more_than_all_of_them(keyword: str) -> None:
    """The truth is torch: `decay` says how much of a weight a step takes, and beyond twice of it the weight grows."""
    assert shrinks(keyword, 0.1, 1.0)
    assert not shrinks(keyword, 0.1, 25.0)


@pytest.mark.parametrize(("size", "erases_all"), [(16, True), (15, True), (14, False), (20, True)])
def test_squares_that_cover_every_image(size: int, erases_all: bool) -> None:
    """The truth is every place that the square can have: around each pixel of the image."""
    covered = [all(0 <= at - (pixel - size // 2) < size for at in range(8)) for pixel in range(8)]
    assert all(covered) == erases_all
    assert (found(f"augment cutout, {size}")[0].code == "E0442") == erases_all
