"""Labels and predicted probabilities of the tokens of sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, pairwise
from typing import Any

import numpy as np
from array_api_compat import array_namespace

from labelaudit._checks.arrays import as_floats, as_integers
from labelaudit._checks.class_names import LabelValues, are_text, categories_of, names_of
from labelaudit._checks.classification import (
    check_class_names,
    check_classification,
    check_labels,
    mixture_of_classes,
)
from labelaudit._checks.models import models_of
from labelaudit._checks.naming import Named, by_name, named
from labelaudit._checks.ragged import as_ragged
from labelaudit._checks.streams import is_stream
from labelaudit._data.arrays import is_foreign, to_numpy
from labelaudit._data.ragged import Ragged, offsets_of
from labelaudit._data.rows import Classification
from labelaudit._data.sentences import CHUNK_BYTES, IGNORED, Sentences
from labelaudit._kernels import Array
from labelaudit._kernels.limits import LARGEST
from labelaudit.errors import InputError

WORDS = ("sentence", "token")


def check_sentences(labels: Any, pred_probs: Any, lengths: Any = None) -> Sentences:
    """Return the two in canonical form: nested, or flat with the lengths of the sentences; several models as one."""
    models = models_of(pred_probs, depth=2 if lengths is not None else 3)
    if models is not None:
        members = {one: check_sentences(labels, given, lengths) for one, given in models.items()}
        tokens = mixture_of_classes({one: member.tokens for one, member in members.items()})
        return replace(next(iter(members.values())), tokens=tokens)
    labels, pred_probs = by_name(name_tokens, labels, pred_probs, "pred_probs", lengths=lengths)
    given = as_ragged(labels, "labels", lengths, WORDS)
    if is_stream(pred_probs):
        return Sentences(check_classification(_integers(given), pred_probs), given.offsets, lengths is None)
    if lengths is None and len(getattr(pred_probs, "shape", ())) == 2:
        raise InputError(
            "pred_probs: expected a matrix for each sentence, got one of all tokens; "
            "pass lengths, the number of tokens of each sentence, and flat labels"
        )
    if lengths is None and _are_matrices(pred_probs):
        return _joined_as_read(given, pred_probs)
    probs = as_ragged(pred_probs, "pred_probs", lengths, WORDS)
    _refuse_other_lengths(given, "labels", probs, "pred_probs")
    rows = probs.values
    if not rows.shape[0] and len(rows.shape) != 2:  # no token tells how many classes there are
        rows = np.zeros((0, 1))
    return Sentences(check_classification(_integers(given), rows), given.offsets, lengths is None)


def _are_matrices(pred_probs: Any) -> bool:
    """Whether these are a list of NumPy matrices of as many columns and one float type, some of them with rows."""
    if not isinstance(pred_probs, list | tuple) or not all(type(matrix) is np.ndarray for matrix in pred_probs):
        return False
    if any(matrix.ndim == 0 for matrix in pred_probs):
        return False
    kinds = {(matrix.ndim, matrix.shape[1:], matrix.dtype) for matrix in pred_probs if len(matrix)}
    return len(kinds) == 1 and next(iter(kinds))[0] == 2 and next(iter(kinds))[2].kind == "f"


def _joined_as_read(given: Ragged, matrices: Sequence[np.ndarray]) -> Sentences:
    """Return sentences whose matrices are joined a few at a time, when a walk reads them: never all at once."""
    offsets = offsets_of([len(matrix) for matrix in matrices])
    _refuse_other_lengths(given, "labels", Ragged(None, offsets), "pred_probs")
    first = next(matrix for matrix in matrices if len(matrix))
    rows = np.arange(0, offsets[-1], max(1, CHUNK_BYTES // (first.itemsize * first.shape[1])))
    cuts = np.unique(np.append(np.searchsorted(offsets, rows), len(matrices))).tolist()

    def chunks() -> Iterator[np.ndarray]:
        for start, stop in pairwise(cuts):
            filled = [matrix for matrix in matrices[start:stop] if len(matrix)]
            if filled:
                yield np.concatenate(filled)

    labels = check_labels(_integers(given), int(offsets[-1]), "pred_probs")
    dtype = as_floats(first, "pred_probs")[1]
    columns = (labels, np.dtype(np.int64)), (chunks, dtype)
    return Sentences(
        Classification(*columns, labels.shape[0], first.shape[1], dtype, "pred_probs"), given.offsets, nested=True
    )


def check_names(class_names: Any, data: Sentences) -> tuple[str, ...] | None:
    """Return the names of the classes, or None if there are none; without tokens there may be any number."""
    names = None if class_names is None else names_of(class_names)
    return check_class_names(names, data.tokens.k if data.tokens.n or names is None else len(names))


def check_words(tokens: Any, offsets: np.ndarray, lengths: Any = None) -> list[str]:
    """Return the words of all sentences in one list."""
    if isinstance(tokens, list | tuple) and all(isinstance(sentence, list | tuple) for sentence in tokens):
        # no array of text, in which every word takes as much memory as the longest
        flat = chain.from_iterable(tokens)
        words = Ragged(None, offsets_of([len(sentence) for sentence in tokens]))
    else:
        is_flat = lengths is not None and len(tokens) and isinstance(tokens[0], str)
        words = as_ragged(tokens, "tokens", lengths if is_flat else None, WORDS)
        flat = words.values.tolist()
    _refuse_other_lengths(words, "tokens", Ragged(None, offsets), "labels")
    return [str(word) for word in flat]


def encode_tags(labels: Any, names: Any, lengths: Any = None) -> Any:
    """Return labels as they are, or, where they are names of classes, as indices into the names."""
    return labels if names is None else name_tokens(labels, None, names, lengths).labels


def name_tokens(
    labels: Any,
    pred_probs: Any,
    class_names: Any = None,
    lengths: Any = None,
    *,
    name: str = "pred_probs",
    guess: bool = True,
) -> Named:
    """Return the labels of the tokens of sentences by number, and predictions with columns in that order."""
    given = as_ragged(labels, "labels", lengths, WORDS)

    def place(i: int) -> str:
        sentence, token = given.place(i)
        return f"sentence {sentence}, token {token}"

    def put_back(numbers: np.ndarray) -> Ragged:
        return Ragged(numbers, given.offsets)

    values = LabelValues(lambda: given.values, are_text(given.values), place, put_back, IGNORED, *categories_of(labels))
    depth = 3 if lengths is None else 2
    return named(values, given, pred_probs, class_names, depth=depth, name=name, guess=guess)


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


def _integers(given: Ragged) -> Array:
    values = given.values
    if not values.shape[0]:
        return np.zeros(0, np.int64)
    if len(values.shape) != 1:
        raise InputError(f"labels: expected one class index a token, got an array of {len(values.shape)} dimensions")
    try:
        return values if is_foreign(values) else as_integers(values, "labels")
    except InputError:
        row = next((i for i, value in enumerate(values.tolist()) if not _is_whole(value)), None)
        if row is None:  # whole, and too great
            raise
        sentence, token = given.place(row)
        raise InputError(
            f"labels: expected integers 0..K-1, or {IGNORED} for a token without a label, sentence {sentence}, token "
            f"{token} holds {str(values[row])!r:.40}; number the classes in the order of the columns of pred_probs"
        ) from None


def _is_whole(value: Any) -> bool:
    return isinstance(value, int | np.integer) or (isinstance(value, float) and value.is_integer())


def _refuse_other_lengths(given: Ragged, name: str, expected: Ragged, other: str) -> None:
    if len(given) != len(expected):
        raise InputError(f"{name}: expected {len(expected)} sentences, as in {other}, got {len(given)}")
    unlike = given.lengths != expected.lengths
    if unlike.any():
        i = int(np.argmax(unlike))
        raise InputError(
            f"{name}: expected {expected.lengths[i]} tokens in sentence {i}, as in {other}, got {given.lengths[i]}"
        )
