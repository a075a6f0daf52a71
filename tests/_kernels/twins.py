"""What tests of twin kernels share: both kinds called alike, and rows of yes-or-no labels some of which are not known."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from types import ModuleType
from typing import Any

import array_api_strict
import numpy as np
import pytest

from _kernels.test_twins import _as_numpy, _public, _torch
from multilabel_classification.data import multilabel_data


def assert_same_signatures(fast: ModuleType, definition: ModuleType, tested: Collection[str]) -> None:
    plain = {name: list(signature.parameters) for name, signature in _public(fast).items()}
    assert plain == {name: list(signature.parameters) for name, signature in _public(definition).items()}
    assert set(plain) == set(tested)


def every_kernel(parameters: Mapping[str, Sequence[tuple]]) -> Callable[[Any], Any]:
    """Run a test with each name and each of its parameters, in both float types, for arrays of each library."""
    cases = [(name, each) for name, all_ in parameters.items() for each in all_]
    libraries = [np.asarray, array_api_strict.asarray, _torch]

    def mark(test: Any) -> Any:
        test = pytest.mark.parametrize(("name", "parameters"), cases)(test)
        test = pytest.mark.parametrize("dtype", [np.float64, np.float32])(test)
        return pytest.mark.parametrize("library", libraries, ids=["numpy", "strict", "torch"])(test)

    return mark


def partly_known(rows: int, dtype: type) -> tuple[np.ndarray, np.ndarray]:
    """Labels (rows, 5), of which some are -1, and probabilities."""
    labels, pred_probs = multilabel_data(rows, 5, dtype=dtype)
    labels[::7, 2] = -1
    labels[::11] = -1
    return labels, pred_probs


def both(fast: Any, definition: Any, library: Any, arrays: Sequence[np.ndarray], parameters: Sequence[Any]) -> Any:
    """Pairs of what each of a kernel's twins gives, whose types are the same."""
    found = _as_numpy(fast(*arrays, *parameters))
    expected = _as_numpy(definition(*map(library, arrays), *parameters))
    pairs = list(zip(found, expected, strict=True))
    assert [ours.dtype for ours, _ in pairs] == [theirs.dtype for _, theirs in pairs]
    return pairs
