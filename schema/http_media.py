"""Media types of requests and answers: what a client accepts is weighed by its q values (RFC 9110, section 12.5.1)."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

HTML = "text/html"
JSON = "application/json"
RESPONSE_JSON = "application/graphql-response+json"
WEIGHT = re.compile(r"0(\.\d{0,3})?|1(\.0{0,3})?")
UTF_8 = ("utf-8", "utf8")


@lru_cache(maxsize=256)
def answered_in(accept: str) -> str | None:
    """The media type that answers an Accept header (empty: there was none); None where neither of ours is accepted.

    Named and weighed alike, the newer one wins; under a wildcard, the older one.
    """
    if not accept.strip():
        return JSON
    weights = dict(_ranges(accept))
    newer, older = (_weight_of(media, weights) for media in (RESPONSE_JSON, JSON))
    if max(newer, older)[0] == 0:
        return None
    named = newer[1] == 2
    return RESPONSE_JSON if newer > older or (newer == older and named) else JSON


@lru_cache(maxsize=256)
def prefers_html(accept: str) -> bool:
    """Whether an Accept header is a browser's, which asks for a page: by name, and sooner than for either of ours."""
    weights = dict(_ranges(accept))
    return weights.get(HTML, 0) > max(weights.get(JSON, 0), weights.get(RESPONSE_JSON, 0))


@lru_cache(maxsize=256)
def is_json(content_type: str) -> bool:
    """Whether a Content-Type header says JSON in UTF-8."""
    media, parameters = _read(content_type)
    return media == JSON and parameters.get("charset", UTF_8[0]) in UTF_8


def _weight_of(media: str, weights: Mapping[str, float]) -> tuple[float, int]:
    """The weight by the range that names it most exactly, and how exactly."""
    for exactness, name in ((2, media), (1, "application/*"), (0, "*/*")):
        if name in weights:
            return weights[name], exactness
    return 0.0, 0


def _ranges(accept: str) -> Iterator[tuple[str, float]]:
    for each in accept.split(","):
        media, parameters = _read(each)
        weight = parameters.get("q", "1")
        if parameters.get("charset", UTF_8[0]) in UTF_8 and WEIGHT.fullmatch(weight):
            yield media, float(weight)


def _read(text: str) -> tuple[str, dict[str, str]]:
    media, *parameters = text.lower().split(";")
    pairs = (parameter.partition("=") for parameter in parameters)
    return media.strip(), {name.strip(): value.strip().strip('"') for name, _, value in pairs}
