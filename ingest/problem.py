"""What is wrong with an input: file, element, value and error; a student's own values are never kept in it."""

from dataclasses import dataclass

LONGEST_VALUE = 100
STUDENT_ELEMENTS = frozenset(
    {
        "StudentIdentifier", "SSID", "AlternateSSID", "FirstName", "MiddleName", "LastOrSurname", "AliasName",
        "Birthdate", "Sex", "HispanicOrLatinoEthnicity", "AmericanIndianOrAlaskaNative", "Asian", "Filipino",
        "BlackOrAfricanAmerican", "White", "NativeHawaiianOrOtherPacificIslander", "DemographicRaceTwoOrMoreRaces",
        "IDEAIndicator", "LEPStatus", "Section504Status", "EconomicDisadvantageStatus", "MigrantStatus",
        "LanguageCode", "EnglishLanguageAcquisitionStatus", "MilitaryConnectedStudentIndicator", "Response",
        "student_ssid",
    }
)  # fmt: skip
"""Elements whose values are student data: a problem names them and withholds the value."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong: where (file, row from 1 of delimited text, element or column), with which value, and why."""

    file: str
    element: str | None
    value: str | None
    error: str
    row: int | None = None

    def __post_init__(self) -> None:
        kept = None if self.element in STUDENT_ELEMENTS or not self.value else self.value[:LONGEST_VALUE]
        object.__setattr__(self, "value", kept)

    def __str__(self) -> str:
        place = self.file if self.row is None else f"{self.file}, row {self.row}"
        what = " ".join(part for part in (self.element, self.value and repr(self.value)) if part)
        return f"{place}: {what}: {self.error}" if what else f"{place}: {self.error}"


class Rejected(Exception):
    """An input that is left out as a whole, with everything that is wrong with it."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = problems


class Problems:
    """Collects what is wrong with one file, so that all of it is told at once."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.found: list[Problem] = []

    def add(self, element: str | None, value: object, error: str, row: int | None = None) -> None:
        self.found.append(Problem(self.file, element, None if value is None else str(value), error, row))

    def refuse(self) -> None:
        """Raise `Rejected` if anything was found."""
        if self.found:
            raise Rejected(self.found)


def rejected(file: str, error: str, element: str | None = None, value: str | None = None) -> Rejected:
    """The rejection of a file for a single reason."""
    return Rejected([Problem(file, element, value, error)])
