"""How the pictures of the documents are drawn: SVG, plain, the same file from the same figures."""

from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams |= {
    "svg.fonttype": "none",
    "svg.hashsalt": "labelaudit",
    "font.size": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
}


def save(figure: Any, path: Path) -> None:
    figure.savefig(path, metadata={"Date": None})
