"""What is known of a fictitious student besides name and place: drawn by the statewide shares, followed by grade."""

from dataclasses import dataclass
from random import Random
from typing import Any

from models.demographics import ETHNICITIES
from seeds.chance import weighted
from seeds.data import read
from seeds.places import GRADES

RACES = tuple(code for code in ETHNICITIES if code not in ("HISPANIC_OR_LATINO", "TWO_OR_MORE_RACES"))


@dataclass(frozen=True)
class Background:
    """What stays with a student, and in which grade English learning ended."""

    gender: str
    ethnicity: str
    """The one ethnicity that public reports count the student in."""
    ethnicities: int
    language: str
    first_elas: str
    fluent_from: str | None
    """The grade of reclassification; null = still an English learner, or never one."""
    iep: bool
    section504: bool
    economic_disadvantage: bool
    migrant: bool
    military_connected: bool
    alternate: bool
    """Takes the alternate assessments."""
    learns_in_spanish: bool
    science_grade: str
    """The grade of high school with the science test."""

    def elas(self, grade: str) -> str:
        """English language acquisition status in a grade."""
        reclassified = self.fluent_from and GRADES.index(self.fluent_from) <= GRADES.index(grade)
        return "RFEP" if reclassified else self.first_elas

    def fluent_after(self, grade: str) -> bool:
        """Whether English learning ends with this grade."""
        return self.fluent_from in GRADES[GRADES.index(grade) + 1 : GRADES.index(grade) + 2]

    def in_grade(self, grade: str) -> dict[str, Any]:
        """The demographic columns in a grade."""
        elas = self.elas(grade)
        return {
            "gender": self.gender,
            "ethnicities": self.ethnicities,
            "english_learner": elas == "EL",
            "elas": elas,
            "primary_language": self.language,
            "iep": self.iep,
            "section504": self.section504,
            "economic_disadvantage": self.economic_disadvantage,
            "migrant": self.migrant,
            "military_connected": "YES" if self.military_connected else "NO",
            "enrolled_grade": grade,
        }

    def traits(self, grade: str) -> dict[str, bool]:
        """What decides who takes which test, in a grade."""
        return {
            "alternate": self.alternate,
            "english_learner": self.elas(grade) == "EL",
            "learns_in_spanish": self.learns_in_spanish,
        }

    def reported_groups(self, grade: str) -> list[str]:
        """The groups of statewide reports that the student counts in, one per question of QUESTIONS."""
        return [
            self.gender,
            self.ethnicity,
            self.elas(grade),
            "DISABILITY" if self.iep else "NO_DISABILITY",
            "ECONOMIC_DISADVANTAGE" if self.economic_disadvantage else "NO_ECONOMIC_DISADVANTAGE",
        ]


def draw_background(random: Random, needs: Random) -> Background:
    """A background by the shares of `data/population.json` and the rules of `data/sandbox.json`; `needs` draws what
    decides who takes the tests of few."""
    percent = read("population")["shares"]["percent"]
    rules = read("sandbox")["demographics"]
    ethnicity = weighted(random, {code: percent[code] for code in ETHNICITIES})
    other_language = random.random() < rules["other_language_at_home"][ethnicity]
    first_elas, fluent_from = _english(random, rules) if other_language else ("EO", None)
    iep = random.random() < percent["DISABILITY"] / 100
    at_home = "other_language_at_home" if other_language else "english_at_home"
    language = _language(random, ethnicity) if other_language else "eng"
    alternate, in_spanish = (needs.random() < rules[name] for name in ("alternate", "learns_in_spanish"))
    return Background(
        gender="NONBINARY" if random.random() < rules["nonbinary"] else random.choice(("FEMALE", "MALE")),
        ethnicity=ethnicity,
        ethnicities=_ethnicities(random, ethnicity, rules["hispanic_with_race"]),
        language=language,
        first_elas=first_elas,
        fluent_from=fluent_from,
        iep=iep,
        section504=not iep and random.random() < rules["section504"],
        economic_disadvantage=random.random() < rules["economic_disadvantage"][at_home],
        migrant=random.random() < percent["MIGRANT"] / 100,
        military_connected=random.random() < percent["MILITARY"] / 100,
        alternate=iep and alternate,
        learns_in_spanish=language == "spa" and in_spanish,
        science_grade=weighted(needs, rules["science_in_grade"]),
    )


def _language(random: Random, ethnicity: str) -> str:
    """A home language other than English; the first one listed is the most frequent."""
    listed = read("sandbox")["demographics"]["languages"][ethnicity]
    return str(random.choice(listed[:1] * 3 + listed))


def _english(random: Random, rules: dict[str, Any]) -> tuple[str, str | None]:
    """The status at entry, and the grade in which an English learner is reclassified, if any."""
    kind = weighted(
        random,
        {
            "IFEP": rules["initially_fluent"],
            "TBD": rules["not_yet_assessed"],
            "EL": 1 - rules["initially_fluent"] - rules["not_yet_assessed"],
        },
    )
    grades = rules["reclassified_in_grade"]
    never = {"": 1 - sum(grades.values())}
    return kind, (weighted(random, grades | never) or None) if kind == "EL" else None


def _ethnicities(random: Random, ethnicity: str, hispanic_with_race: float) -> int:
    """The stored mask: two or more races come as two races or as the code for them, Hispanic with or without race."""
    mask = ETHNICITIES[ethnicity]
    if ethnicity == "TWO_OR_MORE_RACES" and random.random() < 0.5:
        first, second = random.sample(RACES, 2)
        return ETHNICITIES[first] | ETHNICITIES[second]
    if ethnicity == "HISPANIC_OR_LATINO" and random.random() < hispanic_with_race:
        return mask | ETHNICITIES[random.choice(RACES)]
    return mask
