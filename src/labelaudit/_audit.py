"""The public audit: the record of what was found, with what can be done with it. Not called audit.py, which would hide
the function.
"""  # noqa: D205

from __future__ import annotations

import html
import inspect
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from labelaudit._checks.arrays import as_array, check_choice
from labelaudit._checks.class_names import Classes, names_of, text_of
from labelaudit._checks.classification import check_labels, name_classification
from labelaudit._checks.label_shapes import are_one_hot, are_swapped
from labelaudit._checks.multilabel_classification import name_multilabel
from labelaudit._checks.naming import Named, align, note_of
from labelaudit._checks.token_classification import name_tokens
from labelaudit._run.forks import refuse_lost_threads
from labelaudit.decisions import AnyDecisions, as_decisions
from labelaudit.errors import InputError
from labelaudit.formats.base import Change
from labelaudit.results import Doubt, Record, read_record
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
        return "\n".join([*self._about(), str(self.shown_issues)])

    def _repr_html_(self) -> str:
        about = "".join(f"<p>{html.escape(line)}</p>" for line in self._about())
        return about + self.shown_issues._repr_html_()

    def _about(self) -> list[str]:
        """Return what makes the audit doubtful, its headline, and notes below."""
        grave, notes = ([_said(doubt) for doubt in self.doubts if doubt.grave is one] for one in (True, False))
        return [*grave, f"Audit({self.task}): {self.headline}", *notes]


class DoubtWarning(UserWarning):
    """The result of an audit is probably nonsense, as its grave doubts say."""


def audit(
    task: Any = None,
    labels: Any = None,
    predictions: Any = None,
    *,
    ids: Any = None,
    class_names: Iterable[Any] | None = None,
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
        As the task's ``get_label_quality_scores`` takes them. Labels may be names of classes, and so may the columns of
        a table of predictions (pandas, polars, Arrow), with or without a common beginning such as ``prob_``: each label
        is then told by its name, in whatever order the columns are. Rows of pandas that are named by an index are told
        by that.
    ids : N values that differ
        What items are called in the tables, such as file names. By default the index of labels or predictions in
        pandas, else the row numbers.
    class_names : K names of any type, or a mapping from 0..K-1 to them
        What classes are called in the tables, in the order of the columns of the predictions: ``clf.classes_``, or
        ``id2label``. By default the columns of a table of predictions; else the categories that labels have in pandas,
        polars (Enum) or Hugging Face (ClassLabel); else the names in the labels, sorted, which a note in ``doubts``
        says.
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
    (['b.png'], array([1.  , 0.01, 0.97]))
    """
    refuse_lost_threads()
    task, labels, predictions = infer_task(task, labels, predictions)
    audit_task = TASKS[task].audit
    known = [name for name in list(inspect.signature(audit_task).parameters)[2:] if name != "decisions"]
    unknown = sorted(set(options) - set(known))
    if unknown:
        raise InputError(f"{unknown[0]}: is no option of {task}; expected one of {', '.join(known)}")
    kept = None if decisions is None else as_decisions(decisions)
    are_flat = options.get("lengths") is not None  # their index names tokens, and not the items
    predictions, row_ids = align(labels, predictions, None if are_flat else ids)
    ids = ids if are_flat else row_ids
    if "features" in options:
        options["features"], _ = align(labels, options["features"], None, "features")
    named = _named(task, labels, predictions, class_names, options)
    names = named.classes.names
    record = audit_task(named.labels, named.predictions, ids=ids, class_names=names, decisions=kept, **options)
    found = _public(_with_classes(record, named.classes))
    _warn_of_grave(found.doubts)
    return found


# What tells labels and columns by their names, in tasks that have classes in columns.
_NAMING: Mapping[str, Callable[..., Named]] = {
    "classification": name_classification,
    "multilabel_classification": name_multilabel,
    "token_classification": name_tokens,
}


def _named(task: str, labels: Any, predictions: Any, class_names: Any, options: Mapping[str, Any]) -> Named:
    if task in _NAMING:
        more = {"lengths": options["lengths"]} if "lengths" in options else {}
        return _NAMING[task](labels, predictions, class_names, **more)
    names = None if class_names is None else tuple(map(text_of, names_of(class_names)))
    return Named(labels, predictions, Classes(names))


def _with_classes(record: Record, classes: Classes) -> Record:
    """Return the record with what was assumed of the classes, and what labels call them where that is no name."""
    note = note_of(classes)
    if note is not None:
        doubt = Doubt(note.code, grave=False, sentence=note.sentence, way_out=note.way_out)
        record = replace(record, doubts=(*record.doubts, doubt))
    if classes.values is not None:
        record = replace(record, parameters={**record.parameters, "classes": list(classes.values)})
    return record


def _warn_of_grave(doubts: Iterable[Doubt]) -> None:
    """Warn, once and in the line that asked for the audit, of what makes its result probably nonsense."""
    grave = [_said(doubt) for doubt in doubts if doubt.grave]
    if grave:
        warnings.warn("; ".join(grave), DoubtWarning, stacklevel=3)


def _said(doubt: Doubt) -> str:
    return f"{doubt.sentence}: {doubt.way_out}"


def load(path: str | Path) -> Audit:
    """Return the audit that :meth:`Audit.save` wrote.

    Raises
    ------
    InputError
        For a file that is missing, is no Parquet, or is no run of this version of labelaudit.
    """
    refuse_lost_threads()
    found = read_record(Audit, path)
    if found.task not in TASKS:
        raise InputError(f"{path}: is a run of {found.task!r:.40}, which is none of {', '.join(TASKS)}; make it anew")
    return found


def _public(record: Record) -> Audit:
    return Audit(**{one.name: getattr(record, one.name) for one in fields(Record)})


def infer_task(task: Any, labels: Any, predictions: Any) -> tuple[str, Any, Any]:
    """Return the three arguments, whichever of them were left out."""
    if isinstance(predictions, str) and not isinstance(task, str):
        task, labels, predictions = predictions, task, labels  # audit(labels, predictions, "classification")
    if predictions is None and not isinstance(task, str):
        task, labels, predictions = None, task, labels  # audit(labels, predictions)
    from_pairs = callable(predictions) and isinstance(task, str)
    if predictions is None or (labels is None and not from_pairs):
        raise InputError("audit: expected (task, labels, predictions) or (labels, predictions), one of them is missing")
    if task is None:
        task = _task_of(labels, predictions)
    check_choice(task, "task", tuple(TASKS))
    return task, labels, predictions


def _task_of(labels: Any, predictions: Any) -> str:
    fitting = [name for name in TASKS if _fits(name, labels, predictions)]
    if not fitting and are_swapped(labels, as_array(predictions, "predictions")):
        raise InputError(
            "labels: look like predictions, and predictions like labels, by their shapes; pass labels first, then "
            "predictions"
        )
    if not fitting and len(getattr(predictions, "shape", ())) == 2:
        check_labels(labels, None, "predictions")  # which says what shape they have
    if fitting == ["multilabel_classification"] and are_one_hot(labels, predictions):
        raise InputError(
            "task: labels are one-hot and the predictions of each row sum to 1; pass np.argmax(labels, axis=1) for "
            "classification, or the task multilabel_classification before labels"
        )
    if len(fitting) != 1:
        raise InputError(f"task: the shapes do not tell the task; pass one of {', '.join(TASKS)} before labels")
    return fitting[0]


def _fits(task: str, labels: Any, predictions: Any) -> bool:
    try:
        return TASKS[task].fits(labels, predictions)
    except InputError:  # not even arrays of this task
        return False
