"""The table that the laws run over is complete."""

import ast
import importlib
import inspect
from pathlib import Path

import pytest

from labelaudit.tasks import TASKS
from laws.filters import FILTERS
from laws.planted import PLANTED
from laws.scorers import SCORERS
from laws.table import LAWS

ROWS = [*SCORERS, *FILTERS]
TESTS = Path(__file__).parent.parent

OF_THE_SCORES = ("get_", "find_", "compute_", "entity_")  # how the names of functions begin that judge labels

NOT_IN_THE_TABLE = {
    "labelaudit.classification.rank.find_top_issues": "sorts scores, and sees no labels",
}


def _public_functions(module):
    for name, function in inspect.getmembers(module, inspect.isfunction):
        if name.startswith(OF_THE_SCORES) and function.__module__ == module.__name__:
            yield f"{module.__name__}.{name}", function


@pytest.mark.parametrize("part", ["rank", "filter"])
@pytest.mark.parametrize("task", list(TASKS))
def test_every_function_that_judges_labels_is_in_the_table(task, part):
    if importlib.util.find_spec(f"labelaudit.{task}.{part}") is None:
        pytest.skip(f"{task} has no {part}")
    functions = dict(_public_functions(importlib.import_module(f"labelaudit.{task}.{part}")))
    assert functions
    held = {row.function for row in ROWS}
    assert {name for name, function in functions.items() if function not in held} == {
        name for name in NOT_IN_THE_TABLE if name in functions
    }


@pytest.mark.parametrize("task", list(TASKS))
def test_every_method_is_in_the_table(task):
    methods = getattr(importlib.import_module(f"labelaudit.{task}.rank"), "METHODS", None)
    if methods is None:
        pytest.skip(f"{task} has one method")
    assert set(methods) <= {value for row in SCORERS if row.task == task for value in map(str, row.options.values())}


def test_every_reason_is_about_a_function_that_there_is():
    for name in NOT_IN_THE_TABLE:
        module, _, function = name.rpartition(".")
        assert hasattr(importlib.import_module(module), function)


def _of_its_own(function):
    """The nodes of a function, but for those of functions in it."""
    for node in ast.iter_child_nodes(function):
        yield node
        if not isinstance(node, ast.FunctionDef | ast.Lambda):
            yield from _of_its_own(node)


@pytest.mark.parametrize("path", sorted(TESTS.rglob("test_*.py")), ids=lambda path: str(path.relative_to(TESTS)))
def test_no_test_passes_by_return(path):
    functions = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.FunctionDef)]
    for function in functions:
        returns = [node.lineno for node in _of_its_own(function) if isinstance(node, ast.Return)]
        assert not (function.name.startswith("test_") and returns), f"{function.name}, lines {returns}: skip, or assume"


def test_scores_audits_and_corrections_hold_the_same_tasks():
    assert {row.task for row in SCORERS} == set(TASKS)
    assert set(PLANTED) == set(TASKS)


def test_every_row_has_a_name_of_its_own():
    assert len({str(row) for row in ROWS}) == len(ROWS)


def test_rows_are_exempt_from_laws_that_there_are():
    for row in ROWS:
        assert set(row.exempt) | set(row.data.exempt) <= set(LAWS)
        assert all(reason for reason in (row.data.exempt | row.exempt).values())


def test_a_law_that_data_cannot_be_put_to_is_one_they_are_exempt_from():
    for row in ROWS:
        for law, how in (("renaming", row.data.rename), ("chunks", row.data.chunked), ("certain", row.data.certain)):
            assert how or row.why_exempt(law), f"{row}: {law}"
