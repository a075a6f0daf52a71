"""Labels and predicted probabilities of the tokens of sentences."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any

import numpy as np
from array_api_compat import array_namespace

from labelaudit._checks.arrays import Array, as_integers, is_foreign, to_numpy
from labelaudit._checks.classification import Classification, check_class_names, check_classification
from labelaudit._checks.ragged import Ragged, as_ragged
from labelaudit._checks.streams import is_stream
from labelaudit._kernels.limits import LARGEST
from labelaudit.errors import InputError

# What torch, and with it the makers of data sets, call a token without a label, such as the later parts of a word.
IGNORED = -100

WORDS = ("sentence", "token")

# As large as the blocks of a walk.
_CHUNK_BYTES = 8 << 20


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

    def named(self, row: int) -> str:
        """Return what messages call a token."""
        return "sentence {}, token {}".format(*Ragged(None, self.offsets).place(row))

    def with_labels(self) -> tuple[Classification, np.ndarray]:
        """Return the tokens that are not ignored, and where they stand among all."""
        labels, (probs, _) = to_numpy(self.tokens.labels[0][:], "labels"), self.tokens.pred_probs
        present = labels != IGNORED
        rows = np.flatnonzero(present)
        if rows.size == labels.size:
            return self.tokens, rows
        if is_foreign(probs):
            kept = probs[array_namespace(probs).asarray(present)]
            return check_classification(labels[rows], kept), rows
        return check_classification(labels[rows], _without(present, probs, self.tokens.k)), rows


def _without(present: np.ndarray, probs: Any, k: int) -> Callable[[], Iterator[Array]]:
    # chunk by chunk, for a copy of the whole would be as large as the input
    def chunks() -> Iterator[Array]:
        first = 0
        step = max(1, _CHUNK_BYTES // (8 * k))
        given = probs() if callable(probs) else (probs[i : i + step] for i in range(0, present.size, step))
        for chunk in given:
            yield chunk[present[first : first + len(chunk)]]
            first += len(chunk)

    return chunks


def check_sentences(labels: Any, pred_probs: Any, lengths: Any = None) -> Sentences:
    """Return the two in canonical form: nested, or flat with the lengths of the sentences."""
    given = as_ragged(labels, "labels", lengths, WORDS)
    if is_stream(pred_probs):
        return Sentences(check_classification(_integers(given), pred_probs), given.offsets, lengths is None)
    if lengths is None and len(getattr(pred_probs, "shape", ())) == 2:
        raise InputError(
            "pred_probs: expected a matrix for each sentence, got one of all tokens; "
            "pass lengths, the number of tokens of each sentence, and flat labels"
        )
    probs = as_ragged(pred_probs, "pred_probs", lengths, WORDS)
    _refuse_other_lengths(given, "labels", probs, "pred_probs")
    rows = probs.values
    if not rows.shape[0] and len(rows.shape) != 2:  # no token tells how many classes there are
        rows = np.zeros((0, 1))
    return Sentences(check_classification(_integers(given), rows), given.offsets, lengths is None)


def check_names(class_names: Any, data: Sentences) -> tuple[str, ...] | None:
    """Return the names of the classes, or None if there are none; without tokens there may be any number."""
    names = None if class_names is None else tuple(class_names)
    return check_class_names(names, data.tokens.k if data.tokens.n or names is None else len(names))


def check_words(tokens: Any, offsets: np.ndarray, lengths: Any = None) -> list[str]:
    """Return the words of all sentences in one list."""
    if lengths is not None and len(tokens) and isinstance(tokens[0], str):
        words = as_ragged(tokens, "tokens", lengths, WORDS)
    else:
        words = as_ragged(tokens, "tokens", None, WORDS)
    _refuse_other_lengths(words, "tokens", Ragged(None, offsets), "labels")
    return [str(word) for word in words.values.tolist()]


def encode_tags(labels: Any, names: Sequence[str] | None, lengths: Any = None) -> Any:
    """Return labels as they are, or, where they are names of classes, as indices into the names."""
    given = as_ragged(labels, "labels", lengths, WORDS)
    values = given.values
    if not isinstance(values, np.ndarray) or not values.size or not isinstance(values.flat[0], str):
        return given
    if names is None:
        raise InputError("class_names: labels are words; pass the classes in the order of the columns of pred_probs")
    index = {str(name): i for i, name in enumerate(names)}
    known = np.fromiter(map(index.get, values.tolist(), repeat(-1)), np.int64, values.size)
    if (known < 0).any():
        row = int(np.argmax(known < 0))
        raise InputError(
            f"labels: expected one of class_names ({', '.join(index)}), "
            f"sentence {given.place(row)[0]}, token {given.place(row)[1]} holds {str(values[row])!r}"
        )
    return Ragged(known, given.offsets)


def refuse_tokens(first: int, scores: Array, labels: Array, pred_probs: Array, data: Sentences) -> None:
    """Raise for the first token whose score is NaN, which marks what cannot be scored, unless it is ignored."""
    marked = (scores != scores) & (labels != IGNORED)  # noqa: PLR0124  NaN in any array library
    if not bool(array_namespace(marked).any(marked)):
        return
    row = int(np.argmax(to_numpy(marked, "pred_probs")))
    label, p = int(labels[row]), to_numpy(pred_probs[row, ...], "pred_probs").astype(np.float64)
    place = data.named(first + row)
    if not 0 <= label < p.size:
        raise InputError(
            f"labels: expected class indices 0..{p.size - 1}, as pred_probs has {p.size} columns, {place} holds "
            f"{label}; {IGNORED} marks a token without a label"
        )
    column = int(np.argmin((p >= 0) & (p <= LARGEST)))
    raise InputError(
        f"pred_probs: expected probabilities in [0, 1], {place} holds {p[column]:g} in column {column}; "
        f"turn logits into probabilities with softmax, and label tokens without a prediction {IGNORED}"
    )


def warn_of_sum(place: str, reader: str) -> None:
    """Warn of the first token whose probabilities do not sum to 1."""
    warnings.warn(
        f"pred_probs: the probabilities of {place} do not sum to 1, and {reader} takes each row for a distribution "
        "over the classes; divide each row by its sum",
        UserWarning,
        stacklevel=4,
    )


def _integers(given: Ragged) -> Array:
    values = given.values
    if not values.shape[0]:
        return np.zeros(0, np.int64)
    if len(values.shape) != 1:
        raise InputError(f"labels: expected one class index a token, got an array of {len(values.shape)} dimensions")
    try:
        return values if is_foreign(values) else as_integers(values, "labels")
    except InputError:
        row = next(i for i, value in enumerate(values.tolist()) if not _is_whole(value))
        sentence, token = given.place(row)
        raise InputError(
            f"labels: expected integers 0..K-1, or {IGNORED} for a token without a label, sentence {sentence}, token "
            f"{token} holds {str(values[row])!r:.40}; number the classes in the order of the columns of pred_probs"
        ) from None


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) or (isinstance(value, float) and value.is_integer())


def _refuse_other_lengths(given: Ragged, name: str, expected: Ragged, other: str) -> None:
    if len(given) != len(expected):
        raise InputError(f"{name}: expected {len(expected)} sentences, as in {other}, got {len(given)}")
    unlike = given.lengths != expected.lengths
    if unlike.any():
        i = int(np.argmax(unlike))
        raise InputError(
            f"{name}: expected {expected.lengths[i]} tokens in sentence {i}, as in {other}, got {given.lengths[i]}"
        )
