"""The source of the package, read as syntax trees."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "placet"
FILES = sorted(SOURCE.rglob("*.py"))
PURE = ("formats", "settings", "consent", "events", "privacy", "validation")


def short(path: Path) -> str:
    """The name under which a test speaks of a file."""
    return str(path.relative_to(SOURCE))


def tree(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text("utf-8"))
