"""A load: any order, every file by itself, nothing in a rehearsal, and a report."""

from pathlib import Path
from zipfile import ZipFile

import pytest
from sqlalchemy import func, select

from ingest.load import LoadReport, Status, load
from ingest.problem import Rejected
from models import Result, School, Tenant
from models.database import Database
from tests.ingest import documents
from tests.ingest.conftest import Loading
from tests.ingest.documents import trt
from tests.ingest.test_input_files import BOMB


async def count(database: Database, model: type) -> int:
    return await database.run(lambda session: session.scalar(select(func.count()).select_from(model)) or 0)


async def test_a_tenant_that_is_not_set_up_is_told_what_to_do(database: Database, tmp_path: Path) -> None:
    with pytest.raises(Rejected, match="cers tenant --school-year"):
        await load(database, [tmp_path])


async def test_files_load_in_the_order_they_need_whatever_their_names(tenant: Database, loading: Loading) -> None:
    report = await loading(
        a=documents.groups(f"A,{documents.SCHOOL},2019,ELA,{documents.SSID},"),
        b=trt(),
        c=documents.packages(),
        d=documents.subject(),
        e=documents.organizations(),
    )
    assert [outcome.status for outcome in report.files] == [Status.LOADED] * 5
    assert report.totals()["group_member added"] == 1


async def test_a_bad_file_is_left_out_and_named_and_stops_nothing(known: Database, loading: Loading) -> None:
    report = await loading(
        bomb=BOMB, cut=trt()[:-40], latin=trt("2").replace(b"Ada", b"\xd1"), note=b"hello", good=trt("3"),
        unknown=trt("4", school="1"),
    )  # fmt: skip
    assert {outcome.file.rpartition("/")[2]: outcome.status.value for outcome in report.files} == {
        "bomb": "REJECTED", "cut": "REJECTED", "latin": "REJECTED", "note": "REJECTED", "unknown": "REJECTED",
        "good": "LOADED",
    }  # fmt: skip
    assert sorted(problem.error for problem in report.problems) == [
        "document type declarations are refused", "not recognised", "not well-formed XML", "unknown school",
        "wrong encoding: not UTF-8",
    ]  # fmt: skip
    assert await count(known, Result) == 1


async def test_a_rehearsal_reports_the_same_and_stores_nothing(tenant: Database, loading: Loading) -> None:
    files = documents.organizations(), documents.subject(), documents.packages(), trt()

    def gist(report: LoadReport) -> list[tuple[object, ...]]:
        return [(outcome.kind, outcome.status, outcome.counts) for outcome in report.files]

    rehearsed = await loading(*files, dry_run=True)
    assert (await count(tenant, School), await count(tenant, Result)) == (0, 0)
    version = await tenant.run(lambda session: session.scalar(select(Tenant.reference_version)))
    assert version == 1
    assert gist(rehearsed) == gist(await loading(*files))


async def test_progress_is_told_up_to_the_last_file(known: Database, tmp_path: Path) -> None:
    with ZipFile(tmp_path / "results.zip", "w") as archive:
        for number in range(3):
            archive.writestr(f"{number}.xml", trt(str(number)))
        archive.writestr("note.txt", "hello")
    seen: list[tuple[int, int]] = []
    report = await load(known, [tmp_path / "results.zip"], progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 4), (4, 4)]
    assert (report.count(Status.LOADED), report.count(Status.REJECTED)) == (3, 1)
