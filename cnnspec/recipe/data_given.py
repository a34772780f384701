"""Data that is handed over in Python, and that no line of a spec can name."""

from collections.abc import Mapping
from typing import Any, ClassVar

from cnnspec.recipe.data import Data, Share

SHARE = 0.2  # of the samples, for testing, where nobody says otherwise


class Given(Data):
    """Arrays of numpy: `x` holds samples, `y` targets, `x_test` and `y_test` the test part where there is one.

    Otherwise it is `test` of the samples. What they may be is said at `npz`; `names` are those of the classes, None where they
    have none, `test_names` those by which the targets for testing count.
    """

    keyword: ClassVar[str] = "given"
    may_be_maps: ClassVar[bool] = True

    test: Share = SHARE

    _arrays: Mapping[str, Any] = {}
    _names: tuple[str, ...] | None = None
    _test_names: tuple[str, ...] | None = None

    @classmethod
    def of(
        cls,
        arrays: Mapping[str, Any],
        names: tuple[str, ...] | None = None,
        test: float = SHARE,
        test_names: tuple[str, ...] | None = None,
    ) -> "Given":
        """Returns data that holds these arrays."""
        given = cls(test=test)
        given._arrays, given._names, given._test_names = arrays, names, test_names
        return given

    @property
    def arrays(self) -> Mapping[str, Any]:
        return self._arrays

    @property
    def names(self) -> tuple[str, ...] | None:
        return self._names

    @property
    def test_names(self) -> tuple[str, ...] | None:
        return self._test_names
