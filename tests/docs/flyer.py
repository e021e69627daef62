"""The flyer of the sandbox on one page: what it says in numbers, and its PDF, made by `python -m tests.docs.flyer`.

The PDF is printed by Chromium and ends in a comment with the digest of the page it was made from.
"""

import html
import json
import re
import shutil
import subprocess
import sys
import tempfile
from hashlib import sha256
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import Result, Student
from policies.sandbox import sandbox_district
from settings import Settings
from tests.house.tree import ROOT

PAGE = ROOT / "docs" / "lessons" / "flyer.html"
PDF = PAGE.with_suffix(".pdf")
ROLES = ROOT / "policies" / "sandbox_roles.json"
FACT = re.compile(r'(<(\w+)[^>]* data-fact="(\w+)"[^>]*>)([^<]*)(</\2>)')
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")


def facts(session: Session) -> dict[str, str]:
    """What the flyer says, by the name of the fact."""
    district, schools = sandbox_district(session)
    of_district = Result.district_id == district.id
    here = select(Student.id).where(Student.current_district_id == district.id)
    tested = select(Result.student_id).where(of_district)
    first, last = session.execute(select(func.min(Result.school_year), func.max(Result.school_year))).one()
    programs = select(func.count(func.distinct(Result.program_id))).where(of_district)
    return {
        "district": district.name,
        "schools": str(len(schools)),
        "students": _count(session, Student.id.in_(here.union(tested))),
        "results": _count(session, of_district),
        "years": f"{first} to {last}",
        "programs": str(session.scalar(programs)),
        "minutes": str(Settings.model_fields["sandbox_session_minutes"].default),
        **{role["role"]: role["title"] for role in json.loads(ROLES.read_text(encoding="utf-8"))},
    }


def shown(page: str) -> dict[str, str]:
    """What a page says."""
    return {found[3]: html.unescape(found[4]) for found in FACT.finditer(page)}


def with_facts(page: str, told: dict[str, str]) -> str:
    """The page with these facts in place of its own."""
    return FACT.sub(lambda found: f"{found[1]}{html.escape(told[found[3]])}{found[5]}", page)


def pages(pdf: bytes) -> int:
    """How many pages a PDF has."""
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


def stamp(page: bytes) -> bytes:
    """The line that a PDF of this page ends in."""
    return b"% of " + sha256(page).hexdigest().encode() + b"\n"


def browser() -> str | None:
    """A Chromium of this machine."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def printed() -> bytes:
    """The page as PDF."""
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "flyer.pdf"
        options = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}/profile"]
        command = [str(browser()), *options, "--no-pdf-header-footer", f"--print-to-pdf={made}", PAGE.as_uri()]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        return made.read_bytes()


def _count(session: Session, condition: object) -> str:
    return f"{session.scalar(select(func.count()).where(condition)):,}"  # type: ignore[arg-type]


if __name__ == "__main__":
    if browser() is None:
        sys.exit(f"the PDF is printed by Chromium: none of {', '.join(BROWSERS)} is here")
    PDF.write_bytes(printed() + stamp(PAGE.read_bytes()))
