"""What cleanlab 2.9.0 has and labelaudit has not is said in the page for those who come from there."""

import importlib
import inspect
import pkgutil
from pathlib import Path

import cleanlab
import pytest

PAGE = (Path(__file__).parents[2] / "docs/coming-from-cleanlab.md").read_text("utf-8").partition("## Modules")[2]
MODULES = sorted(
    name.removeprefix("cleanlab.")
    for _, name, _ in pkgutil.walk_packages(cleanlab.__path__, "cleanlab.")
    if not name.startswith(("cleanlab.datalab.", "cleanlab.internal.", "cleanlab.data_valuation."))
)


def _here(module):
    try:
        return importlib.import_module(f"labelaudit.{module}")
    except ImportError:
        return None


@pytest.mark.parametrize("module", sorted(set(MODULES) - {"typing", "version"}))
def test_each_module_is_here_or_on_the_page(module):
    here = _here(module) is not None
    named = f"`{module}`" in PAGE or f"`{module}." in PAGE
    assert here or named


@pytest.mark.parametrize("module", [name for name in MODULES if _here(name) is not None])
def test_each_function_of_a_module_is_here_or_on_the_page(module):
    theirs = importlib.import_module(f"cleanlab.{module}")
    for name, function in inspect.getmembers(theirs, inspect.isfunction):
        if function.__module__ == theirs.__name__ and not name.startswith("_"):
            assert hasattr(_here(module), name) or f"`{module}.{name}`" in PAGE, name
