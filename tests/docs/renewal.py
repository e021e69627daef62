"""Makes the answer that a page should show of the one it shows and the real one: what was left out stays left out."""

import json
import re
from typing import Any

from tests.docs.blocks import LEFT_OUT

TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|-?\d[\w.+-]*|true|false|null|[{}\[\],:]')
PUNCTUATION = "{}[],:"
WIDTH = 120
"""How long a line of a laid out answer may be."""


def renewed(shown: Any, real: Any) -> Any:
    """The real answer, with `…` wherever the page had it and the answer still has something there."""
    match shown, real:
        case "…", _:
            return shown
        case dict(), dict():
            known = {name: renewed(value, real[name]) for name, value in shown.items() if name in real}
            return known | {n: _told(value) for n, value in real.items() if n not in known and n not in LEFT_OUT}
        case [*first, "…"], list() if len(first) < len(real):
            return [*map(renewed, first, real), "…"]
        case list(), list():
            alike = [renewed(one, other) for one, other in zip(shown, real, strict=False)]
            return alike + _told(real[len(alike) :])
    return _told(real)


def renewed_text(shown: str, real: str) -> str:
    """A page's JSON text renewed, in its own layout where it still has the same parts."""
    answer = renewed(json.loads(shown), real)
    before, after = TOKEN.findall(shown), TOKEN.findall(json.dumps(answer, ensure_ascii=False))
    if len(before) == len(after) and all(map(_alike, before, after)):
        tokens = iter(after)
        return TOKEN.sub(lambda _: next(tokens), shown)
    return laid_out(answer) + "\n"


def laid_out(value: Any, indent: int = 0, used: int = 0) -> str:
    """JSON with whatever fits on one line there. `used`: characters that stand beside it."""
    flat = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or not value or indent + used + len(flat) <= WIDTH:
        return flat
    if isinstance(value, dict):
        names, below, ends = [f"{json.dumps(name, ensure_ascii=False)}: " for name in value], value.values(), "{}"
    else:
        names, below, ends = [""] * len(value), value, "[]"
    inner = " " * (indent + 2)
    parts = [inner + name + laid_out(part, len(inner), len(name) + 1) for name, part in zip(names, below, strict=True)]
    return "\n".join([ends[0], ",\n".join(parts), " " * indent + ends[1]])


def _told(value: Any) -> Any:
    """A part of an answer that is new to the page, without what pages need not show."""
    if isinstance(value, dict):
        return {name: _told(part) for name, part in value.items() if name not in LEFT_OUT - {"extensions"}}
    return [_told(part) for part in value] if isinstance(value, list) else value


def _alike(one: str, other: str) -> bool:
    """Both the same punctuation, or both values."""
    return one == other if one in PUNCTUATION or other in PUNCTUATION else True
