"""The public audit: the record of what was found, with what can be done with it. Not called audit.py, which would hide
the function.
"""  # noqa: D205

from __future__ import annotations

import html
import inspect
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from labelaudit._checks.arrays import check_choice
from labelaudit._run.forks import refuse_lost_threads
from labelaudit.decisions import AnyDecisions, as_decisions
from labelaudit.errors import InputError
from labelaudit.formats.base import Change
from labelaudit.results import Record, read_record
from labelaudit.tasks import TASKS
from labelaudit.views import View, content_of


@dataclass(frozen=True, eq=False, repr=False)
class Audit(Record):
    """The quality of every label of a data set, and the labels that look wrong.

    Attributes
    ----------
    task, parameters, version
        What was asked for, how, and of which labelaudit.
    method : str
        How labels are scored. Which of them are issues, ``p_wrong`` and the estimate are told by the task's own method
        whatever that is.
    items : polars DataFrame
        A row an item: ``id``, ``score``, ``p_wrong`` where the method has one, and what the task knows of it, such as
        the given and the suggested label.
    issues : polars DataFrame
        A row for each label that looks wrong, worst first: ``issue``, a key that stays the same from run to run;
        ``id`` and ``row`` of the item; where in the item, such as ``box`` or ``class``; ``kind``, ``given``,
        ``suggested``, ``score``, ``p_wrong``; and ``annotation``, the id of its record in the file that it is from.
    counts : Counts
        Labels judged, wrong and missing, by class too.
    estimate : Estimate or None
        How many labels are wrong; None where the task cannot tell.
    doubts : tuple of Doubt
        Why the result may not be what it seems; usually none.
    class_names : tuple of str or None
    source : Source or None
        The file that the labels came from, which corrections can be written back to.
    ids_given : bool
        Whether items have names of their own. Row numbers are none: keys of issues then hold within this run only.

    Examples
    --------
    >>> import labelaudit
    >>> pred_probs = [[0.9, 0.1], [0.95, 0.05], [0.2, 0.8]]
    >>> audit = labelaudit.audit("classification", [0, 1, 1], pred_probs, class_names=["cat", "dog"])
    >>> audit.issues.select("id", "given", "suggested").rows()
    [(1, 'dog', 'cat')]
    """

    @property
    def headline(self) -> str:
        """What was found, in a sentence."""
        return TASKS[self.task].headline(self)

    def view(self, row: int, content: Any = None) -> View:
        """Return what a person must see to judge an item, as plain data.

        Parameters
        ----------
        row
            Of the item, as in the column ``row`` of ``issues``.
        content
            What the item is: a :class:`labelaudit.views.Content`, a text, an image as an array or as the bytes of its
            file, a mapping of named fields.

        Raises
        ------
        InputError
            For a row that the audit does not have.

        Examples
        --------
        >>> import labelaudit
        >>> audit = labelaudit.audit("classification", [0, 1], [[0.9, 0.1], [0.95, 0.05]])
        >>> view = audit.view(1, "a text")
        >>> view.given, view.suggested, view.likeliest[0]
        ((1,), (0,), (0, 0.95))
        """
        if not 0 <= row < len(self.items):
            raise InputError(f"row: expected one of the {len(self.items)} items, from 0, got {row}")
        return TASKS[self.task].view(self, row, content_of(content))

    def changes(self, decisions: AnyDecisions) -> list[Change]:
        """Return what decisions change, label by label; the labels themselves need not be at hand."""
        return TASKS[self.task].changes(self, as_decisions(decisions))

    def correct(self, labels: Any, decisions: AnyDecisions) -> Any:
        """Return the labels with the decisions carried out, in the container and the type that they came in.

        What no decision names stays as it is, and so does a label that is no longer the one that was audited:
        carrying out the same decisions twice changes nothing more.

        Parameters
        ----------
        labels
            What was audited.
        decisions
            A list of :class:`labelaudit.Decision`, or what they are kept in, or the path of such a file.

        Raises
        ------
        InputError
            For labels that are not of this audit, and decisions whose value cannot be a label.

        Examples
        --------
        >>> import labelaudit
        >>> audit = labelaudit.audit("classification", [0, 1], [[0.9, 0.1], [0.9, 0.1]])
        >>> audit.correct([0, 1], [labelaudit.Decision(audit.issues["issue"][0], "fix", 0)])
        [0, 0]
        """
        return TASKS[self.task].correct(self, labels, as_decisions(decisions))

    def __repr__(self) -> str:
        return f"Audit({self.task}): {self.headline}\n{self.shown_issues}"

    def _repr_html_(self) -> str:
        about = html.escape(f"Audit({self.task}): {self.headline}")
        return f"<p>{about}</p>{self.shown_issues._repr_html_()}"


def audit(
    task: Any = None,
    labels: Any = None,
    predictions: Any = None,
    *,
    ids: Any = None,
    class_names: Sequence[str] | None = None,
    decisions: AnyDecisions | None = None,
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
    decisions
        Made before: issues that were decided ``keep`` are left out while their given label stands.
    **options
        ``threshold``: how likely a label has to be wrong to be an issue, ½ by default (in regression, how many median
        residuals off it has to be); ``method`` and the other arguments of the task's ``get_label_quality_scores``.

    Returns
    -------
    Audit
        With ``issues``, a table of the labels that look wrong, worst first; ``items``, all of them with their scores;
        ``counts`` and ``estimate``, how many labels look wrong and how many are, where the task can tell.

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
    refuse_lost_threads()
    task, labels, predictions = infer_task(task, labels, predictions)
    audit_task = TASKS[task].audit
    known = [name for name in list(inspect.signature(audit_task).parameters)[2:] if name != "decisions"]
    unknown = sorted(set(options) - set(known))
    if unknown:
        raise InputError(f"{unknown[0]}: is no option of {task}; expected one of {', '.join(known)}")
    kept = None if decisions is None else as_decisions(decisions)
    return _public(audit_task(labels, predictions, ids=ids, class_names=class_names, decisions=kept, **options))


def load(path: str | Path) -> Audit:
    """Return the audit that :meth:`Audit.save` wrote.

    Raises
    ------
    InputError
        For a file that is missing, is no Parquet, or is no run of this version of labelaudit.
    """
    refuse_lost_threads()
    return read_record(Audit, path)


def _public(record: Record) -> Audit:
    return Audit(**{one.name: getattr(record, one.name) for one in fields(Record)})


def infer_task(task: Any, labels: Any, predictions: Any) -> tuple[str, Any, Any]:
    """Return the three arguments, whichever of them were left out."""
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
