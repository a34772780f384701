"""Each lint about a network as a whole, or about how it is trained, on ten that draw it and ten that do not."""

from __future__ import annotations

import pytest
from drawn import drawn

ENTROPY = 'data csv, "a.csv", target=-1; loss cross_entropy'
BCE = 'data csv, "a.csv", target=-1; loss bce'
LOGITS = 'data csv, "a.csv", target=-1; loss bce_with_logits'
ONE = 'data csv, "a.csv", target=-1; loss cross_entropy; batch 1'

TWICE_IN_ALL = [
    ("input 8; linear 10; softmax", ENTROPY),
    ("input 8; linear 10; sigmoid", ENTROPY),
    ("input 8; linear 10; log_softmax", ENTROPY),
    ("input 8; linear 10; softmax; flatten", ENTROPY),
    ("input 3x8x8; conv 10, 8; softmax; flatten", ENTROPY),
    ("input 3x8x8; conv 10, 8; flatten; Softmax", ENTROPY),
    ("input 3x8x8; conv 10, 3; global_avgpool; flatten; softmax", ENTROPY),
    ("input 8; linear 1; sigmoid", LOGITS),
    ("input 8; linear 4; sigmoid", LOGITS),
    ("input 8; linear 4; hardsigmoid", LOGITS),
    ("input 8; linear 16; relu; linear 4; Sigmoid", LOGITS),
]
ONCE = [
    ("input 8; linear 10", ENTROPY),
    ("input 8; linear 16; sigmoid; linear 10", ENTROPY),
    ("input 8; linear 16; softmax; linear 10", ENTROPY),
    ("input 3x8x8; conv 10, 8; flatten", ENTROPY),
    ("input 8; linear 1; sigmoid", BCE),
    ("input 8; linear 4; sigmoid", BCE),
    ("input 8; linear 1", LOGITS),
    ("input 8; linear 16; sigmoid; linear 1", LOGITS),
    ("input 8; linear 10; softmax", ""),
    ("input 8; linear 1; hardsigmoid", BCE),
]

ACTIVATED = [
    ("input 784; linear 128; relu; linear classes; relu", ""),
    ("input 784; linear 128; relu; linear classes; tanh", ""),
    ("input 784; linear classes; leaky_relu 0.1", ""),
    ("input 3x8x8; conv 4, 3; relu; flatten; linear classes; gelu", ""),
    ("input 8; linear 10; relu", ENTROPY),
    ("input 8; Linear 10; ReLU", ENTROPY),
    ("input 8; linear 10; elu", ENTROPY),
    ("input 8; linear 1; relu", LOGITS),
    ("input 8; linear 16; relu; linear 10; silu", ENTROPY),
    ("input 3x8x8; global_avgpool; flatten; linear 10; hardswish", ENTROPY),
    ("input 8; linear 10; relu; dropout 0.5", ENTROPY),
]
NOT_ACTIVATED = [
    ("input 784; linear 128; relu; linear classes", ""),
    ("input 784; linear 128; relu", ""),
    ("input 784; linear 64; tanh", ""),
    ("input 8; linear 10", ENTROPY),
    ("input 8; linear 16; relu; linear 10; dropout 0.5", ENTROPY),
    ("input 8; linear 1; relu", 'data csv, "a.csv", target=-1; loss mse'),
    ("input 8; linear 1; softplus", 'data csv, "a.csv", target=-1; loss l1'),
    ("input 3x8x8; conv 10, 1; relu; global_avgpool; flatten", ENTROPY),
    ("input 8; linear 1; sigmoid", BCE),
    ("input 100; linear 784; tanh; unflatten 0, (1, 28, 28)", ""),
]

SINGLE = [
    ("input 8; linear 4, bias=false; batchnorm; relu; linear 10", ONE),
    ("input 3x8x8; global_avgpool; batchnorm; flatten; linear 10", ONE),
    ("input 3x8x8; conv 4, 8, bias=false; batchnorm; relu; flatten; linear 10", ONE),
    ("input 3x2x2; maxpool 2; batchnorm; flatten; linear 10", ONE),
    ("input 3x8x8; flatten; batchnorm; linear 10", ONE),
    ("input 3x8; adaptive_avgpool 1; batchnorm; flatten; linear 10", ONE),
    ("input 3x4x4x4; conv 4, 4, bias=false; BatchNorm3d; relu; flatten; linear 10", ONE),
    ("input 8; batchnorm affine=false; linear 10", ONE),
    ("input 8; batchnorm; linear 16; relu; linear 10", ONE),
    ("input 8; repeat 2 {; linear 16, bias=false; batchnorm; relu;}; linear 10", ONE),
    ("input 8; a: linear 4, bias=false; b: batchnorm; relu; linear 10", f"{ONE}; freeze a"),
    ("input 8; b: batchnorm track_running_stats=false; linear 10", f"{ONE}; freeze b"),
]
SEVERAL = [
    ("input 8; linear 4, bias=false; batchnorm; relu; linear 10", ENTROPY),
    ("input 8; linear 4, bias=false; batchnorm; relu; linear 10", ""),
    ("input 8; linear 4, bias=false; batchnorm; relu; linear 10", f"{ENTROPY}; batch 2"),
    ("input 8; linear 4; layernorm; relu; linear 10", ONE),
    ("input 3x8x8; batchnorm; flatten; linear 10", ONE),
    ("input 3x8x8; conv 4, 3, bias=false; batchnorm; relu; flatten; linear 10", ONE),
    ("input 3x8; batchnorm; flatten; linear 10", ONE),
    ("input 3x1x2; batchnorm; flatten; linear 10", ONE),
    ("input 4x8x8; global_avgpool; groupnorm 1; flatten; linear 10", ONE),
    ("input 8; linear 10", ONE),
    ("input 8; a: {; linear 4, bias=false; batchnorm;}; relu; linear 10", f"{ONE}; freeze a"),
]

FIELD = [
    ("input 3x64x64; conv 8, 3; relu; global_avgpool; flatten; linear 10", ""),
    ("input 3x64x64; conv 8, 5; relu; conv 8, 5; relu; global_avgpool; flatten; linear 10", ""),
    ("input 3x32x32; conv 8, 3; relu; maxpool 2, ceil_mode=true; conv 8, 3; relu; AdaptiveAvgPool2d 1; flatten; linear 10", ""),
    ("input 1x28x28; conv 8, 3; relu; conv 10, 3; global_maxpool; flatten", ""),
    ("input 3x224x224; conv 64, 7, 2, 3; relu; maxpool 3, 2, 1; conv 64, 3; relu; global_avgpool; flatten; linear 10", ""),
    ("input 3x64x64; conv 8, 1; relu; global_avgpool; flatten; linear 10", ""),
    ("input 3x32x32; conv 8, 3, padding=1; relu; avgpool 32; flatten; linear 10", ""),
    ("input 3x100x100; repeat 4 {; conv 8, 3, padding=1; relu;}; global_avgpool; flatten; linear 10", ""),
    ("input 3x64x64; conv 8, 3; relu; global_avgpool; flatten; dropout 0.5; linear 64; relu; linear 10", ""),
    ("input 3x64x64; residual {; conv 3, 3, padding=1;}; relu; global_avgpool; flatten; linear 10", ""),
]
NO_FIELD = [
    ("input 3x64x64; conv 8, 3; relu; flatten; linear 10", ""),
    ("input 1x28x28; conv 8, 5; relu; maxpool 2; conv 8, 5; relu; maxpool 2; global_avgpool; flatten; linear 10", ""),
    ("input 3x32x32; conv 8, 32; relu; flatten; linear 10", ""),
    ("input 1x16000; conv 8, 80, 4; relu; global_avgpool; flatten; linear 10", ""),
    ("input 512x7x7; global_avgpool; flatten; linear 10", ""),
    ("input 3x64x64; conv 8, 3, padding=1; relu; conv 2, 1", ""),
    ("input 8; linear 16; relu; linear 10", ""),
    ("input 3x64x64; repeat 5 {; conv 8, 3, padding=1; relu; maxpool 2;}; global_avgpool; flatten; linear 10", ""),
    ("input 3x64x64; conv 8, 8, 8; relu; conv 8, 5, padding=2; relu; global_avgpool; flatten; linear 10", ""),
    ("input 3x64x64; conv 8, 33, padding=16; relu; global_avgpool; flatten; linear 10", ""),
]

HEAVY = [
    ("input 3x64x64; conv 16, 3, padding=1; relu; flatten; linear 64; relu; linear 10", ""),
    ("input 3x224x224; conv 64, 3, 2, 1; relu; flatten; linear 10", ""),
    ("input 1x28x28; conv 32, 3, padding=1; relu; flatten; linear 128; relu; linear 10", ""),
    ("input 3x32x32; conv 64, 3; relu; Flatten; Linear 512; ReLU; Linear 10", ""),
    ("input 3x32x32; conv 16, 3; relu; flatten; linear 1024; relu; dropout; linear 10", ""),
    ("input 1x16000; conv 32, 80, 4; relu; flatten; linear 64; relu; linear 10", ""),
    ("input 3x16x16x16; conv 16, 3, padding=1; relu; flatten; linear 64; relu; linear 10", ""),
    (
        "input 3x28x28; conv 32, 5, padding=2; relu; maxpool 2; conv 64, 5, padding=2; relu; maxpool 2; flatten; linear 1024; "
        "relu; dropout; linear 10",
        "",
    ),
    ("input 3x32x32; conv 1024, 3; relu; conv 1024, 3; relu; conv 8, 1; relu; global_avgpool; flatten; linear 10", ""),
    ("input 3x64x64; flatten; linear 512; relu; linear 10", ""),
]
NOT_HEAVY = [
    ("input 3x64x64; conv 16, 3, padding=1; relu; global_avgpool; flatten; linear 64; relu; linear 10", ""),
    ("input 1x8x8; conv 4, 3; relu; flatten; linear 10", ""),  # little in all
    ("input 784; linear 4096; relu; linear 10", ""),  # flat from the beginning
    ("input 3x64x64; flatten; linear 512", ""),  # a single layer
    ("input 512x7x7; flatten; linear 4096; relu; linear 10", ""),  # a head
    ("input 3x64x64; repeat 3 {; conv 512, 3, padding=1; relu;}; global_avgpool; flatten; linear 10", ""),
    (
        "input 1x28x28; conv 6, 5, padding=2; relu; maxpool 2; conv 16, 5; relu; maxpool 2; flatten; linear 120; linear 10",
        "",
    ),
    ("input 3x64x64; flatten; linear 256; relu; linear 12000; relu; linear 10", ""),
    ("input 1x28x28; flatten; linear 1000; relu; linear 1000; relu; linear 10", ""),
    ("input 3x32x32; conv 64, 3; relu; maxpool 2, ceil_mode=true; conv 256, 3; relu; global_avgpool; flatten; linear 10", ""),
]

LAST = [
    (f"input {size}; relu", "")
    for size in (
        "32x32x3",
        "28x28x1",
        "224x224x3",
        "64x64x4",
        "8x8x3",
        "299x299x3",
        "16x32x32x3",
        "16x3x112x112",
        "8x1x64x64",
        "512x512x1",
    )
]
FIRST = [
    (f"input {size}; relu", "")
    for size in (
        "3x32x32",
        "1x28x28",
        "3x224x224",
        "4x64x64",
        "64x56x56",
        "3x16x112x112",
        "512x4x4",
        "28x28",
        "13x13x5",
        "2048x1x1",
    )
]

CASES = {
    "W0502": (TWICE_IN_ALL, ONCE),
    "W0517": (SINGLE, SEVERAL),
    "W0520": (ACTIVATED, NOT_ACTIVATED),
    "W0521": (FIELD, NO_FIELD),
    "W0522": (HEAVY, NOT_HEAVY),
    "W0523": (LAST, FIRST),
}


@pytest.mark.parametrize(("code", "case"), [(code, case) for code, (found, _) in CASES.items() for case in found])
def test_it_is_drawn(code: str, case: tuple[str, str]) -> None:
    assert code in drawn(*case)


@pytest.mark.parametrize(("code", "case"), [(code, case) for code, (_, silent) in CASES.items() for case in silent])
def test_it_is_not_drawn(code: str, case: tuple[str, str]) -> None:
    assert code not in drawn(*case)


@pytest.mark.parametrize("code", CASES)
def test_there_are_ten_of_each(code: str) -> None:
    assert all(len(set(cases)) >= 10 for cases in CASES[code])
