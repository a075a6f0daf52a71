"""``labelaudit demo``: the main job on real data that is installed already, scikit-learn's handwritten digits."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.columns import Columns
from rich.console import Console
from rich.panel import Panel
from rich.progress import Progress
from rich.text import Text

from labelaudit._audit import audit
from labelaudit.cli.issue_lines import show_issues
from labelaudit.cli.refusals import Debug, refusals
from labelaudit.cli.terminal import highlighted, screen, show_audit
from labelaudit.errors import InputError
from labelaudit.formats.flat import write_flat

_FOLDS = 5
_SHOWN = 8
_SHADES = " ░▒▓█"


def demo(
    out: Annotated[Path, typer.Option(help="Folder to write the run and the list of issues to.")] = Path(
        "labelaudit-demo"
    ),
    debug: Debug = False,
) -> None:
    """Audit scikit-learn's 1,797 handwritten digits, show the worst of them, and save the run."""
    with refusals(debug):
        _run(screen(), out)


def _run(console: Console, folder: Path) -> None:
    try:
        from sklearn.datasets import load_digits
    except ModuleNotFoundError as missing:
        raise InputError("demo: needs scikit-learn: pip install 'labelaudit[app]'") from missing
    digits = load_digits()
    console.print(
        f"{len(digits.target):,} handwritten digits, 8 × 8 pixels, labelled by people (scikit-learn's digits)"
    )
    pred_probs = _out_of_sample(digits.data, digits.target, console)
    found = audit("classification", digits.target, pred_probs, class_names=[str(name) for name in digits.target_names])
    show_audit(console, found)
    worst = found.issues.head(_SHOWN)
    show_issues(console, worst)
    cards = [_card(digits.images[issue["row"]], issue) for issue in worst.iter_rows(named=True)]
    console.print(Columns(cards, padding=(0, 1)))
    folder.mkdir(parents=True, exist_ok=True)
    run, table = folder / "run.parquet", folder / "issues.csv"
    found.save(run)
    write_flat(table, found.issues)
    console.print(highlighted(f"\nOpen {table} for all {len(found.issues)}, worst first.", table))
    console.print(highlighted(f"The whole run: labelaudit issues {run}", f"labelaudit issues {run}"))


def _out_of_sample(features: np.ndarray, labels: np.ndarray, console: Console) -> np.ndarray:
    """Return the probabilities (N, K) of each row by a model that was trained without it."""
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.model_selection import StratifiedKFold
    from sklearn.svm import SVC

    pred_probs = np.empty((len(labels), len(np.unique(labels))))
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=0)
    with Progress(console=console, transient=True) as progress:
        for train, test in progress.track(list(folds.split(features, labels)), description="cross-validating a model"):
            model = CalibratedClassifierCV(SVC(gamma=0.001), cv=3, ensemble=False).fit(features[train], labels[train])
            pred_probs[test] = model.predict_proba(features[test])
    return pred_probs


def _card(image: np.ndarray, issue: dict[str, Any]) -> Panel:
    shades = np.minimum(image / 16 * len(_SHADES), len(_SHADES) - 1).astype(int)
    picture = "\n".join("".join(_SHADES[shade] * 2 for shade in line) for line in shades)
    says = highlighted(f"given {issue['given']}, looks like {issue['suggested']}", issue["given"], issue["suggested"])
    return Panel(
        Text(picture + "\n\n") + says + f"\nscore {issue['score']:.2g}", title=f"row {issue['id']}", expand=False
    )
