"""The layout holds, and the rules that guard it can fail."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HEAVY = [
    "numba",
    "sklearn",
    "polars",
    "dask",
    "pandas",
    "torch",
    "numpy",
    "pyarrow",
    "typer",
    "rich",
    "array_api_compat",
]


def _modules_after(code):
    script = f"import sys; {code}; print(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_importing_the_package_loads_nothing_heavy():
    assert not _modules_after("import labelaudit") & set(HEAVY)


def test_scoring_arrays_loads_no_table_library_and_no_model():
    code = "import labelaudit; labelaudit.rank.get_label_quality_scores([0], [[1.0]])"
    assert not _modules_after(code) & {"sklearn", "polars", "dask", "pandas", "torch", "typer", "rich"}


def test_every_public_name_loads():
    import labelaudit

    assert sorted(labelaudit.__all__) == dir(labelaudit)
    for name in labelaudit.__all__:
        assert getattr(labelaudit, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        labelaudit.nonsense  # noqa: B018


def _lint(folder):
    program = shutil.which("lint-imports", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if program is None:
        pytest.skip("import-linter is not installed: make lint installs it")
    environment = os.environ | {"PYTHONPATH": str(folder / "src")}
    return subprocess.run(
        [program, "--no-cache", "--config", str(folder / "pyproject.toml")],
        capture_output=True, text=True, cwd=folder, env=environment, check=False,
    )  # fmt: skip


PLANTED = [
    ("_checks/arrays.py", "from labelaudit import results", "Imports go down only"),
    ("_run/stream.py", "from labelaudit._checks import arrays", "Imports go down only"),
    ("_kernels/portable/rows.py", "from labelaudit._kernels.cpu import rows", "The two kinds of kernel"),
    ("classification/rank.py", "import numba", "numba only in the CPU kernels"),
    ("results.py", "import rich", "The terminal's libraries"),
    ("helpers.py", "", "Imports go down only"),
]


@pytest.mark.parametrize(("file", "line", "contract"), PLANTED)
def test_a_planted_violation_breaks_its_contract(tmp_path, file, line, contract):
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    path = tmp_path / "src" / "labelaudit" / file
    path.write_text((path.read_text("utf-8") if path.exists() else "") + f"\n{line}\n", "utf-8")
    done = _lint(tmp_path)
    assert done.returncode != 0, done.stdout
    assert contract in done.stdout + done.stderr


def test_the_contracts_hold():
    done = _lint(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_library_prints_nothing():
    for path in (ROOT / "src").rglob("*.py"):
        calls = [node.func for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
        assert not [call for call in calls if isinstance(call, ast.Name) and call.id == "print"], path
