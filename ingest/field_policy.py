"""A tenant's own field policy as a file: JSON in the form of `policies/fields.json`, with the fields that differ.

`{"fields": {"gender": "ENABLED", "migrant": "DISABLED"}}`; a field that is left out keeps the default.
"""

import json
from typing import Any

from ingest.problem import Problems, rejected
from ingest.reading import text_of
from models.demographics import DEMOGRAPHIC_COLUMNS
from policies.fields import POLICIES


def read_field_policy(content: bytes, file: str) -> dict[str, str]:
    """Demographic field -> ENABLED, ADMIN_ONLY or DISABLED. Raises `Rejected` with all that is wrong."""
    problems = Problems(file)
    fields = _fields(content, problems)
    for name, rule in fields.items():
        if name not in DEMOGRAPHIC_COLUMNS:
            problems.add(name, None, f"not a demographic field; one of {', '.join(DEMOGRAPHIC_COLUMNS)}")
        elif rule not in POLICIES:
            problems.add(name, rule, f"must be one of {', '.join(POLICIES)}")
    problems.refuse()
    return fields


def _fields(content: bytes, problems: Problems) -> dict[str, Any]:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        """JSON lets the last of equal names win; here it must not be a guess which one counts."""
        names = [name for name, _ in pairs]
        for name in dict.fromkeys(names):
            if names.count(name) > 1:
                problems.add(name, None, "named twice")
        return dict(pairs)

    try:
        document = json.loads(text_of(content, problems.file), object_pairs_hook=once)
    except (json.JSONDecodeError, RecursionError):
        raise rejected(problems.file, "not valid JSON") from None
    fields = document.get("fields") if isinstance(document, dict) else None
    if not isinstance(fields, dict) or set(document) - {"source", "fields"}:
        raise rejected(problems.file, 'expected {"fields": {FIELD: RULE, ...}}, with a "source" if you like')
    return fields
