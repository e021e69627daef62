"""The data files of the sandbox: facts on the assessments with their sources, and what we invented ourselves."""

import json
from functools import cache
from pathlib import Path
from typing import Any


@cache
def read(name: str) -> Any:
    """The content of `name`.json, read once: treat it as constant."""
    return json.loads((Path(__file__).parent / f"{name}.json").read_text(encoding="utf-8"))
