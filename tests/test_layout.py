"""The layout holds, and the rules that guard it can fail."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import labelaudit
from labelaudit.tasks import TASKS

ROOT = Path(__file__).parent.parent
HEAVY = [
    "numba",
    "sklearn",
    "polars",
    "dask",
    "pandas",
    "torch",
    "faiss",
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
    assert not _modules_after(code) & {"sklearn", "polars", "dask", "pandas", "torch", "typer", "rich", "faiss"}


def test_every_public_name_loads():
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


DOWN = "Imports go down only"
KERNELS = "The two kinds of kernel never see each other"
POLARS = "Tables of polars only where tables are shown, kept or made"
SCREEN = "The terminal's libraries only in the command line"
OLD = "Nothing imports the old addresses"
SCORERS = "cleanlab's scorer objects call the scoring, never the other way round"

PLANTED = [
    ("classification/rank.py", "import faiss", "faiss only where neighbours are looked for"),
    ("_checks/arrays.py", "from labelaudit import results", DOWN),
    ("_run/blocks.py", "from labelaudit._checks import arrays", DOWN),
    ("_stats/joint.py", "from labelaudit._run import blocks", DOWN),
    ("formats/base.py", "from labelaudit import decisions", DOWN),
    ("results.py", "from labelaudit import assembly", DOWN),
    ("classification/audit.py", "from labelaudit.object_detection import audit", DOWN),
    ("regression/audit.py", "def late():\n    from labelaudit import tasks", DOWN),
    ("export.py", "from labelaudit import _audit", DOWN),
    ("helpers.py", "", DOWN),
    ("_kernels/portable/rows.py", "from labelaudit._kernels.cpu import rows", KERNELS),
    ("_kernels/cpu/rows.py", "from labelaudit._kernels.portable import rows", KERNELS),
    ("classification/rank.py", "import numba", "numba only in the CPU kernels"),
    ("_run/blocks.py", "import llvmlite", "numba only in the CPU kernels"),
    *((f"{part}/planted.py", "import polars", POLARS) for part in ("_checks", "_data", "_kernels", "_run", "_stats")),
    ("results.py", "import rich", SCREEN),
    ("_audit.py", "import typer", SCREEN),
    ("regression/rank.py", "import sklearn", "scikit-learn only where a model is trained"),
    ("cli/score.py", "from labelaudit import rank", OLD),
    ("_audit.py", "import labelaudit.internal.multilabel_scorer", OLD),
    ("multilabel_classification/filter.py", "from labelaudit.multilabel_classification import scorer", SCORERS),
]


def _contracts():
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]


def _broken(done):
    return {contract["name"] for contract in _contracts() if f"{contract['name']} BROKEN" in done.stdout}


@pytest.mark.parametrize(("file", "line", "contract"), PLANTED)
def test_a_planted_violation_breaks_its_contract(tmp_path, file, line, contract):
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    path = tmp_path / "src" / "labelaudit" / file
    path.write_text((path.read_text("utf-8") if path.exists() else "") + f"\n{line}\n", "utf-8")
    done = _lint(tmp_path)
    assert done.returncode != 0, done.stdout
    assert contract in _broken(done) or "helpers" in done.stdout  # a module that no contract places ends the whole run


def test_every_contract_has_a_planted_violation():
    assert {contract for _, _, contract in PLANTED} == {contract["name"] for contract in _contracts()}


def test_the_contracts_hold():
    done = _lint(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_task_is_a_folder_with_its_audit_its_view_and_its_correction():
    package = ROOT / "src" / "labelaudit"
    for part in ("audit", "view", "correct"):
        assert {path.parent.name for path in package.glob(f"*/{part}.py")} == set(TASKS)
    assert set(TASKS) < set(labelaudit.__all__)


def test_the_lists_of_tasks_in_the_rules_are_those_of_the_table():
    (layers,) = (contract["layers"] for contract in _contracts() if contract["name"] == DOWN)
    above, below = layers.index("tasks"), layers.index("assembly | corrections | doubts | headlines")
    assert {name for layer in layers[above + 1 : below] for name in layer.split(" | ")} == set(TASKS)
    ignores = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["ruff"]["lint"]["per-file-ignores"]
    (named,) = (re.search(r"{(.*)}", pattern)[1] for pattern in ignores if "{" in pattern)
    assert set(named.split(",")) == set(TASKS)


def test_every_task_has_its_pages_in_the_documents():
    readme, site = ((ROOT / name).read_text("utf-8") for name in ("README.md", "zensical.toml"))
    for task in TASKS:
        guide, reference = f"{task.replace('_', '-')}.md", f"reference/{task}.md"
        assert (ROOT / "docs" / guide).exists()
        assert (ROOT / "docs" / reference).exists()
        assert f"(docs/{guide})" in readme
        assert f'"{guide}"' in site
        assert f'"{reference}"' in site


def test_the_library_prints_nothing():
    for path in (ROOT / "src").rglob("*.py"):
        calls = [node.func for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
        assert not [call for call in calls if isinstance(call, ast.Name) and call.id == "print"], path
