"""What programs and variables take from the answers above them.

An id, an SSID or a login that an answer shows is the same wherever it is asked about: when the answer changes,
programs and variables follow. `…` in variables is the id that the last answer has and the page leaves out, since it
differs each time.
"""

import json
import re
from typing import Any

NAME = re.compile(r"(?:[a-z]{3}(?:_[0-9a-f]+)+|\d{10}|[\w.]+@example\.org)")
"""What names something: a global id, an SSID, a login."""
LEFT_OUT = "…"


class Following:
    """What the answers have said so far."""

    def __init__(self) -> None:
        self._moved: dict[str, str] = {}
        self._unsaid: str | None = None

    def hear(self, shown: Any, real: Any) -> None:
        """An answer as the page shows it, and as it is."""
        match shown, real:
            case dict(), dict():
                for name in shown.keys() & real.keys():
                    if name == "id" and shown[name] == LEFT_OUT and isinstance(real[name], str):
                        self._unsaid = real[name]
                    self.hear(shown[name], real[name])
            case list(), list():
                for one, other in zip(shown, real, strict=False):
                    self.hear(one, other)
            case str(), str() if shown != real and NAME.fullmatch(shown) and NAME.fullmatch(real):
                self._moved[shown] = real

    def text(self, text: str) -> str:
        """A program as the page should show it."""
        return NAME.sub(lambda name: self._moved.get(name[0], name[0]), text)

    def shown(self, text: str) -> Any:
        """Variables as the page should show them."""
        return json.loads(self.text(text))

    def given(self, text: str) -> Any:
        """Variables as they are sent."""
        return self._filled(self.shown(text))

    def _filled(self, value: Any) -> Any:
        if value == LEFT_OUT:
            return self._unsaid
        if isinstance(value, dict):
            return {name: self._filled(part) for name, part in value.items()}
        return [self._filled(part) for part in value] if isinstance(value, list) else value
