"""Odd arguments beside labels and predictions, of every task."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa

import labelaudit
from labelaudit import Decision
from labelaudit.decisions import Decisions
from laws.odd_inputs import Case
from laws.planted import PLANTED, Planted

_SIZES = {"object_detection": 60, "instance_segmentation": 60, "segmentation": 6, "token_classification": 60}


@cache
def planted(task: str) -> Planted:
    return PLANTED[task](n=_SIZES.get(task, 240))  # type: ignore[call-arg]


@cache
def _clean(task: str) -> labelaudit.Audit:
    return planted(task).audit()


def _audit(task: str, options: dict[str, Callable[[int, list[str]], Any]]) -> labelaudit.Audit:
    data = planted(task)
    names = list(data.options.get("class_names", ()))
    made = {name: of(len(data.given), names) for name, of in options.items()}
    return data.audit(**made)


Make = Callable[[int, list[str]], Any]

# (N, names of the classes) → what is passed; the ones in GOOD_… are fine, and must not change the result.
GOOD_IDS: dict[str, Make] = {
    "paths": lambda n, _: [Path(f"a/{i}.png") for i in range(n)],
    "UUIDs": lambda n, _: [uuid.UUID(int=i) for i in range(n)],
    "integers": lambda n, _: list(range(n)),
    "array": lambda n, _: np.arange(n),
    "uint64": lambda n, _: np.arange(n, dtype=np.uint64) + np.uint64(2**63),
    "words in an array": lambda n, _: np.array([f"{i}" for i in range(n)]),
    "objects": lambda n, _: np.array([f"{i}" for i in range(n)], object),
    "pandas": lambda n, _: pd.Series([f"{i}" for i in range(n)]),
    "pandas index": lambda n, _: pd.Index([f"{i}" for i in range(n)]),
    "polars": lambda n, _: pl.Series([f"{i}" for i in range(n)]),
    "arrow": lambda n, _: pa.array([f"{i}" for i in range(n)]),
    "range": lambda n, _: range(n),
    "tuple": lambda n, _: tuple(range(n)),
    "leading zeros": lambda n, _: [f"{i:05}" for i in range(n)],
    "with # and %": lambda n, _: [f"#{i}%23" for i in range(n)],
    "dates": lambda n, _: [np.datetime64("2026-01-01") + i for i in range(n)],
    "negative": lambda n, _: [-i for i in range(n)],
}
BAD_IDS: dict[str, Make] = {
    "one less": lambda n, _: list(range(n - 1)),
    "one more": lambda n, _: list(range(n + 1)),
    "none": lambda n, _: [],
    "twice": lambda n, _: [0, *range(n - 1)],
    "twice as text": lambda n, _: ["a", "a", *map(str, range(n - 2))],
    "a word": lambda n, _: "ids",
    "a number": lambda n, _: 5,
    "None in it": lambda n, _: [None, *range(n - 1)],
    "None twice": lambda n, _: [None, None, *range(n - 2)],
    "NaN twice": lambda n, _: [np.nan, np.nan, *range(n - 2)],
    "two columns": lambda n, _: np.arange(2 * n).reshape(n, 2),
    "0-d": lambda n, _: np.array(5),
    "a dictionary": lambda n, _: {i: i for i in range(n)},
    "a set": lambda n, _: set(range(n)),
    "1 and '1'": lambda n, _: [1, "1", *range(2, n)],
    "1 and True": lambda n, _: [1, True, *range(2, n)],
    "1 and 1.0": lambda n, _: [1, 1.0, *range(2, n)],
    "lists": lambda n, _: [[i] for i in range(n)],
    "a function": lambda n, _: len,
    "2**64": lambda n, _: [2**64, *range(n - 1)],
    "bytes": lambda n, _: [bytes([i % 256, i // 256]) for i in range(n)],
    "surrogates": lambda n, _: ["\ud800", *map(str, range(n - 1))],
    "objects without a name": lambda n, _: [object() for _ in range(n)],
}
# what of the odd ids are ids all the same, if they are taken
_MAY_BE_IDS = {
    "bytes",
    "2**64",
    "1 and '1'",
    "lists",
    "objects without a name",
    "None in it",
    "surrogates",
    "a dictionary",
    "a set",
}
GOOD_NAMES: dict[str, Make] = {
    "tuple": lambda _, names: tuple(names),
    "array": lambda _, names: np.array(names),
    "objects": lambda _, names: np.array(names, object),
    "pandas": lambda _, names: pd.Series(names),
    "pandas index": lambda _, names: pd.Index(names),
    "polars": lambda _, names: pl.Series(names),
    "arrow": lambda _, names: pa.array(names),
    "a mapping": lambda _, names: dict(enumerate(names)),
    "a mapping of text": lambda _, names: {str(i): name for i, name in enumerate(names)},
}
BAD_NAMES: dict[str, Make] = {
    "one less": lambda _, names: names[:-1],
    "one more": lambda _, names: [*names, "more"],
    "none": lambda _, names: [],
    "twice": lambda _, names: [*names[:-1], names[0]],
    "a set": lambda _, names: set(names),
    "a word": lambda _, names: names[0],
    "a number": lambda _, names: 3,
    "None in it": lambda _, names: [None, *names[1:]],
    "lists": lambda _, names: [[name] for name in names],
    "NaN in it": lambda _, names: [np.nan, *names[1:]],
    "other names": lambda _, names: [f"other {name}" for name in names],
    "a mapping with a gap": lambda _, names: {i + (i > 0): name for i, name in enumerate(names)},
    "a mapping of names to numbers": lambda _, names: {name: i for i, name in enumerate(names)},
    "a mapping of words": lambda _, names: {"a": "b"},
    "two axes": lambda _, names: [names, names],
    "a function": lambda _, names: len,
}
_ODD_NUMBERS: dict[str, Any] = {
    "NaN": np.nan, "infinity": np.inf, "minus infinity": -np.inf, "-1": -1, "a word": "half", "None": None, "complex": 1j, "a list": [0.5],
    "an array": np.array([0.5, 0.5]), "bytes": b"0.5", "a date": np.datetime64("2026-01-31"), "a dictionary": {}, "an object": object(),
    "huge": 10**400, "text": "0.5",
}  # fmt: skip
_ODD_CHOICES: dict[str, Any] = {
    "unknown": "magic", "None": None, "a number": 1, "a list": ["softmin"], "bytes": b"self_confidence", "empty": "", "upper case": "SOFTMIN",
    "an array": np.array(["a", "b"]), "a dictionary": {}, "an object": object(),
}  # fmt: skip
_NUMBERS = {
    "threshold": tuple(PLANTED),
    "boundary_width": ("segmentation",),
    "ignore_index": ("segmentation",),
}
_FLAGS = {"adjust_pred_probs": ("classification", "multilabel_classification", "token_classification")}
_METHODS = tuple(task for task in PLANTED if task not in ("instance_segmentation", "regression"))
BAD_DECISIONS: dict[str, Make] = {
    "a number": lambda *_: 5,
    "a missing file": lambda *_: "nowhere.jsonl",
    "a file of another kind": lambda *_: __file__,
    "a folder": lambda *_: "/",
    "words": lambda *_: ["keep"],
    "None in it": lambda *_: [None],
    "empty dictionaries": lambda *_: [{}],
    "unknown fields": lambda *_: [{"issue": "a", "verdict": "keep", "more": 1}],
    "an unknown verdict": lambda *_: [{"issue": "a", "verdict": "maybe"}],
    "one, not a list": lambda *_: Decision("a", "keep"),
    "a dictionary": lambda *_: {"issue": "a", "verdict": "keep"},
    "a table": lambda *_: pl.DataFrame({"issue": ["a"]}),
    "an array": lambda *_: np.arange(3),
    "bytes": lambda *_: b"keep",
    "a time that is none": lambda *_: [{"issue": "a", "verdict": "keep", "at": "yesterday"}],
    "a key that is a list": lambda *_: [{"issue": "a", "verdict": "keep", "key": [1]}],
    "an issue that is a list": lambda *_: [{"issue": ["a"], "verdict": "keep"}],
    "a verdict that is a list": lambda *_: [{"issue": "a", "verdict": ["keep"]}],
}
GOOD_DECISIONS: dict[str, Make] = {
    "none": lambda *_: [],
    "of other items": lambda *_: [Decision("no such item", "keep")],
    "kept ones": lambda *_: Decisions([Decision("no such item", "drop")]),
    "None": lambda *_: None,
    "a tuple": lambda *_: (Decision("no such item", "keep"),),
    "an iterator": lambda *_: iter([Decision("no such item", "keep")]),
}


def cases() -> Iterator[Case]:
    for task in PLANTED:
        yield from _group(task, "ids", GOOD_IDS, _clean)
        yield from _group(task, "ids", {k: v for k, v in BAD_IDS.items() if k not in _MAY_BE_IDS}, None)
        yield from _group(task, "ids", {k: v for k, v in BAD_IDS.items() if k in _MAY_BE_IDS}, _clean)
        if "class_names" in planted(task).options:
            yield from _group(task, "class_names", GOOD_NAMES, _clean)
            # where labels are numbers, any names will do, and more of them than occur where classes are not counted
            free = ("other names",) if _has_numbers(task) else ()
            free += ("one more",) if task.startswith(("object", "instance")) else ()
            yield from _group(task, "class_names", {k: v for k, v in BAD_NAMES.items() if k not in free}, None)
        yield from _group(task, "decisions", GOOD_DECISIONS, _clean)
        yield from _group(task, "decisions", BAD_DECISIONS, None)
        for option, tasks in _NUMBERS.items():
            if task in tasks:
                odd = {
                    name: value
                    for name, value in _ODD_NUMBERS.items()
                    if not (option == "ignore_index" and name in ("None", "-1"))
                }
                yield from _group(task, option, {name: _constant(value) for name, value in odd.items()}, None)
        if task in _METHODS:
            yield from _group(task, "method", {name: _constant(value) for name, value in _ODD_CHOICES.items()}, None)
        yield from _group(task, "an option that is none", {"a": _constant(1)}, None)
        numbers = {
            "0-d array": _constant(np.array(5.2 if task == "regression" else 0.5)),
            "NumPy": _constant(np.float32(0.5)),
        }
        yield from _group(
            task, "threshold", numbers if task != "regression" else {"0-d array": numbers["0-d array"]}, _clean
        )
        yield Case(task, "the task", "misspelt", partial(labelaudit.audit, task[:-1], *_both(task)))
        yield Case(task, "the task", "last", partial(labelaudit.audit, *_both(task), task), partial(_last, task))
        yield Case(task, "the task", "bytes", partial(labelaudit.audit, task.encode(), *_both(task)))
        yield Case(task, "the task", "twice", partial(labelaudit.audit, task, task, _both(task)[0]))


@cache
def _last(task: str) -> labelaudit.Audit:
    return labelaudit.audit(task, *_both(task))


def _has_numbers(task: str) -> bool:
    return task in ("object_detection", "instance_segmentation", "segmentation")


def _both(task: str) -> tuple[Any, Any]:
    return planted(task).given, planted(task).predictions


def _constant(value: Any) -> Make:
    return lambda *_: value


def _group(
    task: str, option: str, values: dict[str, Make], right: Callable[[str], labelaudit.Audit] | None
) -> Iterator[Case]:
    for name, make in values.items():
        options = {option.replace(" ", "_"): make}
        yield Case(task, option, name, partial(_audit, task, options), None if right is None else partial(right, task))
