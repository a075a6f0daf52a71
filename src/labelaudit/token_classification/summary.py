"""What issues have in common, and how they look in their sentences."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from labelaudit._data.arrays import to_numpy
from labelaudit.errors import InputError

if TYPE_CHECKING:
    import polars as pl
    from rich.text import Text

Issue = tuple[int, int]


@dataclass(frozen=True)
class Shown:
    """A sentence, and the token in it that an issue is about."""

    sentence: int
    token: int | None  # None where the whole sentence is the issue
    words: tuple[str, ...]
    given: str | None
    predicted: str | None

    @property
    def heading(self) -> str:
        """Where this is, and what it is called."""
        place = f"sentence {self.sentence}" + ("" if self.token is None else f", token {self.token}")
        labels = (("given", self.given), ("predicted", self.predicted))
        return ", ".join([place, *(f"{name} {label}" for name, label in labels if label is not None)])


@dataclass(frozen=True)
class IssueView:
    """Issues in their sentences: plain text by ``str``, in colour by ``rich.print``, and HTML in a notebook."""

    shown: tuple[Shown, ...]

    def __len__(self) -> int:
        return len(self.shown)

    def __str__(self) -> str:
        return "\n\n".join(f"{one.heading}\n{' '.join(_marked(one, '[{}]'))}" for one in self.shown)

    __repr__ = __str__

    def __rich__(self) -> Text:
        # only rich calls this
        from rich.text import Text

        text = Text()
        for i, one in enumerate(self.shown):
            text.append(("\n\n" if i else "") + one.heading + "\n", style="dim")
            for j, word in enumerate(one.words):
                text.append(" " if j else "").append(word, style="bold red" if j == one.token else "")
        return text

    def _repr_html_(self) -> str:
        rows = []
        for one in self.shown:
            words = [html.escape(word) for word in one.words]
            if one.token is not None:
                words[one.token] = f'<mark style="font-weight:bold">{words[one.token]}</mark>'
            rows.append(f"<p><small>{html.escape(one.heading)}</small><br>{' '.join(words)}</p>")
        return "".join(rows)


def display_issues(
    issues: Any,
    tokens: Any,
    *,
    labels: Any = None,
    pred_probs: Any = None,
    exclude: Iterable[tuple[int, int]] = (),
    class_names: Sequence[str] | None = None,
    top: int = 20,
) -> IssueView:
    """Return the worst issues in their sentences, to be shown: nothing is printed.

    Parameters
    ----------
    issues : (sentence, token) pairs, or sentence indices
        As ``find_label_issues`` and ``issues_from_scores`` return them, worst first.
    tokens : S lists of words
    labels, pred_probs
        Nested; to show the given and the predicted class of each token.
    exclude : (given, predicted) pairs of class indices
        Tokens with these are left out; takes both ``labels`` and ``pred_probs``.
    class_names : K strings
        What classes are called; their numbers by default.
    top
        How many issues to show.

    Returns
    -------
    A view that a notebook shows as HTML and ``rich.print`` in colour; ``str`` gives plain text.

    Raises
    ------
    InputError
        For an issue that is no token of ``tokens``.

    Examples
    --------
    >>> display_issues([(1, 0)], [["all", "is", "well"], ["An", "typo"]], labels=[[0, 0, 0], [1, 0]])
    sentence 1, token 0, given 1
    [An] typo
    """
    excluded = {(int(given), int(predicted)) for given, predicted in exclude}
    found = (_looked_up(issue, tokens, labels, pred_probs, class_names, excluded) for issue in issues)
    return IssueView(tuple(islice((one for one in found if one is not None), top)))


def common_label_issues(
    issues: Iterable[Issue],
    tokens: Any,
    *,
    labels: Any = None,
    pred_probs: Any = None,
    class_names: Sequence[str] | None = None,
    top: int = 10,
    exclude: Iterable[tuple[int, int]] = (),
    verbose: bool = True,
) -> pl.DataFrame:
    """Return how often each word has a label issue, the most frequent first.

    Parameters
    ----------
    issues, tokens, labels, pred_probs, exclude, class_names
        As in :func:`display_issues`, the issues pairs.
    top, verbose
        Taken for compatibility: the whole table comes back, and nothing is printed.

    Returns
    -------
    A polars table with the columns ``token`` and ``num_label_issues``; with labels and probabilities a row for each
    ``token``, ``given_label`` and ``predicted_label``. Of equal counts the word whose issue comes first is first.

    Raises
    ------
    InputError
        For an issue that is no token of ``tokens``.

    Examples
    --------
    >>> words = [["An", "sentence"], ["An", "typo"]]
    >>> common_label_issues([(0, 0), (1, 1), (1, 0)], words).rows()
    [('An', 2), ('typo', 1)]
    """
    import polars as pl

    pairs = [_checked(issue, tokens) for issue in issues]
    told = labels is not None and pred_probs is not None
    columns: dict[str, Any] = {"token": pl.Series([_words(tokens, i)[j] for i, j in pairs], dtype=pl.String)}
    if told:
        columns["given_label"] = pl.Series([_given(labels, i, j) for i, j in pairs], dtype=pl.Int64)
        columns["predicted_label"] = pl.Series([_predicted(pred_probs, i, j) for i, j in pairs], dtype=pl.Int64)
    keys = list(columns)
    table = pl.DataFrame(columns).with_row_index("first").with_columns(pl.col("first").min().over("token"))
    for given, predicted in exclude if told else ():
        table = table.filter((pl.col("given_label") != given) | (pl.col("predicted_label") != predicted))
    counts = table.group_by(keys).agg(pl.len().cast(pl.Int64).alias("num_label_issues"), pl.col("first").first())
    counts = counts.sort(["num_label_issues", "first", *keys[1:]], descending=[True, False, *([False] * len(keys[1:]))])
    if told and class_names is not None:
        names = pl.Series([str(name) for name in class_names], dtype=pl.String)
        counts = counts.with_columns(names.gather(counts[key]).alias(key) for key in keys[1:])
    return counts.select(*keys, "num_label_issues")


def filter_by_token(token: str, issues: Iterable[Issue], tokens: Any) -> list[Issue]:
    """Return the issues that are about a word, in whatever case it is written.

    Raises
    ------
    InputError
        For an issue that is no token of ``tokens``.

    Examples
    --------
    >>> filter_by_token("an", [(0, 1), (1, 0)], [["see", "an", "sentence"], ["A", "typo"]])
    [(0, 1)]
    """
    pairs = [_checked(issue, tokens) for issue in issues]
    return [(i, j) for i, j in pairs if _words(tokens, i)[j].lower() == token.lower()]


def _looked_up(
    issue: Any, tokens: Any, labels: Any, pred_probs: Any, names: Sequence[str] | None, excluded: set[tuple[int, int]]
) -> Shown | None:
    if isinstance(issue, int | np.integer):
        if not 0 <= issue < len(tokens):
            raise InputError(f"issues: sentence {issue} is none of the {len(tokens)} of tokens")
        return Shown(int(issue), None, tuple(_words(tokens, int(issue))), None, None)
    i, j = _checked(issue, tokens)
    given = None if labels is None else _given(labels, i, j)
    predicted = None if pred_probs is None else _predicted(pred_probs, i, j)
    if (given, predicted) in excluded:
        return None
    return Shown(i, j, tuple(_words(tokens, i)), _class_label(given, names), _class_label(predicted, names))


def _checked(issue: Any, tokens: Any) -> Issue:
    try:
        i, j = (int(place) for place in issue)
    except (TypeError, ValueError):
        raise InputError(f"issues: expected (sentence, token) pairs, got {issue!r:.40}") from None
    if not 0 <= i < len(tokens) or not 0 <= j < len(tokens[i]):
        raise InputError(f"issues: sentence {i}, token {j} is not in tokens; pass the words of the scored sentences")
    return i, j


def _item(column: Any, i: int) -> Any:
    item = column[i]
    return item.as_py() if hasattr(item, "as_py") else item  # an Arrow scalar


def _words(tokens: Any, i: int) -> list[str]:
    return [str(word) for word in _item(tokens, i)]


def _given(labels: Any, i: int, j: int) -> int:
    return int(_item(labels, i)[j])


def _predicted(pred_probs: Any, i: int, j: int) -> int:
    return int(np.argmax(to_numpy(_item(pred_probs, i)[j], "pred_probs")))


def _class_label(label: int | None, names: Sequence[str] | None) -> str | None:
    """Return what a class is called: its name, or its number as text; None for none."""
    return None if label is None else str(label) if names is None else str(names[label])


def _marked(one: Shown, mark: str) -> list[str]:
    return [mark.format(word) if j == one.token else word for j, word in enumerate(one.words)]
