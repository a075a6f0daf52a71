"""Audits and scores in processes that were forked, spawned or served, and in a loader's workers."""

import subprocess
import sys

import pytest

PARENT = """
import multiprocessing, sys
import numpy as np
import labelaudit

def data():
    p = np.random.default_rng(0).dirichlet(np.ones(4), 30_000)
    return p.argmax(axis=1), p

def scores(_):
    labels, p = data()
    return float(labelaudit.rank.get_label_quality_scores(labels, p, method="noise_posterior").sum())

def audit(_):
    labels, p = data()
    try:
        return float(labelaudit.audit("classification", labels, p).scores.sum())
    except labelaudit.InputError as refusal:
        return str(refusal)

if __name__ == "__main__":
    how, before, work = sys.argv[1:]
    if before == "used":
        audit(0)
    with multiprocessing.get_context(how).Pool(2) as pool:
        found = pool.map_async(globals()[work], range(2)).get(timeout=60)
    print(found == [globals()[work](0)] * 2, *found, sep="|")
"""


def run(tmp_path, how, before, work):
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    done = subprocess.run(
        [sys.executable, str(script), how, before, work], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.strip().split("|")


needs_fork = pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="this system has no fork")


@needs_fork
def test_scores_are_the_same_in_a_forked_child(tmp_path):
    assert run(tmp_path, "fork", "used", "scores")[0] == "True"


@needs_fork
def test_an_audit_in_a_forked_child_works_where_none_was_made_before(tmp_path):
    assert run(tmp_path, "fork", "unused", "audit")[0] == "True"


@needs_fork
def test_an_audit_in_a_forked_child_is_refused_at_once_where_one_was_made_before(tmp_path):
    same, refusal, _ = run(tmp_path, "fork", "used", "audit")
    assert same == "False"
    assert refusal.startswith("audit: this process was forked from one in which polars had started its threads")
    assert "forkserver" in refusal


@pytest.mark.parametrize("how", ["spawn", "forkserver"])
def test_an_audit_in_other_processes_is_the_same(tmp_path, how):
    if how == "forkserver" and sys.platform == "win32":
        pytest.skip("Windows has no forkserver")
    assert run(tmp_path, how, "used", "audit")[0] == "True"


def test_scores_in_the_workers_of_a_loader(tmp_path):
    pytest.importorskip("torch", reason="torch is not installed: its loader is tested with it")
    script = tmp_path / "loader.py"
    script.write_text(
        """
import numpy as np, torch, labelaudit
p = np.random.default_rng(0).dirichlet(np.ones(4), 2000)
labels = p.argmax(axis=1)
labelaudit.audit("classification", labels, p)

class Parts(torch.utils.data.Dataset):
    def __len__(self):
        return 4
    def __getitem__(self, i):
        part = slice(500 * i, 500 * i + 500)
        return labelaudit.rank.get_label_quality_scores(labels[part], p[part]).sum()

if __name__ == "__main__":
    sums = [float(x) for x in torch.utils.data.DataLoader(Parts(), batch_size=1, num_workers=2)]
    print(np.isclose(sum(sums), labelaudit.rank.get_label_quality_scores(labels, p).sum()))
"""
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout.strip() == "True", done.stderr[-2000:]
