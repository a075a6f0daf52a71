"""Every code block of README and docs runs, and every public name and option of the command line is documented."""

import ast
import importlib
import json
import re
import shlex
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image
from typer.main import get_command
from typer.testing import CliRunner

import labelaudit
from labelaudit.cli.app import app
from laws.data import classification_data

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
REFERENCE = sorted((ROOT / "docs" / "reference").glob("*.md"))
TEXT = "\n".join(page.read_text("utf-8") for page in [*PAGES, *REFERENCE])
PUBLIC = ["labelaudit", "labelaudit.rank", "labelaudit.filter", "labelaudit.count", "labelaudit.dataset"]
PUBLIC += ["labelaudit.regression.rank"]
PUBLIC += [f"labelaudit.multilabel_classification.{name}" for name in ("rank", "filter", "dataset", "scorer")]
PUBLIC += [f"labelaudit.token_classification.{name}" for name in ("rank", "filter", "summary")]
PUBLIC += [f"labelaudit.object_detection.{name}" for name in ("rank", "filter", "summary")]
PUBLIC += ["labelaudit.instance_segmentation.rank"]
PUBLIC += [f"labelaudit.segmentation.{name}" for name in ("rank", "filter", "summary")]


def _blocks(page, language):
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE)


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    labels, pred_probs = classification_data(60, 3)
    np.save("labels.npy", labels)
    np.save("probs.npy", pred_probs)
    names = np.array(["cat", "dog", "fox"])
    pl.DataFrame({"path": [f"{i}.png" for i in range(60)], "label": names[labels]}).write_csv("labels.csv")
    pl.DataFrame(pred_probs, schema=[f"prob_{name}" for name in names]).write_csv("probs.csv")
    pl.DataFrame({"house": [f"h{i}" for i in range(60)], "price": labels * 1e5}).write_csv("prices.csv")
    (tmp_path / "tags.jsonl").write_text("".join(json.dumps([names[k]]) + "\n" for k in labels), "utf-8")
    pl.DataFrame({f"has_{name}": (labels == k).astype(int) for k, name in enumerate(names)}).write_csv("tags.csv")
    np.save("tags.npy", pred_probs)
    bio = ["O", "B-PER", "I-PER"]
    (tmp_path / "tags.conll").write_text("\n\n".join(f"word {bio[k]}" for k in labels), "utf-8")
    boxes = [[10, 10, 40, 30], [100, 50, 60, 60]]
    records = [
        {"id": 2 * i + j, "image_id": i, "category_id": j, "bbox": b} for i in range(4) for j, b in enumerate(boxes)
    ]
    images = [{"id": i, "file_name": f"{i}.jpg", "width": 200, "height": 200} for i in range(4)]
    document = {
        "images": images,
        "categories": [{"id": 0, "name": "cat"}, {"id": 1, "name": "dog"}],
        "annotations": records,
    }
    (tmp_path / "instances.json").write_text(json.dumps(document), "utf-8")
    (tmp_path / "detections.json").write_text(json.dumps([r | {"score": 0.9} for r in records]), "utf-8")
    (tmp_path / "masks").mkdir()
    for i in range(3):
        Image.fromarray((np.arange(64).reshape(8, 8) % 2).astype(np.uint8)).save(tmp_path / "masks" / f"{i}.png")
    np.save("mask_probs.npy", np.full((3, 2, 8, 8), 0.5))
    np.save("predicted.npy", labels * 1e5 + 1)
    score = "score --labels labels.csv:label --pred-probs probs.csv:prob_* --ids labels.csv:path --out run.parquet"
    assert CliRunner().invoke(app, score.split()).exit_code == 0
    (tmp_path / "decisions.jsonl").write_text(labelaudit.Decision("0.png", "fix", "fox").to_json() + "\n", "utf-8")


@pytest.mark.parametrize("page", [page for page in PAGES if _blocks(page, "python")], ids=lambda page: page.name)
def test_python_blocks_run(page, files):
    namespace = {}
    for block in _blocks(page, "python"):
        exec(compile(block, str(page), "exec"), namespace)


COMMANDS = [
    line for page in PAGES for block in _blocks(page, "sh") for line in block.replace("\\\n", " ").splitlines()
    if line.startswith("labelaudit ")
]  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_run(command, files):
    result = CliRunner().invoke(app, shlex.split(command, comments=True)[1:])
    assert result.exit_code == 0, result.output


def test_there_are_blocks_to_run():
    assert sum(len(_blocks(page, "python")) for page in PAGES) >= 5
    assert len(COMMANDS) >= 3


def test_the_reference_names_every_public_module_and_nothing_that_is_not_there():
    named = [name for page in REFERENCE for name in re.findall(r"^::: (\S+)$", page.read_text("utf-8"), re.MULTILINE)]
    for name in named:
        home, _, last = name.rpartition(".")
        assert not any(part.startswith("_") for part in name.split("."))
        try:
            importlib.import_module(name)
        except ModuleNotFoundError:
            assert hasattr(importlib.import_module(home), last), name
    homes = {"labelaudit", "labelaudit.rank", "labelaudit.filter", "labelaudit.count", "labelaudit.dataset"}
    assert set(PUBLIC) - homes <= set(named)  # the old addresses are named where they lead


def test_every_relative_link_leads_somewhere():
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


@pytest.mark.parametrize("module", PUBLIC)
def test_every_public_name_is_documented(module):
    found = importlib.import_module(module)
    names = getattr(found, "__all__", None) or [
        node.name for node in ast.parse(Path(found.__file__).read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    ]  # fmt: skip
    missing = [name for name in names if not re.search(rf"\b{re.escape(name)}\b", TEXT) and name != "__version__"]
    assert not missing
    for name in names:
        assert getattr(found, name).__doc__ or name == "__version__"


def test_every_option_is_documented():
    for name, command in get_command(app).commands.items():
        assert f"labelaudit {name}" in TEXT
        for option in command.params:
            assert option.help
            assert option.opts[0] in TEXT, f"{name} {option.opts[0]}"
