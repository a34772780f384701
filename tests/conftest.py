"""What all tests share: reproducible random examples, and the flag that rewrites recorded output."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("default", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("explore", deadline=None, derandomize=False, max_examples=20_000)
settings.load_profile("default")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-snapshots", action="store_true", help="rewrite recorded output instead of comparing with it")
    parser.addoption("--mutants", type=int, default=10_000, help="how many mutants of the zoo the slow test tries")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what is marked slow, unless `-m` says what to run."""
    if not config.option.markexpr:
        items[:] = [item for item in items if item.get_closest_marker("slow") is None]


@pytest.fixture
def update_snapshots(request: pytest.FixtureRequest) -> bool:
    """Whether recorded output is to be rewritten."""
    return bool(request.config.getoption("--update-snapshots"))
