"""From labels and predictions of any task to an audit. Not called audit.py, which would hide the function."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

from labelaudit._checks.arrays import check_choice
from labelaudit.errors import InputError
from labelaudit.results import Audit
from labelaudit.tasks import TASKS


def audit(
    task: Any = None,
    labels: Any = None,
    predictions: Any = None,
    *,
    ids: Any = None,
    class_names: Sequence[str] | None = None,
    **options: Any,
) -> Audit:
    """Return which labels of a data set look wrong: ``audit(task, labels, predictions)``, the task where it is unclear.

    Parameters
    ----------
    task : str, may be left out where the shapes tell
        ``classification``, ``multilabel_classification``, ``token_classification``, ``regression``,
        ``object_detection``, ``segmentation`` or ``instance_segmentation``.
    labels, predictions
        As the task's ``get_label_quality_scores`` takes them. Labels may be names of classes if ``class_names`` lists
        them in the order of the columns of the predictions.
    ids : N values that differ
        What items are called in the tables, such as file names. The row numbers by default.
    class_names : K strings
        What classes are called in the tables.
    **options
        ``method`` and the other arguments of the task's ``get_label_quality_scores``.

    Returns
    -------
    Audit
        With ``issues``, a table of the labels that look wrong, worst first; ``scores``, one in [0, 1] an item; and
        ``estimate``, how many labels are wrong, where the task can tell.

    Raises
    ------
    InputError
        For an unknown task or option, and for input that the task cannot score.

    Examples
    --------
    >>> import labelaudit
    >>> audit = labelaudit.audit([0, 0, 1], [[0.9, 0.1], [0.2, 0.8], [0.4, 0.6]], ids=["a.png", "b.png", "c.png"])
    >>> audit.issues["id"].to_list(), audit.scores.round(2)
    (['b.png'], array([1.  , 0.01, 0.87]))
    """
    task, labels, predictions = _told_apart(task, labels, predictions)
    judge = TASKS[task].judge
    known = list(inspect.signature(judge).parameters)[2:]
    unknown = sorted(set(options) - set(known))
    if unknown:
        raise InputError(f"{unknown[0]}: is no option of {task}; expected one of {', '.join(known)}")
    return judge(labels, predictions, ids=ids, class_names=class_names, **options)


def _told_apart(task: Any, labels: Any, predictions: Any) -> tuple[str, Any, Any]:
    if predictions is None and not isinstance(task, str):
        task, labels, predictions = None, task, labels  # audit(labels, predictions)
    from_pairs = callable(predictions) and isinstance(task, str)
    if predictions is None or (labels is None and not from_pairs):
        raise InputError("audit: expected (task, labels, predictions) or (labels, predictions), one of them is missing")
    if task is None:
        fitting = [name for name in TASKS if _fits(name, labels, predictions)]
        if len(fitting) != 1:
            raise InputError(f"task: the shapes do not tell the task; pass one of {', '.join(TASKS)} before labels")
        task = fitting[0]
    check_choice(task, "task", tuple(TASKS))
    return task, labels, predictions


def _fits(task: str, labels: Any, predictions: Any) -> bool:
    try:
        return TASKS[task].fits(labels, predictions)
    except InputError:  # not even arrays of this task
        return False
