"""The tokens of sentences, one sentence after another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from array_api_compat import array_namespace, device

from labelaudit._data.arrays import is_foreign, to_numpy
from labelaudit._data.ragged import Ragged
from labelaudit._data.rows import Classification
from labelaudit._kernels import Array

# What torch, and with it the makers of data sets, call a token without a label, such as the later parts of a word.
IGNORED = -100

# As large as the blocks of a walk.
CHUNK_BYTES = 8 << 20


@dataclass(frozen=True)
class Sentences:
    """Tokens whose shapes and types are right, one after another; what they hold is checked as they are read."""

    tokens: Classification
    offsets: np.ndarray  # (S + 1,) int64
    nested: bool  # whether they came as a list a sentence

    @property
    def lengths(self) -> np.ndarray:
        """How many tokens each sentence has, (S,)."""
        return np.diff(self.offsets)

    @property
    def numbers(self) -> np.ndarray:
        """Which sentence each token is in, (N,) int32."""
        return np.repeat(np.arange(self.offsets.size - 1, dtype=np.int32), self.lengths)

    def named(self, row: int) -> str:
        """Return what messages call a token."""
        return "sentence {}, token {}".format(*Ragged(None, self.offsets).place(row))

    def with_labels(self) -> tuple[Classification, np.ndarray]:
        """Return the tokens that are not ignored, and where they stand among all."""
        (given, dtype), (probs, _) = self.tokens.labels, self.tokens.pred_probs
        labels = to_numpy(given[:], "labels")
        present = labels != IGNORED
        rows = np.flatnonzero(present)
        if rows.size == labels.size:
            return self.tokens, rows
        kept = replace(self.tokens, n=rows.size)
        if is_foreign(probs):
            mask = array_namespace(probs).asarray(present, device=device(probs))
            return replace(kept, labels=(self.tokens.labels[0][mask], None), pred_probs=(probs[mask], None)), rows
        chunks = _without(present, probs, self.tokens.k)
        return replace(kept, labels=(labels[rows], dtype), pred_probs=(chunks, self.tokens.pred_probs[1])), rows


def _without(present: np.ndarray, probs: Any, k: int) -> Callable[[], Iterator[Array]]:
    # chunk by chunk, for a copy of the whole would be as large as the input
    def chunks() -> Iterator[Array]:
        first = 0
        step = max(1, CHUNK_BYTES // (8 * k))
        given = probs() if callable(probs) else (probs[i : i + step] for i in range(0, present.size, step))
        for chunk in given:
            yield chunk[present[first : first + len(chunk)]]
            first += len(chunk)

    return chunks
