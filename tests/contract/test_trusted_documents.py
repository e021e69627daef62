"""Trusted documents: named by their SHA-256 they run like any other, and a tenant may answer nothing else."""

import json
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx2
import pytest

from models.database import Database
from schema.trusted_documents import read_manifest
from server import create_app
from settings import Settings, TenantSettings
from tests.schema.asking import bearer, codes
from tests.worlds import KEY, SmallWorld

TRUSTED = "query Who { viewer { login } }"
CHANGE = 'mutation Undo { deleteGroup(input: {id: "grp_1_1"}) { deletedId } }'
UNLISTED = "{ viewer { tenant { name } } }"
INTROSPECTION = "{ __schema { queryType { name } } }"


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def manifest(path: Path, *texts: str) -> Path:
    path.write_text(json.dumps({f"sha256:{digest(text)}": text for text in texts}), encoding="utf-8")
    return path


class Asking:
    """A tenant whose manifest lists TRUSTED and CHANGE, asked by the world's teacher."""

    def __init__(self, url: str, path: Path, *, only: bool) -> None:
        documents = {"trusted_documents": manifest(path, TRUSTED, CHANGE), "only_trusted": only}
        tenant = TenantSettings(database=url, key=KEY, introspection=True, **documents)
        self.app = create_app(Settings(sandbox=False, tenants={"test": tenant}))
        self.client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=self.app), base_url="http://test")
        self.headers: dict[str, str] = {}

    async def post(self, **body: Any) -> httpx2.Response:
        return await self.client.post("/graphql", json=body, headers=self.headers)

    async def get(self, **parameters: str) -> httpx2.Response:
        return await self.client.get("/graphql", params=parameters, headers=self.headers)


@pytest.fixture(params=[False, True], ids=["any document", "only trusted"])
async def asking(request: pytest.FixtureRequest, sqlite_url: str, tmp_path: Path) -> AsyncIterator[Asking]:
    database, world = Database(sqlite_url), SmallWorld()
    await world.stored_in(database)
    asking = Asking(sqlite_url, tmp_path / "documents.json", only=request.param)
    asking.headers = bearer(world.teacher())
    asking.only = request.param
    yield asking
    await asking.client.aclose()
    await asking.app.state.application.close()
    await database.close()


def by_apollo(text: str) -> dict[str, Any]:
    return {"persistedQuery": {"version": 1, "sha256Hash": digest(text)}}


async def test_a_trusted_document_is_named_by_its_sha_256(asking: Asking) -> None:
    for named in ({"documentId": f"sha256:{digest(TRUSTED)}"}, {"extensions": by_apollo(TRUSTED)}):
        response = await asking.post(**named)
        assert response.json()["data"] == {"viewer": {"login": "teacher@example.org"}}


async def test_a_trusted_query_is_read_by_get(asking: Asking) -> None:
    for named in ({"documentId": f"sha256:{digest(TRUSTED)}"}, {"extensions": json.dumps(by_apollo(TRUSTED))}):
        response = await asking.get(**named)
        assert response.json()["data"] == {"viewer": {"login": "teacher@example.org"}}


async def test_a_trusted_mutation_is_not_run_by_get(asking: Asking) -> None:
    response = await asking.get(documentId=f"sha256:{digest(CHANGE)}")
    assert response.status_code == 405
    assert (await asking.post(documentId=f"sha256:{digest(CHANGE)}")).json()["data"]["deleteGroup"] is not None


async def test_an_unlisted_sha_256_is_bad_input(asking: Asking) -> None:
    for named in ({"documentId": f"sha256:{digest(UNLISTED)}"}, {"extensions": by_apollo(UNLISTED)}):
        response = await asking.post(**named)
        assert response.status_code == 400
        assert codes(response) == ["BAD_INPUT"]
        assert "PERSISTED_QUERY_NOT_FOUND" in response.json()["errors"][0]["message"]


@pytest.mark.parametrize("text", [UNLISTED, INTROSPECTION, TRUSTED + " "])
async def test_other_documents_are_refused_where_only_trusted_ones_are_answered(asking: Asking, text: str) -> None:
    for response in (
        await asking.post(query=text),
        await asking.get(query=text),
        await asking.post(query=text, extensions=by_apollo(text)),
    ):
        assert codes(response) == (["FORBIDDEN"] if asking.only else [])
        assert response.status_code == (403 if asking.only else 200)


async def test_the_text_of_a_trusted_document_is_trusted(asking: Asking) -> None:
    assert codes(await asking.post(query=TRUSTED)) == []
    assert codes(await asking.post(query=TRUSTED, documentId=f"sha256:{digest(TRUSTED)}")) == []


async def test_a_text_under_the_name_of_another_is_bad_input(asking: Asking) -> None:
    response = await asking.post(query=UNLISTED, documentId=f"sha256:{digest(TRUSTED)}")
    assert codes(response) == ["BAD_INPUT"]


@pytest.mark.parametrize(
    "body",
    [
        {"documentId": 7},
        {"documentId": ""},
        {"documentId": digest(TRUSTED)},
        {"documentId": "md5:" + "0" * 32},
        {"documentId": "sha256:" + digest(TRUSTED).upper()},
        {"extensions": {"persistedQuery": []}},
        {"extensions": {"persistedQuery": {"sha256Hash": 7}}},
        {"extensions": {"persistedQuery": {"version": 1}}},
        {"query": "", "documentId": f"sha256:{digest(TRUSTED)}"},
    ],
    ids=str,
)
async def test_a_name_that_is_none_is_bad_input(asking: Asking, body: dict[str, Any]) -> None:
    response = await asking.post(**body)
    assert response.status_code == 400
    assert codes(response) == ["BAD_INPUT"]


def test_manifests_of_codegen_and_apollo_are_read(tmp_path: Path) -> None:
    operation = {"id": digest(TRUSTED), "name": "Who", "type": "query", "body": TRUSTED}
    apollo = {"format": "apollo-persisted-query-manifest", "version": 1, "operations": [operation]}
    for written in ({digest(TRUSTED): TRUSTED}, {f"sha256:{digest(TRUSTED)}": TRUSTED}, apollo):
        (tmp_path / "documents.json").write_text(json.dumps(written), encoding="utf-8")
        assert read_manifest(tmp_path / "documents.json", only=False).texts == {digest(TRUSTED): TRUSTED}


@pytest.mark.parametrize(
    "text", ["", "[]", '{"a": 1}', '{"operations": [{"id": "a"}]}', f'{{"{"0" * 64}": "{{ a }}"}}']
)
def test_a_file_that_is_no_manifest_is_refused_by_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "documents.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"documents\.json"):
        read_manifest(path, only=False)


def test_only_trusted_documents_need_a_manifest() -> None:
    with pytest.raises(ValueError, match="only_trusted: needs trusted_documents"):
        TenantSettings(database="sqlite:///none", key=KEY, only_trusted=True)
