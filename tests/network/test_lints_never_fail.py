"""Lints look at any network that is right, and at any end of it, without failing; what they say has a place and a page."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cnnspec.backends.reference import codes
from cnnspec.compiler import check_source
from cnnspec.source import Source

sizes = st.sampled_from(["3x8x8", "1x28x28", "4x9", "2x4x4x4", "16", "8x1x1", "3xHxW", "4xH", "8x32x3", "32x32x3"])
small = st.integers(0, 4)
words = st.sampled_from(
    """
    relu; sigmoid; softmax; batchnorm; dropout; dropout 0; flatten; identity; global_avgpool; add input; crop 0; tanh; prelu
    channel_dropout 0.1; zero_pad 0; zero_pad 1; upsample 1; channel_shuffle 1; conv_transpose 4, 2, 2; permute 0; permute 1, 0
    linear 4; linear 1; layernorm; groupnorm 1; concat in, input; adaptive_avgpool 1; adaptive_avgpool none; lp_pool 2, 2
    stochastic_pool 2; fractional_maxpool 2, 1; relu inplace=true; dropout 0.5, inplace=true; slice 0, 2; hardtanh inplace=true
    """.replace("\n", ";").split(";")
)
windows = st.builds(
    "{} kernel={}, stride={}, padding={}".format,
    st.sampled_from(["conv 4,", "conv 8,", "maxpool", "avgpool"]),
    st.integers(1, 5),
    st.integers(1, 4),
    small,
)
layers = words | windows
bodies = st.recursive(
    st.lists(layers, max_size=5).map("\n".join),
    lambda inner: (
        st.builds("residual {{\n{}\n}}\n{}".format, inner, inner)
        | st.builds("concat {{\n{{\n{}\n}}\n{{ }}\n}}".format, inner)
        | st.builds("repeat {} {{\n{}\n}}".format, small, inner)
        | st.builds("B\n{}\nB".format, inner)
        | st.builds("part: {{\n{}\n}}".format, inner)
        | st.builds("{}\nreuse shared\n{}".format, inner, inner)
    ),
    max_leaves=4,
)
CODES = frozenset(codes())
LOSSES = ("cross_entropy", "bce", "bce_with_logits", "mse")
recipes = st.sampled_from(["", *(f"train {{\nloss {loss}\nbatch 1\n}}\n" for loss in LOSSES)])


@given(size=sizes, block=bodies, body=bodies, ends=st.booleans(), recipe=recipes)
def test_any_network_is_looked_at(size: str, block: str, body: str, ends: bool, recipe: str) -> None:
    block = "\n".join(line for line in block.splitlines() if line not in ("B", "reuse shared"))
    last = "output in, shared" if ends else ""
    text = f"block B {{\n{block}\n}}\nnetwork N {{\ninput {size}\nshared: relu\n{body}\n{last}\n}}\n{recipe}"
    for found in check_source(Source("n.cnn", text)).diagnostics:
        assert found.code in CODES
        assert 0 <= found.span.start <= found.span.end <= len(text)
