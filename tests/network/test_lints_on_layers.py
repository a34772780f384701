"""Each lint about layers, on ten networks that draw it and ten that do not, as people write them."""

from __future__ import annotations

import pytest
from drawn import drawn

BIAS = [
    "input 3x32x32; conv 16, kernel=3, padding=1; batchnorm; relu",
    "input 3x32x32; Conv2d 16, kernel_size=3; BatchNorm2d; ReLU",
    "input 3x32x32; conv 16, 3, bias=true; batchnorm; relu",
    "input 8x64; conv 16, 3; batchnorm; relu",
    "input 1x8x8x8; conv 4, 3; batchnorm; relu",
    "input 100x1x1; conv_transpose 64, kernel=4; batchnorm; relu",
    "input 784; linear 128; batchnorm; relu; linear 10",
    "input 3x16x16; repeat 3 { ;conv 8, 3, padding=1; batchnorm; relu;}",
    "input 3x16x16; conv 8, 3, padding=1, groups=1; batchnorm momentum=0.01; leaky_relu 0.1",
    "input 8x16x16; residual {; conv 8, 3, padding=1; batchnorm; relu;}; relu",
]
NO_BIAS = [
    "input 3x32x32; conv 16, kernel=3, bias=false; batchnorm; relu",
    "input 3x32x32; conv 16, kernel=3; relu; batchnorm",
    "input 3x32x32; conv 16, kernel=3; instancenorm; relu",
    "input 3x32x32; conv 16, kernel=3; groupnorm 4; relu",
    "input 784; linear 128, bias=false; batchnorm; relu; linear 10",
    "input 3x32x32; batchnorm; conv 16, kernel=3; relu",
    "input 3x32x32; conv 16, kernel=3; maxpool 2; relu; batchnorm",
    "input 3x32x32; a: conv 16, kernel=3; batchnorm; relu; add a",
    "input 16x10; permute 1, 0; linear 16; batchnorm; relu",
    "input 3x32x32; conv 16, kernel=3, bias=not true; batchnorm; relu",
]

LINEAR = [
    "input 784; linear 512; linear 10",
    "input 784; linear 512; dropout 0.5; linear 10",
    "input 3x32x32; conv 16, 3; conv 32, 3; relu",
    "input 3x32x32; Conv2d 16, kernel_size=3; Conv2d 16, kernel_size=3; ReLU",
    "input 3x32x32; conv 16, 3; channel_dropout 0.1; conv 32, 3; relu",
    "input 1x16000; conv 16, 80, 4; conv 16, 3; relu",
    "input 64x8x8; conv_transpose 64, 2, 2; conv 64, 3; relu",
    "input 3x8x8x8; conv 4, 3; conv 8, 3; relu",
    "input 3x16x16; relu; flatten; linear 100; linear 100; linear 10",
    "input 3x16x16; repeat 3 {; conv 8, 3, padding=1;}; relu",
]
NOT_LINEAR = [
    "input 784; linear 512; relu; linear 10",
    "input 784; linear 512; relu; dropout 0.5; linear 10",
    "input 3x32x32; conv 16, 3, bias=false; batchnorm; conv 32, 3; relu",
    "input 16x32x32; conv 16, 3, padding=1, groups=16; conv 32, 1; relu",
    "input 16x32x32; conv 64, 1; conv 64, 3, padding=1, groups=64; relu",
    "input 16x32x32; conv 16, 1x7, padding=0x3; conv 16, 7x1, padding=3x0; relu",
    "input 512x8x8; conv 32, 1; conv 512, 1; relu",
    "input 3x32x32; a: conv 16, 3, padding=1; conv 16, 3, padding=1; add a; relu",
    "input 1x8x8; conv 1, 3, weight=[[[[1,0,-1],[2,0,-2],[1,0,-1]]]], frozen=true; conv 4, 3; relu",
    "input 3x32x32; conv 16, 3; maxpool 2; conv 32, 3; relu",
]

DROPOUT = [
    "input 784; linear 64; relu; dropout 0.5; batchnorm",
    "input 784; linear 64; relu; Dropout p=0.2; BatchNorm1d",
    "input 3x8x8; conv 8, 3; relu; dropout; batchnorm",
    "input 3x8x8; conv 8, 3; relu; channel_dropout 0.2; batchnorm",
    "input 3x8x8; conv 8, 3; relu; Dropout2d; BatchNorm2d",
    "input 3x64; conv 8, 3; relu; dropout 0.1; batchnorm",
    "input 3x8x8x8; conv 8, 3; relu; dropout 0.1; batchnorm",
    "input 3x8x8; conv 8, 3; relu; maxpool 2; dropout 0.25; batchnorm; flatten; linear 10",
    "input 3x8x8; repeat 2 {; conv 8, 3; relu; dropout 0.25; batchnorm;}",
    "input 8x8x8; add {; {; relu; dropout 0.25; batchnorm;}; { };}",
]
NO_DROPOUT = [
    "input 784; linear 64, bias=false; batchnorm; relu; dropout 0.5",
    "input 784; linear 64; relu; dropout 0.5; linear 10",
    "input 3x8x8; conv 8, 3, bias=false; batchnorm; relu; dropout 0.25; conv 8, 3",
    "input 784; linear 64; relu; dropout 0.5; layernorm",
    "input 3x8x8; conv 8, 3; relu; dropout 0.5; groupnorm 2",
    "input 3x8x8; conv 8, 3; relu; dropout 0.5; instancenorm",
    "input 784; linear 64; selu; alpha_dropout 0.1; linear 10",
    "input 8x8x8; residual {; conv 8, 3, padding=1; relu; drop_path 0.1;}; batchnorm",
    "input 784; dropout 0.2; linear 64, bias=false; batchnorm; relu",
    "input 3x8x8; batchnorm; dropout 0.2; conv 8, 3; relu",
]

EDGE = [
    "input 1x29x29; maxpool 2",
    "input 1x28x28; maxpool 3",
    "input 1x28x29; maxpool 2",
    "input 3x224x224; conv 64, 3, stride=2",
    "input 3x32x32; conv 8, 4, stride=4, padding=1; relu; maxpool 4",
    "input 1x101; avgpool 4",
    "input 1x9x9x9; maxpool 2",
    "input 3x33x33; conv 8, 3; relu; maxpool 2",
    "input 3x32x32; conv 8, 2, stride=2; relu; conv 8, 3, stride=2",
    "input 3x10x10; conv 8, 3, stride=2, dilation=2, padding=0",
]
NO_EDGE = [
    "input 1x28x28; maxpool 2",
    "input 1x29x29; maxpool 2, ceil_mode=true",
    "input 3x224x224; conv 64, 7, stride=2, padding=3",  # one row of padding is lost
    "input 3x224x224; conv 64, 11, stride=4, padding=2",
    "input 3x32x32; conv 8, 1, stride=2",  # K < S: the gaps are meant
    "input 3x33x33; conv 8, 3, stride=2, padding=1",
    "input 3x29x29; conv 8, 3",
    "input 3x29x29; zero_pad (0, 1, 0, 1); maxpool 2",
    "input 3x29x29; global_avgpool",
    "input 3x29x29; adaptive_avgpool 7",
]

PADDING_OF_ONE = [
    "input 3x8x8; conv 8, 1, padding=1",
    "input 3x8x8; conv 8, kernel=1, padding=2",
    "input 3x8x8; Conv2d 8, kernel_size=1, padding=1",
    "input 3x64; conv 8, 1, padding=1",
    "input 3x8x8x8; conv 8, 1, padding=1",
    "input 3x8x8; conv 8, 1x3, padding=1",
    "input 3x8x8; conv 8, (3, 1), padding=(1, 1)",
    "input 3x8x8; conv 8, 1, stride=3, padding=1",
    "input 4x8x8; conv 4, 1, padding=1, groups=4",
    "input 3x8x8; repeat 2 {; conv 8, 1, padding=1; relu;}",
]
NO_PADDING_OF_ONE = [
    "input 3x8x8; conv 8, 1",
    "input 3x8x8; conv 8, 1, padding=0",
    "input 3x8x8; conv 8, 3, padding=1",
    'input 3x8x8; conv 8, 1, padding="same"',
    'input 3x8x8; conv 8, 1, padding="valid"',
    "input 3x8x8; conv 8, 1x3, padding=0x1",
    "input 3x8x8; conv 8, (3, 1), padding=(1, 0)",
    "input 3x8x8; conv 8, 1, stride=2; relu",
    "input 3x8x8; zero_pad 1; conv 8, 1",
    'input 3x8x8; conv 8, 1, padding=1, padding_mode="reflect"',
]

ON_PADDING = [
    "input 8x1x1; conv 8, 3, padding=1",
    "input 8x2x2; conv 8, 7, padding=3",
    "input 8x1x1; conv 8, 5, padding=2",
    "input 8x1; conv 8, 3, padding=1",
    "input 8x1x1x1; conv 8, 3, padding=1",
    'input 8x1x1; conv 8, 3, padding="same"',
    "input 8x4x4; conv 8, 3, dilation=6, padding=6",
    "input 8x1x1; repeat 2 {; conv 8, 3, padding=1; relu;}",
    "input 8x4x4; maxpool 2; conv 8, 3, padding=1; relu; maxpool 2; conv 8, 3, padding=1",
    "input 8x2x2; conv 8, 9, padding=4",
]
NOT_ON_PADDING = [
    "input 8x3x3; conv 8, 3, padding=1",
    "input 8x7x7; conv 8, 3, padding=1",
    "input 8x1x1; conv 8, 1",
    "input 8x2x2; conv 8, 3, padding=1",
    "input 8x7x7; conv 8, 7, padding=3",
    "input 8x1x1; linear 8, in_features=1",
    "input 8x13x13; conv 8, 3, dilation=6, padding=6",
    'input 8x2x2; conv 8, 5, padding=2, padding_mode="replicate"',
    "input 8x3; conv 8, 3, padding=2",
    "input 8x5x5; conv 8, 5, padding=2",
]

IDLE = [
    "input 784; dropout 0; linear 10",
    "input 784; dropout 0.0; linear 10",
    "input 3x8x8; channel_dropout 0; relu",
    "input 3x8x8; zero_pad 0; relu",
    "input 3x8x8; reflection_pad 0; relu",
    "input 3x8x8; maxpool 1; relu",
    "input 3x8x8; avgpool 1, stride=1; relu",
    "input 3x8x8; MaxPool2d kernel_size=1; relu",
    "input 3x8x8; zero_pad (0, 0, 0, 0); relu",
    "input 3x8x8; residual {; conv 3, 3, padding=1; drop_path 0;}; relu",
    "input 3x8x8; upsample 1; relu",
    "input 4x8x8; channel_shuffle 1; relu",
    "input 4x8x8; pixel_shuffle 1; relu",
    "input 4x8x8; pixel_unshuffle 1; relu",
    "input 3x8x8; crop 0; relu",
]
NOT_IDLE = [
    "input 784; dropout; linear 10",
    "input 784; dropout 0.1; linear 10",
    "input 3x8x8; maxpool 1, stride=2; relu",
    "input 3x8x8; maxpool 2, stride=1; relu",
    "input 3x8x8; zero_pad (0, 1, 0, 1); relu",
    "input 3x8x8; identity; relu",
    "input 784; let p = 0; dropout p; linear 10",
    "input 3x8x8; upsample 2; relu",
    "input 3x8x8; upsample (1, 2); relu",
    "input 4x8x8; channel_shuffle 2; relu",
    "input 3x8x8; let k = 1; maxpool k; relu",
    "input 3x8x8; avgpool 1, divisor_override=2; relu",
]

TWICE = [
    "input 8; linear 8; sigmoid; sigmoid",
    "input 8; linear 8; sigmoid; softmax",
    "input 8; linear 8; softmax; softmax",
    "input 8; linear 8; softmax; log_softmax",
    "input 8; linear 8; hardsigmoid; softmax",
    "input 8x4x4; sigmoid; flatten; softmax",
    "input 8; linear 8; softmax; sigmoid",
    "input 8; linear 8; Sigmoid; Softmax axis=0",
    "input 8x4x4; conv 4, 1; sigmoid; softmax",
    "input 8; linear 8; softmax; identity; softmax",
]
NOT_TWICE = [
    "input 8; linear 8; sigmoid",
    "input 8; linear 8; softmax",
    "input 8; linear 8; sigmoid; linear 4; sigmoid",
    "input 8; linear 8; relu; softmax",
    "input 8; linear 8; log_softmax",
    "input 8; linear 8; tanh; softmax",
    "input 8x4x4; a: relu; sigmoid; multiply a; sigmoid",
    "input 8; linear 8; sigmoid; dropout 0.1; linear 8; softmax",
    "input 8; sigmoid; linear 8; softmax",
    "input 8x4x4; conv 8, 3; sigmoid; conv 8, 1; softmax",
]

OVERWRITTEN = [
    "input 3x8x8; x: conv 8, 1; relu inplace=true; conv 8, 1; add x",
    "input 8x8x8; residual {; relu inplace=true; conv 8, 1;}",
    "input 3x8x8; repeat 3 {; conv 8, 1; residual {; relu6 inplace=true; conv 8, 1;};}",
    "input 3x8x8; x: conv 8, 1; y: flatten; from x; silu inplace=true; conv 8, 1; flatten; add y",
    "input 3x8x8; x: conv 8, 1; y: relu inplace=true; output x, y",
    "input 3x8x8; x: conv 8, 1; dropout 0.2; relu inplace=true; conv 8, 1; add x",
    "input 8; x: linear 8; dropout 0.2, inplace=true; linear 8; add x",
    "input 3x8x8; x: conv 8, 1; slice 0, 4; relu inplace=true; conv 8, 1; add x",
    "input 3x8x8; conv 8, 1; sigmoid; concat {;{;leaky_relu inplace=true;};{;hardsigmoid inplace=true;};{ };}",
    "input 3x8x8; a: relu inplace=true; conv 3, 1; reuse a; conv 3, 1; add input",
    "input 3x8x8; conv 8, 1; relu; residual {; relu inplace=true; elu inplace=true; hardtanh inplace=true; conv 8, 1;}",
]
NOT_OVERWRITTEN = [
    "input 3x8x8; conv 8, 1; relu inplace=true; conv 8, 1",
    "input 3x8x8; relu inplace=true; conv 8, 1",
    "input 8x8x8; residual {; conv 8, 1, bias=false; batchnorm; relu inplace=true; conv 8, 1;}",
    "input 3x8x8; conv 8, 1; x: relu; relu inplace=true; conv 8, 1; add x",
    "input 3x8x8; conv 8, 1; x: relu inplace=true; conv 8, 1; add x",
    "input 3x8x8; conv 8, 1; concat {;{;relu inplace=true; conv 4, 1;};{;relu inplace=true; conv 4, 1;};}",
    "input 3x8x8; x: conv 8, 1; conv 8, 1; y: add x; from x; relu inplace=true; add y",
    "input 3x8x8; conv 8, 1; concat {;{;slice 0, 4; relu inplace=true;};{;slice 4, 8; silu inplace=true;};}",
    "input 3x8x8; x: conv 8, 1; alpha_dropout 0.2, inplace=true; conv 8, 1; add x",
    "input 8x4x4; x: permute 1, 2, 0; flatten; relu inplace=true; linear 9; y: relu; from x; flatten; concat y",
    "input 3x8x8; conv 8, 1; sigmoid; residual {; leaky_relu inplace=true; maxpool 3, 1, 1; conv 8, 1;}",
    "input 3x8x8; x: conv 8, 1; relu inplace=true; conv 8, 1; z: relu; from x; relu; add z",
]

CASES = {
    "W0510": (BIAS, NO_BIAS),
    "W0511": (LINEAR, NOT_LINEAR),
    "W0512": (DROPOUT, NO_DROPOUT),
    "W0513": (EDGE, NO_EDGE),
    "W0514": (ON_PADDING, NOT_ON_PADDING),
    "W0515": (PADDING_OF_ONE, NO_PADDING_OF_ONE),
    "W0516": (IDLE, NOT_IDLE),
    "W0518": (TWICE, NOT_TWICE),
    "W0519": (OVERWRITTEN, NOT_OVERWRITTEN),
}


@pytest.mark.parametrize(("code", "body"), [(code, body) for code, (found, _) in CASES.items() for body in found])
def test_it_is_drawn(code: str, body: str) -> None:
    assert code in drawn(body)


@pytest.mark.parametrize(("code", "body"), [(code, body) for code, (_, silent) in CASES.items() for body in silent])
def test_it_is_not_drawn(code: str, body: str) -> None:
    assert code not in drawn(body)


@pytest.mark.parametrize("code", CASES)
def test_there_are_ten_of_each(code: str) -> None:
    assert all(len(set(bodies)) >= 10 for bodies in CASES[code])
