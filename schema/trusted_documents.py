"""Trusted documents: what a manifest lists may be asked for by its SHA-256, and a tenant may answer nothing else."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from policies.disclosure import digest as digest_of
from policies.errors import BadInput, Forbidden

PREFIX = "sha256:"
DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class TrustedDocuments:
    """The documents of a tenant's manifest by SHA-256, and whether it answers `only` those."""

    texts: Mapping[str, str] = field(default_factory=dict)
    only: bool = False

    def asked_for(self, given: str | None, digest: str | None) -> str:
        """The document to run: `given`, or the one that `digest` names. Raises BadInput, Forbidden."""
        if given is None:
            listed = self.texts.get(digest or "")
            if listed is None:
                raise BadInput("documentId: PERSISTED_QUERY_NOT_FOUND, no trusted document has this SHA-256.")
            return listed
        own = digest_of(given) if self.only or digest else None
        if digest not in (None, own):
            raise BadInput("query: its SHA-256 is not the one that the request names.")
        if self.only and own not in self.texts:
            raise Forbidden("query: only trusted documents are answered here; name one by documentId.")
        return given


def read_manifest(path: Path, *, only: bool) -> TrustedDocuments:
    """A manifest by graphql-codegen ({"sha256:...": text}) or Apollo (operations with id and body).

    Raises ValueError where it is none, or where an id is not the SHA-256 of its text.
    """
    try:
        manifest = orjson.loads(path.read_bytes())
        listed = [(each["id"], each["body"]) for each in manifest.get("operations", ())] or manifest.items()
        texts = {named.removeprefix(PREFIX): text for named, text in listed}
        wrong = [digest for digest, text in texts.items() if digest_of(text) != digest]
    except (ValueError, AttributeError, KeyError, TypeError):
        raise ValueError(f"{path}: not a manifest of trusted documents") from None
    if wrong:
        raise ValueError(f"{path}: {wrong[0]} is not the SHA-256 of its document")
    return TrustedDocuments(texts, only)


def digest_named(given: Mapping[str, Any]) -> str | None:
    """The SHA-256 by which a request names its document: in `documentId`, or where Apollo's clients put it."""
    named = given.get("documentId")
    if named is not None:
        if not isinstance(named, str) or not named.startswith(PREFIX):
            raise BadInput("documentId: expected sha256: and the SHA-256 of a document.")
        return _digest(named.removeprefix(PREFIX), "documentId")
    persisted = (given.get("extensions") or {}).get("persistedQuery")
    if persisted is None:
        return None
    digest = persisted.get("sha256Hash") if isinstance(persisted, dict) else None
    return _digest(digest, "extensions.persistedQuery.sha256Hash")


def _digest(value: object, element: str) -> str:
    if not isinstance(value, str) or not DIGEST.fullmatch(value):
        raise BadInput(f"{element}: expected 64 hexadecimal digits, in lower case.")
    return value
