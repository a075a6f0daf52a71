"""The wheel as a stranger gets it: built, installed into a clean environment, used from another folder.

`make wheel` runs these; `make test` leaves them out, for they install packages.
"""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import labelaudit

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.installed


def _run(*command, cwd):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    command = [str(part) for part in command]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=environment, check=False)


def _pip(python, *arguments, cwd):
    done = _run(python, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments, cwd=cwd)
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    reached = _run(
        *(sys.executable, "-m", "pip", "--quiet", "--retries", "1", "--timeout", "20"),
        *("download", "--no-deps", "--dest", folder / "reached", "hatchling"),
        cwd=folder,
    )
    if reached.returncode:
        pytest.skip(f"pip reaches no packages: {reached.stderr.strip().splitlines()[-1]}")
    _pip(sys.executable, "wheel", "--no-deps", "--wheel-dir", folder, ROOT, cwd=folder)
    (path,) = folder.glob("*.whl")
    return path


def _environment(folder, wheel, extras=""):
    _run(sys.executable, "-m", "venv", folder / "venv", cwd=folder)
    programs = folder / "venv" / ("Scripts" if os.name == "nt" else "bin")
    _pip(programs / "python", "install", "--constraint", ROOT / "constraints.txt", f"{wheel}{extras}", cwd=folder)
    return programs


@pytest.fixture(scope="module")
def bare(tmp_path_factory, wheel):
    return _environment(tmp_path_factory.mktemp("bare"), wheel)


@pytest.fixture(scope="module")
def with_app(tmp_path_factory, wheel):
    return _environment(tmp_path_factory.mktemp("app"), wheel, "[app]")


def test_the_wheel_holds_the_package_and_nothing_else(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    about = f"labelaudit-{labelaudit.__version__}.dist-info"
    assert {name.split("/")[0] for name in names} == {"labelaudit", about}
    assert "labelaudit/py.typed" in names
    source = ROOT / "src"
    assert {name for name in names if name.endswith(".py")} == {
        path.relative_to(source).as_posix() for path in source.rglob("*.py")
    }


def test_without_extras_every_public_name_loads_and_an_audit_runs(bare, tmp_path):
    code = """
import importlib.util, labelaudit
for name in labelaudit.__all__:
    getattr(labelaudit, name)
for name in ("sklearn", "tqdm", "rich", "typer", "PIL", "pandas"):
    assert importlib.util.find_spec(name) is None, name
audit = labelaudit.audit([0, 1, 1], [[0.9, 0.1], [0.95, 0.05], [0.2, 0.8]], class_names=["cat", "dog"])
audit.save("run.parquet")
print(labelaudit.load("run.parquet").issues["suggested"].to_list(), labelaudit.__file__)
"""
    done = _run(bare / "python", "-c", code, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("['cat'] ")
    assert str(bare.parent) in done.stdout


def test_without_extras_the_program_says_what_to_install(bare, tmp_path):
    done = _run(bare / "labelaudit", "--version", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "labelaudit: the command line needs more packages: pip install 'labelaudit[app]'\n"


def test_without_scikit_learn_training_says_what_to_install(bare, tmp_path):
    code = """
from labelaudit.multilabel_classification.scorer import get_cross_validated_multilabel_pred_probs
try:
    get_cross_validated_multilabel_pred_probs([[0.0]], [[1]], clf=None, cv=None)
except ImportError as problem:
    print(problem)
"""
    done = _run(bare / "python", "-c", code, cwd=tmp_path)
    assert "pip install 'labelaudit[train]'" in done.stdout, done.stderr


def test_with_the_app_the_program_runs(with_app, tmp_path):
    assert _run(with_app / "labelaudit", "--version", cwd=tmp_path).stdout.strip() == labelaudit.__version__
    shown = _run(with_app / "labelaudit", "demo", cwd=tmp_path)
    assert shown.returncode == 0, shown.stderr
    assert "labels look wrong" in shown.stdout
    listed = _run(with_app / "labelaudit", "issues", "labelaudit-demo/run.parquet", "--out", "issues.csv", cwd=tmp_path)
    assert listed.returncode == 0, listed.stderr
    assert (tmp_path / "issues.csv").read_text("utf-8").startswith("issue,id,row,kind,given,suggested,score,p_wrong")
