"""Every reader is fuzzed, and the hunt finds what it is to find."""

import time
from pathlib import Path

import pytest

import labelaudit
from fuzz import hunt
from fuzz.hunt import Case, Scene
from fuzz.mutations import Mutation, mutated
from fuzz.targets import TARGETS, Target, damaged_files
from labelaudit.formats.location import locate
from labelaudit.formats.table_of_formats import FORMATS


def test_every_format_has_a_target_that_damages_its_files(tmp_path):
    seen = set()
    for number, target in enumerate(TARGETS.values()):
        if not target.task:
            continue
        folder = tmp_path / str(number)
        folder.mkdir()
        where = target.write(folder)
        damaged = damaged_files(target, folder)
        assert damaged, target.name
        for text in where:
            path = Path(text.rpartition(":")[0] or text)
            if any(file.is_relative_to(path) for file in damaged) or path.with_suffix("") in [
                one.parent for one in damaged
            ]:
                seen |= {row.name for row in FORMATS.values() if row.matches(locate(path)) and _holds(row, target.task)}
    assert seen == set(FORMATS)


_HOLDS = {
    "classification": "classes", "regression": "numbers", "multilabel_classification": "sets",
    "token_classification": "sentences", "object_detection": "boxes", "segmentation": "pixels",
}  # fmt: skip


def _holds(row, task):
    return _HOLDS[task] in row.holds


def _target(read):
    return Target("a", lambda folder: (folder / "f").write_bytes(b"good"), read, "f")


def _read_with(problem):
    def read(folder, _):
        if (folder / "f").read_bytes() != b"good":
            problem(folder)

    return read


def _raise(_):
    raise KeyError("a")


def _refuse(_):
    raise labelaudit.InputError("f: is damaged")


def _write_elsewhere(folder):
    (folder.parent / "elsewhere").write_text("")


@pytest.mark.parametrize(
    ("problem", "what"),
    [
        (_raise, "KeyError at "),
        (_write_elsewhere, "writes elsewhere: open of "),
        (lambda _: time.sleep(9), "TimeoutError: took 0.2 s"),
        (_refuse, None),
        (lambda _: None, None),
    ],
)
def test_what_is_wrong_is_found_with_the_fewest_mutations(problem, what, tmp_path, monkeypatch):
    monkeypatch.setattr(hunt, "PATIENCE", 0.1)
    monkeypatch.setattr(time, "sleep", lambda _, sleep=time.sleep: sleep(0.2))
    folder = tmp_path / "folder"
    folder.mkdir()
    scene = Scene(_target(_read_with(problem)), folder)
    flips = tuple(Mutation("flip", at, 1, 0.0, b"") for at in (0.0, 0.3, 0.6))
    finding = scene.problem(Case("a", "f", True, flips))
    assert (finding is None) == (what is None)
    if what is not None:
        assert finding.what.startswith(what)
        assert len(scene.smallest(finding).case.mutations) == 1


@pytest.mark.parametrize(
    ("kind", "after"),
    [
        ("flip", b"ab\x62d"), ("truncate", b"ab"), ("insert", b"abXcd"), ("overwrite", b"abXd"), ("drop", b"ab"),
        ("double", b"abcdcd"), ("zero", b"ab\0\0"), ("token", b"X"),
    ],
)  # fmt: skip
def test_mutations(kind, after):
    assert mutated(b"abcd", [Mutation(kind, 0.5, 2, 0.0, b"X")], whole=True) == after


def test_sums_of_containers_are_made_right_again(tmp_path):
    for name, mutation in (
        ("npz", Mutation("truncate", 0.9, 1, 0.9, b"")),
        ("mask png", Mutation("flip", 0.5, 3, 0.6, b"")),
    ):
        folder = tmp_path / name
        folder.mkdir()
        TARGETS[name].write(folder)
        path = damaged_files(TARGETS[name], folder)[0]
        content = path.read_bytes()
        damaged = mutated(content, [mutation], whole=False)
        assert damaged != content
        assert damaged[:4] == content[:4]
