"""The main job on real data that is installed already: scikit-learn's handwritten digits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from rich.columns import Columns
from rich.console import Console
from rich.panel import Panel
from rich.progress import Progress

from labelaudit._audit import audit
from labelaudit.formats.table import write_table
from labelaudit.results import headline
from labelaudit.terminal import bold, issue_table

_FOLDS = 5
_SHOWN = 8
_SHADES = " ░▒▓█"


def run_demo(console: Console, folder: Path) -> None:
    """Train, audit, show the worst labels, and save the run and the issues into the folder."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    console.print(
        f"{len(digits.target):,} handwritten digits, 8 × 8 pixels, labelled by people (scikit-learn's digits)"
    )
    pred_probs = out_of_sample(digits.data, digits.target, console)
    names = [str(name) for name in digits.target_names]
    found = audit("classification", digits.target, pred_probs, class_names=names)
    console.print(f"\n{headline(found, bold)}\n")
    console.print(issue_table(found, _SHOWN))
    worst = found.issues.head(_SHOWN)
    console.print(
        Columns([_card(digits.images[row["row"]], row) for row in worst.iter_rows(named=True)], padding=(0, 1))
    )
    folder.mkdir(parents=True, exist_ok=True)
    found.save(folder / "run.parquet")
    write_table(folder / "issues.csv", found.issues)
    console.print(f"\nOpen [bold]{folder / 'issues.csv'}[/] for all {len(found.issues)}, worst first.")
    console.print(f'The whole run: [bold]labelaudit.load("{folder / "run.parquet"}")[/]')


def out_of_sample(features: np.ndarray, labels: np.ndarray, console: Console) -> np.ndarray:
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


def _card(image: np.ndarray, issue: dict[str, object]) -> Panel:
    shades = np.minimum(image / 16 * len(_SHADES), len(_SHADES) - 1).astype(int)
    picture = "\n".join("".join(_SHADES[shade] * 2 for shade in line) for line in shades)
    says = f"given [bold]{issue['given']}[/], looks like [bold]{issue['suggested']}[/]"
    return Panel(f"{picture}\n\n{says}\nscore {issue['score']:.2g}", title=f"row {issue['id']}", expand=False)
