"""Where data is that cannot be handed on with the code; questions about it are skipped where it is missing."""

from pathlib import Path

SHARED = Path(__file__).parents[3] / "shared" / "data"
