"""A small world that tests of rules and questions share, and how they ask it questions in process."""

from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir
from typing import Any, TypeVar

import orjson

import models
from models import Base
from models.database import Database
from policies.disclosure import DisclosureLog
from policies.identity import Grant, Viewer
from policies.limits import Limits
from resolvers.context import Tenant
from resolvers.engine.level import Run
from schema import schema
from schema.execution import error_code
from seeds.factories import (
    AssessmentFactory,
    AvailabilityFactory,
    DistrictFactory,
    GroupEducatorFactory,
    GroupFactory,
    GroupMemberFactory,
    ItemFactory,
    ItemResponseFactory,
    LabelSetFactory,
    ProgramFactory,
    ProgramLabelsFactory,
    ResultFactory,
    RubricPointFactory,
    SchoolFactory,
    StudentFactory,
    SubjectFactory,
    SubScoreDefinitionFactory,
    SubScoreFactory,
    TargetFactory,
    TargetScoreFactory,
    TenantFactory,
    TraitScoreFactory,
    levels,
    store,
)

KEY = "a key of this test's tenant, 32 characters or more"
TEACHER = "teacher@example.org"
LIMITS = Limits()
Kept = TypeVar("Kept", bound=Base)


class SmallWorld:
    """North has Oak and Elm, South has Fir. Ana, Ben (Oak), Eva (Elm) and Fay (Fir) each have an ICA and a summative
    result from their own school; summatives are released in the North only. The teacher's group at Oak holds Ana."""

    def __init__(self, **tenant: Any) -> None:
        self.rows: list[Base] = []
        self.keep(TenantFactory.build(**tenant))
        self.north, self.south = (self.keep(DistrictFactory.build(name=name)) for name in ("North", "South"))
        self.oak = self.keep(SchoolFactory.build(district=self.north, name="Oak"))
        self.elm = self.keep(SchoolFactory.build(district=self.north, name="Elm"))
        self.fir = self.keep(SchoolFactory.build(district=self.south, name="Fir"))
        self.ela = self.keep(SubjectFactory.build(code="ELA"))
        self._assessments()
        self.ana, self.ben = (self._student(self.oak, name) for name in ("Ana", "Ben"))
        self.eva, self.fay = self._student(self.elm, "Eva"), self._student(self.fir, "Fay")
        self.group = self.keep(GroupFactory.build(school=self.oak, name="Owls"))
        self.keep(GroupMemberFactory.build(group=self.group, student=self.ana))
        self.keep(GroupEducatorFactory.build(group=self.group, login=TEACHER))

    def keep(self, row: Kept) -> Kept:
        """Add a row to the world."""
        self.rows.append(row)
        return row

    async def stored_in(self, database: Database) -> Tenant:
        """The world's tenant, ready to be asked."""
        await database.run(lambda session: store(session, *self.rows))
        return open_tenant(database)

    def teacher(self) -> Viewer:
        """The teacher of Ana's group."""
        return viewer(TEACHER, ("TEACHER", "SCHOOL", self.oak.natural_id))

    def site_educator(self) -> Viewer:
        """An educator of Oak with no groups."""
        return viewer("site@example.org", ("SITE_EDUCATOR", "SCHOOL", self.oak.natural_id))

    def coordinator(self) -> Viewer:
        """The coordinator of the North."""
        return viewer("coordinator@example.org", ("DISTRICT_COORDINATOR", "DISTRICT", self.north.natural_id))

    def state_administrator(self) -> Viewer:
        return viewer("state@example.org", ("STATE_ADMINISTRATOR", "STATE", ""))

    def _assessments(self) -> None:
        labels = self.keep(LabelSetFactory.build())
        for level in levels(labels, ["Not met", "Nearly met", "Met", "Exceeded"]):
            self.keep(level)
        self.summative = self.keep(ProgramFactory.build(code="SUM_ELA", subject=self.ela, confidence="verified"))
        self.interim = self.keep(
            ProgramFactory.build(code="ICA_ELA", subject=self.ela, kinds=["ICA"], confidence="verified")
        )
        self.summative_ela, self.ica_ela = (
            self.keep(AssessmentFactory.build(program=program, label_set=labels))
            for program in (self.summative, self.interim)
        )
        self.claim = self.keep(SubScoreDefinitionFactory.build(program=self.interim, label_set=labels))
        self.target = self.keep(TargetFactory.build(program=self.summative))
        self.item = self.keep(ItemFactory.build(assessment=self.ica_ela))
        for points in (0, 1):
            self.keep(RubricPointFactory.build(item=self.item, points=points))
        for program in (self.summative, self.interim):
            self.keep(ProgramLabelsFactory.build(program=program, label_set=labels))
        self.keep(AvailabilityFactory.build(district=self.north, program=self.summative))

    def _student(self, school: models.School, name: str) -> models.Student:
        student = self.keep(StudentFactory.build(school=school, first_name=name, last_name=f"{name}son"))
        ica = self.keep(ResultFactory.build(student=student, assessment=self.ica_ela, school=school))
        summative = self.keep(ResultFactory.build(student=student, assessment=self.summative_ela, school=school))
        self.keep(TraitScoreFactory.build(result=summative))
        self.keep(TargetScoreFactory.build(result=summative, target=self.target))
        self.keep(SubScoreFactory.build(result=ica, definition=self.claim))
        self.keep(ItemResponseFactory.build(result=ica, item=self.item))
        return student


@dataclass(frozen=True)
class Answer:
    """What an operation gave: JSON data, errors as (path, code), and the run that read it."""

    data: Any
    errors: list[tuple[str, str]]
    run: Run | None

    @property
    def codes(self) -> list[str]:
        return [code for _, code in self.errors]

    @property
    def statements(self) -> int:
        return self.run.statements if self.run else 0


async def ask(
    tenant: Tenant, who: Viewer | None, document: str, *, operation: str | None = None, **variables: Any
) -> Answer:
    """Run an operation as a viewer. An error that nobody expects fails the test at once."""
    context = await tenant.context(who)
    context.document = document
    result = await schema.execute(document, variable_values=variables, context_value=context, operation_name=operation)
    errors = [(".".join(map(str, error.path or ())), error_code(error)) for error in result.errors or ()]
    for error, (_, code) in zip(result.errors or (), errors, strict=True):
        if code == "INTERNAL":
            raise AssertionError(f"unexpected: {error.path}\n{document}\n{variables}") from error.original_error
    return Answer(orjson.loads(orjson.dumps(result.data)), errors, context.run)


def open_tenant(database: Database, *, name: str = "test", plans: int = 100, limits: Limits = LIMITS) -> Tenant:
    """A tenant at run time over a database that holds its world."""
    unused = DisclosureLog(database, Path(gettempdir()) / "cers-nothing-leaves", days=1)
    return Tenant(name, database, KEY, unused, plans=plans, limits=limits)


def viewer(login: str, *grants: tuple[str, str, str], school_year: int = 2026) -> Viewer:
    """A viewer with grants (role, level, organization code) of one school year."""
    return Viewer("test", login, None, tuple(Grant(*grant, school_year) for grant in grants))
