"""Labels and class probabilities of every pixel, read image by image."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from array_api_compat import array_namespace, device

from labelaudit._checks.arrays import Array, as_array, is_foreign, nth, to_numpy
from labelaudit._checks.streams import is_stream
from labelaudit._kernels.limits import LARGEST, PIXEL_SUM_TOLERANCE
from labelaudit.errors import InputError

# What kernels take for "no label is void": no label of 0..K-1 or of 64 bits that a person would write.
NONE_VOID = -(1 << 62)

_FLOATS = {"float16": np.float16, "float32": np.float32, "bfloat16": np.float32}


@dataclass(frozen=True)
class Picture:
    """One image; what its pixels hold is checked by the kernels."""

    number: int
    labels: Array  # (H, W) uint8 or int64
    pred_probs: Array  # (K, H, W) float16, float32 or float64

    @property
    def flat(self) -> tuple[Array, Array]:
        """Labels (P,) and probabilities (K, P)."""
        xp = array_namespace(self.pred_probs)
        return xp.reshape(self.labels, (-1,)), xp.reshape(self.pred_probs, (self.pred_probs.shape[0], -1))

    @property
    def size(self) -> tuple[int, int]:
        """Height and width."""
        return self.labels.shape[0], self.labels.shape[1]


@dataclass(frozen=True)
class Pictures:
    """Images whose number is known, or that come from a function; each is read and checked when its turn comes."""

    labels: Any  # (N, H, W), or N arrays (H, W); None where pairs come from a function
    pred_probs: Any  # (N, K, H, W), or N arrays (K, H, W), or a function that returns an iterator of pairs
    n: int | None
    k: int
    float_type: np.dtype[Any]  # of the pixel scores
    void: int

    @property
    def size(self) -> tuple[int, int] | None:
        """Height and width where all images come in one array; None where a list of results goes back."""
        return None if self.n is None or isinstance(self.pred_probs, Sequence) else tuple(self.pred_probs.shape[2:])

    def blocks(self) -> Iterable[Any]:
        """Return what :meth:`read` turns into one image each."""
        return range(self.n) if self.n is not None else enumerate(self.pred_probs())

    def read(self, block: Any) -> Picture:
        """Return one image in canonical form."""
        if self.n is not None:
            return self._picture(block, nth(self.labels, block), nth(self.pred_probs, block))
        number, pair = block
        return self._picture(number, *_pair(number, pair))

    def in_kind(self, values: np.ndarray) -> Array:
        """Return values in the library and on the device of the probabilities."""
        if self.size is None or not is_foreign(self.pred_probs):
            return values
        return array_namespace(self.pred_probs).asarray(values, device=device(self.pred_probs))

    def _picture(self, number: int, labels: Any, pred_probs: Any) -> Picture:
        probs = as_array(pred_probs, "pred_probs")
        given = to_numpy(as_array(labels, "labels"), "labels")
        if len(probs.shape) != 3 or probs.shape[0] != self.k:
            raise InputError(f"pred_probs: expected shape ({self.k}, H, W), image {number} has {tuple(probs.shape)}")
        if given.shape != tuple(probs.shape[1:]):
            raise InputError(
                f"labels: expected shape {tuple(probs.shape[1:])} as in pred_probs, image {number} has {given.shape}; "
                "resize one to the other, labels by nearest neighbour"
            )
        given = _whole(given, number)
        if is_foreign(probs):
            xp = array_namespace(probs)
            given = given.astype(np.int64)
            narrow = str(probs.dtype).endswith(("float16", "float32"))
            return Picture(
                number,
                xp.asarray(given, device=device(probs)),
                probs if narrow and "bfloat" not in str(probs.dtype) else xp.astype(probs, _wide(xp, probs)),
            )
        return Picture(number, np.ascontiguousarray(given), np.ascontiguousarray(to_numpy(probs, ""), self.float_type))

    def refuse(self, picture: Picture) -> None:
        """Raise for the first pixel, of those not void, whose label is no class or whose row is no distribution."""
        labels = to_numpy(picture.labels, "labels")
        probs = to_numpy(picture.pred_probs, "pred_probs")
        kept = labels != self.void
        unknown = kept & ((labels < 0) | (labels >= self.k))
        if unknown.any():
            y, x = np.argwhere(unknown)[0]
            raise InputError(
                f"labels: expected classes 0..{self.k - 1}, image {picture.number}, pixel ({y}, {x}) holds "
                f"{labels[y, x]}; if that marks pixels without a label, pass ignore_index={labels[y, x]}"
            )
        wrong = kept & ~((probs >= 0) & (probs <= LARGEST)).all(axis=0)
        if wrong.any():
            y, x = np.argwhere(wrong)[0]
            column = probs[:, y, x].astype(np.float64)
            value = column[~((column >= 0) & (column <= LARGEST))][0]
            raise InputError(
                f"pred_probs: expected floats in [0, 1], image {picture.number}, pixel ({y}, {x}) holds {value:g}; "
                "pass probabilities, such as the softmax of logits over the class axis"
            )
        sums = np.where(kept, probs.sum(axis=0, dtype=np.float64), 1.0)
        wrong = np.abs(sums - 1) > PIXEL_SUM_TOLERANCE
        if wrong.any():
            y, x = np.argwhere(wrong)[0]
            one = "for two classes stack 1 - p and p"
            several = "pass the softmax over the class axis, the first of (K, H, W), or divide by the sum"
            raise InputError(
                f"pred_probs: expected probabilities that sum to 1 over the classes, image {picture.number}, pixel "
                f"({y}, {x}) has a sum of {sums[y, x]:.3g}; {one if self.k == 1 else several}"
            )


def check_segmentation(labels: Any, pred_probs: Any, ignore_index: Any = None) -> Pictures:
    """Return the two in canonical form."""
    void = check_void(ignore_index)
    if is_stream(pred_probs):
        return _from_pairs(labels, pred_probs, void)
    if labels is None:
        raise InputError("labels: expected (N, H, W) integers, got None; only a function of pairs carries its labels")
    if isinstance(pred_probs, Sequence) or _is_column(pred_probs):
        return _from_lists(labels, list(pred_probs) if _is_column(pred_probs) else pred_probs, void)
    probs = as_array(pred_probs, "pred_probs")
    if len(probs.shape) != 4:
        hint = "; for one image pass pred_probs[None] and labels[None]" if len(probs.shape) == 3 else ""
        raise InputError(f"pred_probs: expected shape (N, K, H, W), got {tuple(probs.shape)}{hint}")
    n, k, height, width = probs.shape
    given = labels if isinstance(labels, Sequence) else as_array(labels, "labels")
    found = (len(given), height, width) if isinstance(given, Sequence) else tuple(given.shape)
    if found != (n, height, width):
        hint = f"; pred_probs is {tuple(probs.shape)}, with the classes in its second place"
        raise InputError(f"labels: expected shape ({n}, {height}, {width}), got {found}{hint}")
    _refuse_no_classes(k)
    return Pictures(given, probs, n, k, _float_type(probs), void)


def _from_lists(labels: Any, pred_probs: Sequence[Any], void: int) -> Pictures:
    # a sequence may read an image only when it is asked for it
    given = labels if isinstance(labels, Sequence) or _is_column(labels) else as_array(labels, "labels")
    if len(given) != len(pred_probs):
        raise InputError(f"labels: expected {len(pred_probs)} images, as in pred_probs, got {len(given)}")
    if not len(pred_probs):
        return Pictures([], [], 0, 1, np.dtype(np.float64), void)
    k, kind = _of_first(as_array(pred_probs[0], "pred_probs"))
    return Pictures(given, pred_probs, len(pred_probs), k, kind, void)


def _from_pairs(labels: Any, source: Any, void: int) -> Pictures:
    if labels is not None:
        raise InputError("labels: expected None where pred_probs is a function of (labels, pred_probs) pairs")
    if isinstance(source, Iterator):
        raise InputError(
            "pred_probs: an iterator can be walked only once and its first image is looked at before; "
            "pass a function that returns a new iterator of (labels, pred_probs) pairs"
        )
    walk = source()
    if isinstance(walk, Iterator) and source() is walk:
        raise InputError(
            "pred_probs: the function returned the same iterator twice, of which no image would be left for a second "
            "walk; return a new one at each call, e.g. lambda: zip(labels, pred_probs)"
        )
    first = next(iter(walk), None)
    if first is None:
        raise InputError("pred_probs: the iterator has no images; expected pairs of arrays (H, W) and (K, H, W)")
    k, kind = _of_first(as_array(_pair(0, first)[1], "pred_probs"))
    pairs: Callable[[], Iterator[Any]] = source
    return Pictures(None, pairs, None, k, kind, void)


def _pair(number: int, pair: Any) -> Sequence[Any]:
    if not isinstance(pair, list | tuple) or len(pair) != 2:
        raise InputError(f"pred_probs: expected pairs (labels, pred_probs), image {number} is {type(pair).__name__}")
    return pair


def _of_first(probs: Array) -> tuple[int, np.dtype[Any]]:
    if len(probs.shape) != 3:
        raise InputError(f"pred_probs: expected arrays (K, H, W), image 0 has shape {tuple(probs.shape)}")
    _refuse_no_classes(probs.shape[0])
    return int(probs.shape[0]), _float_type(probs)


def _refuse_no_classes(k: int) -> None:
    if not k:
        raise InputError("pred_probs: expected at least one class, the class axis has length 0")


def check_void(ignore_index: Any) -> int:
    """Return the label of pixels without one; a number that no label is where there are none."""
    if ignore_index is None:
        return NONE_VOID
    if isinstance(ignore_index, bool) or not isinstance(ignore_index, int | np.integer):
        raise InputError(f"ignore_index: expected an integer such as 255, or None, got {ignore_index!r}")
    return int(ignore_index)


def _float_type(probs: Array) -> np.dtype[Any]:
    name = str(getattr(probs.dtype, "name", probs.dtype)).split(".")[-1]
    if getattr(probs.dtype, "kind", "f") not in "fiub":
        raise InputError(f"pred_probs: expected floats, got an array of {probs.dtype}")
    return np.dtype(_FLOATS.get(name, np.float64))


def _wide(xp: Any, probs: Array) -> Any:
    return xp.float32 if "bfloat16" in str(probs.dtype) else xp.float64


def _whole(labels: np.ndarray, number: int) -> np.ndarray:
    # two widths are all that kernels are compiled for
    if labels.dtype in (np.uint8, np.bool_):
        return labels.view(np.uint8)
    if labels.dtype.kind in "iu":
        return labels.astype(np.int64, copy=False)
    values = labels.astype(np.float64) if labels.dtype.kind == "f" else None
    if values is None:
        raise InputError(f"labels: expected integers 0..K-1, image {number} is an array of {labels.dtype}")
    whole = np.isfinite(values) & (np.floor(values) == values)
    if not whole.all():
        y, x = np.argwhere(~whole)[0]
        raise InputError(
            f"labels: expected integers 0..K-1, image {number}, pixel ({y}, {x}) holds {values[y, x]:g}; "
            "give pixels without a label a number of their own, such as 255, and pass it as ignore_index"
        )
    return values.astype(np.int64)


def _is_column(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype == object and value.ndim == 1
