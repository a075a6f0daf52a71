"""Whether numbers and their predictions belong together, in sentences."""

from __future__ import annotations

import math

from labelaudit._stats.number_agreement import NumberAgreement, Repair
from labelaudit.results import Doubt

# A factor that is so near to a power of ten, in tenths of one, is meant to be it.
_NEAR_POWER = 0.05


def doubts_of(agreement: NumberAgreement | None, log_scale: float | None) -> tuple[Doubt, ...]:
    """Return what makes the result doubtful: grave ones first, of which one says most."""
    grave = None if agreement is None else _grave(agreement)
    notes = () if log_scale is None else (_spread_grows(log_scale),)
    return notes if grave is None else (grave, *notes)


def _grave(agreement: NumberAgreement) -> Doubt | None:
    if agreement.equal:
        return Doubt(
            "in-sample",
            grave=True,
            sentence="the predictions are the labels themselves, so that no label can look wrong",
            way_out="predict each label with a model that was not trained on it, as by cross-validation",
        )
    if agreement.repair is not None:
        return _unit(agreement.repair)
    if agreement.elsewhere:
        return Doubt(
            "column",
            grave=True,
            sentence="the predictions lie where hardly any label does",
            way_out="check that both are of the same column and in the same unit",
        )
    if agreement.unrelated:
        return Doubt(
            "order",
            grave=True,
            sentence="the predictions are no nearer to their labels than to those of other rows",
            way_out="check that both are of the same column and in the same order of rows, and that the model has "
            "learned anything",
        )
    return None


def _unit(repair: Repair) -> Doubt:
    seen, back = _named(repair)
    return Doubt("unit", grave=True, sentence=f"the labels look like {seen}", way_out=f"{back}, if that is why")


def _named(repair: Repair) -> tuple[str, str]:
    """Return what labels look like, and how they become what the predictions are.

    Examples
    --------
    >>> _named(Repair(98.7, 0.0))
    ('100 times the predictions', 'divide the labels by 100')
    >>> _named(Repair(0.0011, 0.0))
    ('the predictions divided by 1,000', 'divide the predictions by 1,000')
    >>> _named(Repair(1.0, -273.2))
    ('the predictions minus 273', 'subtract 273 from the predictions')
    >>> _named(Repair(1.83, 31.0))
    ('1.83 times the predictions plus 31', 'bring the two into one unit')
    """
    shift = ""
    if repair.shift:
        shift = f" {'plus' if repair.shift > 0 else 'minus'} {_number(abs(repair.shift))}"
    if repair.factor == 1:
        back = f"add {_number(repair.shift)} to" if repair.shift > 0 else f"subtract {_number(-repair.shift)} from"
        return f"the predictions{shift}", f"{back} the predictions"
    size = abs(repair.factor)
    number = _number(size if size > 1 else 1 / size)
    if repair.factor < 0:
        return f"{_number(repair.factor)} times the predictions{shift}", "bring the two into one unit"
    seen = f"{number} times the predictions" if size > 1 else f"the predictions divided by {number}"
    if shift:
        return f"{seen}{shift}", "bring the two into one unit"
    return seen, f"divide the {'labels' if size > 1 else 'predictions'} by {number}"


def _number(value: float) -> str:
    """Return a number as one says it: three digits, and powers of ten where it is near to one."""
    power = math.log10(abs(value))
    if abs(power - round(power)) < _NEAR_POWER and 1 <= abs(round(power)) <= 15:
        value = math.copysign(10.0 ** round(power), value)
    rounded = float(f"{value:.3g}")
    return f"{rounded:,.0f}" if 100 <= abs(rounded) < 1e15 else f"{rounded:g}"


def _spread_grows(log_scale: float) -> Doubt:
    return Doubt(
        "spread-grows",
        grave=False,
        sentence="residuals grow with what is predicted, so that labels were judged by their ratio to it, and by their "
        f"difference below about {_number(log_scale)}",
        way_out="a model of log(y), with exp of its predictions, may tell more",
    )
