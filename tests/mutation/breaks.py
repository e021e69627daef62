"""What a break of the rule is."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

Patch = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True)
class Break:
    """`sentence` is what product.md says and the patch undoes; `noticed_by`: a question of the battery or a screen."""

    name: str
    sentence: str
    patch: Patch
    noticed_by: str
