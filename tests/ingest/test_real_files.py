"""The real input files load completely, twice, and their figures equal a plain recount of the XML."""

import time
from collections import defaultdict
from pathlib import Path
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest
from sqlalchemy import func, select

from ingest.files import Kind
from ingest.load import LoadReport, Status, load
from models import Assessment, ItemResponse, Result, Student, SubScore, TargetScore, TraitScore
from models.database import Database

DATA = Path(__file__).parents[3] / "shared" / "data"
FOLDERS = ("results", "packages", "organizations", "subjects")

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"the real input files are not here: {DATA}")


async def load_all(database: Database) -> LoadReport:
    return await load(database, [DATA / folder for folder in FOLDERS])


def recount() -> dict[str, tuple[int, float]]:
    """Assessment -> number of results and mean score, straight from the files."""
    scores = defaultdict(list)
    with ZipFile(DATA / "results" / "trt-sample.zip") as archive:
        for name in archive.namelist():
            if name.endswith(".xml"):
                report = ElementTree.fromstring(archive.read(name))
                score = report.find("Opportunity/Score[@measureOf='Overall'][@measureLabel='ScaleScore']")
                scores[report.find("Test").get("name")].append(int(score.get("value")))
    return {name: (len(some), sum(some) / len(some)) for name, some in scores.items()}


def responses() -> int:
    """How many items the interims have."""
    with ZipFile(DATA / "results" / "trt-sample.zip") as archive:
        reports = [ElementTree.fromstring(archive.read(name)) for name in archive.namelist() if name.endswith(".xml")]
    interims = [report for report in reports if report.find("Test").get("assessmentType") == "Interim"]
    return sum(len(report.findall("Opportunity/Item")) for report in interims)


async def test_the_real_files_load_and_their_figures_equal_a_recount(tenant: Database) -> None:
    started = time.monotonic()
    report = await load_all(tenant)
    assert time.monotonic() - started < 30
    assert report.count(Status.LOADED, Kind.RESULTS) == 547
    # The two hand-made samples are of a school, a student and assessments that no other file knows.
    assert {problem.file.rpartition("/")[2] for problem in report.problems} == {
        "TDSReport.iab.sample.xml",
        "TDSReport.ica.sample.xml",
    }
    assert {problem.element for problem in report.problems} == {"Test@name", "SchoolId", "StudentIdentifier"}
    figures = (
        select(Assessment.natural_id, func.count(), func.sum(Result.scale_score))
        .join(Result, Result.assessment_id == Assessment.id)
        .group_by(Assessment.natural_id)
    )
    stored = await tenant.run(lambda session: [tuple(row) for row in session.execute(figures)])
    assert {name: (count, total / count) for name, count, total in stored} == recount()

    expected = {
        Student: 45,
        SubScore: 130 * 4 + 135 * 3 + 42 * 6,
        TraitScore: 3 * 177,
        TargetScore: 3164,
        ItemResponse: responses(),
    }
    counts = {model: select(func.count()).select_from(model) for model in expected}
    assert await tenant.run(lambda session: {model: session.scalar(query) for model, query in counts.items()}) == (
        expected
    )


async def test_a_second_load_of_the_real_files_changes_nothing(tenant: Database) -> None:
    await load_all(tenant)
    report = await load_all(tenant)
    assert report.count(Status.LOADED) == 0
    assert report.count(Status.NO_CHANGE) == 547 + 2 + 3 + 7
