"""The fictitious districts and schools, as `data/sandbox.json` describes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count

from models import District, School
from seeds.data import read
from seeds.factories import DistrictFactory, SchoolFactory

GRADES = ("KG", "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12")


@dataclass(frozen=True)
class Place:
    """A district, and which of its schools teaches a grade."""

    district: District
    schools: Mapping[str, School]
    students_per_grade: int


def places() -> list[Place]:
    """The main district, then its neighbour; ids count from 1."""
    school_ids = count(1)
    found = []
    for number, row in enumerate(read("sandbox")["districts"], 1):
        district = DistrictFactory.build(id=number, natural_id=row["code"], name=row["name"])
        schools: dict[str, School] = {}
        for part in row["schools"]:
            school = SchoolFactory.build(
                id=next(school_ids), natural_id=part["code"], name=part["name"], district=district
            )
            schools |= dict.fromkeys(part["grades"], school)
        found.append(Place(district, schools, row["students_per_grade"]))
    return found
