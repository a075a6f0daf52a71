"""The sentence that an audit begins with, put together from its counts and its estimate."""

from __future__ import annotations

from labelaudit.results import Counts, Estimate

# Bounds that are so many times apart leave no number that is worth saying.
_APART = 3


def say_share(share: float) -> str:
    """Return a share as a headline has it, such as 1.5 %."""
    return f"{share:.1%}".replace("%", " %")


def say_labels(counts: Counts) -> str:
    """Return how many labels look wrong: ``42 of 2,840 boxes look wrong (1.5 %)``.

    Examples
    --------
    >>> import polars as pl
    >>> say_labels(Counts("labels", 40, 1, 0, pl.DataFrame()))
    '1 of 40 labels looks wrong (2.5 %)'
    """
    look = "looks" if counts.wrong == 1 else "look"
    return f"{counts.wrong:,} of {counts.labels:,} {counts.unit} {look} wrong ({say_share(counts.share)})"


def say_estimate(estimate: Estimate | None) -> str:
    """Return how many labels are wrong, as the end of a headline; nothing where it is not known.

    Examples
    --------
    >>> say_estimate(Estimate(44.2, 30.0, 60.0, "labels"))
    '; about 44 are (30 to 60)'
    >>> say_estimate(Estimate(120, 40, 190, "labels"))
    '; between 40 and 190 are'
    """
    if estimate is None:
        return ""
    about, low, high = (f"{value:,.0f}" for value in (estimate.wrong, estimate.low, estimate.high))
    what = " wrong or missing" if estimate.missing else ""
    if estimate.high > _APART * max(estimate.low, 1):
        return f"; between {low} and {high} are{what}"
    span = "" if low == high == about else f" ({low} to {high})"
    return f"; about {about} {'is' if about == '1' else 'are'}{what}{span}"
