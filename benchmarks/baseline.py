"""The baseline: good idiomatic Strawberry over the SQLAlchemy ORM, showing the measured pages without row-level rules.

Everything that makes such a server fast is on: one `selectinload` per relationship (but see CLAIMS), only the columns
that pages show, rows read by attribute without resolvers, parser and validation caches, orjson, uvloop, httptools.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated, Any, Generic, TypeVar, cast

import orjson
import strawberry
from sqlalchemy import Select, and_, event, func, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import joinedload, selectinload
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Route
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.schema.config import StrawberryConfig

from benchmarks import baseline_rows as rows
from models.database import with_driver
from policies.errors import Unauthenticated
from policies.identity import Viewer, identify
from settings import settings

T = TypeVar("T")
Moment = strawberry.scalar(name="DateTime", serialize=lambda value: value)
Day = strawberry.scalar(name="Date", serialize=lambda value: value)


@dataclass(frozen=True, slots=True)
class Context:
    """What a resolver is given."""

    viewer: Viewer
    database: str
    sessions: async_sessionmaker[AsyncSession]
    latest: dict[str, DataLoader[int, Any]] = field(default_factory=dict)

    def latest_in(self, subject: str) -> DataLoader[int, Any]:
        """The loader of students' latest results in a subject: one statement for all students of the page."""
        if subject not in self.latest:
            self.latest[subject] = DataLoader(lambda ids: latest_results(self.sessions, subject, ids))
        return self.latest[subject]


Info = strawberry.Info[Context, None]


@strawberry.type
class Connection(Generic[T]):
    nodes: list[T]


@strawberry.type
class School:
    name: str

    @strawberry.field
    async def students(
        self, info: Info, elas: str, first: int
    ) -> Annotated["StudentPage", strawberry.lazy("benchmarks.baseline")]:
        """Students of the school by name; the total only where it is asked for."""
        matching = (rows.Student.current_school_id == cast(rows.School, self).id, rows.Student.elas == elas)
        wanted = {part.name for part in info.selected_fields[0].selections if hasattr(part, "name")}
        async with info.context.sessions() as session:
            page = select(rows.Student).where(*matching).order_by(rows.Student.sort_key, rows.Student.id).limit(first)
            nodes = list(await session.scalars(page))
            count = select(func.count()).select_from(rows.Student).where(*matching)
            total = await session.scalar(count) if "totalCount" in wanted else 0
        return StudentPage(total_count=total or 0, nodes=cast("list[Student]", nodes))


@strawberry.type
class Subject:
    code: str


@strawberry.type
class Level:
    number: int
    label: str


@strawberry.type
class Assessment:
    label: str
    kind: str
    grade: str
    subject: Subject


@strawberry.type
class ScoreBand:
    low: int
    high: int


@strawberry.type
class Score:
    scale_score: int = strawberry.field(name="value")
    standard_error: float | None
    band: ScoreBand | None
    shown_level: Level | None = strawberry.field(name="level")


@strawberry.type
class SubScore:
    code: str
    shown_level: Level | None = strawberry.field(name="level")


@strawberry.type
class Result:
    global_id: strawberry.ID = strawberry.field(name="id")
    school_year: int
    completed_at: datetime
    manner: str | None
    completeness: str
    assessment: Assessment
    school: School
    score: Score | None
    sub_scores: list[SubScore]


@strawberry.type
class Student:
    global_id: strawberry.ID = strawberry.field(name="id")
    ssid: str
    first_name: str | None
    last_name: str | None
    birthday: date | None
    school: School | None
    results: Connection[Result]

    @strawberry.field
    async def latest_result(self, info: Info, subject: str) -> Result | None:
        """The result completed last."""
        found = await info.context.latest_in(subject).load(cast(rows.Student, self).id)
        return cast(Result | None, found)


@strawberry.type
class StudentPage:
    total_count: int
    nodes: list[Student]


@strawberry.type
class Group:
    global_id: strawberry.ID = strawberry.field(name="id")
    name: str
    students: Connection[Student]


@strawberry.type
class Query:
    @strawberry.field
    async def group(self, info: Info, id: strawberry.ID, school_year: int) -> Group | None:
        """A group with its students and their results of a school year."""
        district_id, group_id = (int(part, 16) for part in id.split("_")[1:])
        results = selectinload(rows.Student.all_results.and_(rows.Result.school_year == school_year))
        shown = results.options(ASSESSMENT, SCHOOL, CLAIMS[info.context.database])
        found = (
            select(rows.Group)
            .where(rows.Group.district_id == district_id, rows.Group.id == group_id)
            .options(selectinload(rows.Group.members).options(shown))
        )
        return cast(Group | None, await _one(info, found))

    @strawberry.field
    async def student(self, info: Info, ssid: str) -> Student | None:
        """A student with every result."""
        results = selectinload(rows.Student.all_results).options(ASSESSMENT)
        found = (
            select(rows.Student).where(rows.Student.ssid == ssid).options(selectinload(rows.Student.school), results)
        )
        return cast(Student | None, await _one(info, found))

    @strawberry.field
    async def school(self, info: Info, cds_code: str) -> School | None:
        """A school by its code."""
        return cast(School | None, await _one(info, select(rows.School).where(rows.School.natural_id == cds_code)))


async def latest_results(sessions: async_sessionmaker[AsyncSession], subject: str, ids: list[int]) -> list[Any]:
    """The latest result of each student in a subject."""
    place = func.row_number().over(
        partition_by=rows.Result.student_id, order_by=(rows.Result.completed_at.desc(), rows.Result.id)
    )
    of_subject = select(rows.Subject.id).where(rows.Subject.code == subject).scalar_subquery()
    numbered = (
        select(rows.Result.district_id, rows.Result.id, place.label("place"))
        .where(rows.Result.student_id.in_(ids), rows.Result.subject_id == of_subject)
        .subquery()
    )
    same = and_(numbered.c.district_id == rows.Result.district_id, numbered.c.id == rows.Result.id)
    found = select(rows.Result).join(numbered, same).where(numbered.c.place == 1).options(ASSESSMENT)
    async with sessions() as session:
        by_student = {result.student_id: result for result in await session.scalars(found)}
    return [by_student.get(id_) for id_ in ids]


async def _one(info: Info, found: Select[Any]) -> Any:
    """The row, which Strawberry reads by attribute."""
    async with info.context.sessions() as session:
        return await session.scalar(found)


ASSESSMENT = selectinload(rows.Result.assessment).options(
    selectinload(rows.Assessment.subject),
    selectinload(rows.Assessment.label_set).selectinload(rows.LabelSet.levels),
)
SCHOOL = selectinload(rows.Result.school)
CLAIMS = {
    database: load(rows.Result.sub_scores)
    .selectinload(rows.SubScore.definition)
    .selectinload(rows.Definition.label_set)
    .selectinload(rows.LabelSet.levels)
    for database, load in {"postgresql": selectinload, "sqlite": joinedload}.items()
}
"""The keys of claims have two columns, and SQLite reads the whole table for an IN over two columns."""

schema = strawberry.Schema(
    Query,
    extensions=[ParserCache, ValidationCache],
    config=StrawberryConfig(scalar_map={datetime: Moment, date: Day}),
)


class Endpoint(GraphQL[Context, None]):
    """The GraphQL view: a good token or 401; JSON by orjson."""

    def __init__(self, engine: AsyncEngine, keys: dict[str, str]) -> None:
        super().__init__(schema, graphql_ide=None)
        self._database = engine.dialect.name
        self._sessions = async_sessionmaker(engine, expire_on_commit=False)
        self._keys = keys

    async def get_context(self, request: Any, response: Any) -> Context:
        try:
            viewer = identify(request.headers.get("authorization"), self._keys)
        except Unauthenticated as error:
            raise HTTPException(401, str(error)) from error
        if viewer is None:
            raise HTTPException(401, "Authorization: expected a bearer token.")
        return Context(viewer, self._database, self._sessions)

    def decode_json(self, data: str | bytes) -> object:
        return orjson.loads(data)

    def encode_json(self, data: object) -> bytes:
        return orjson.dumps(data, option=orjson.OPT_UTC_Z)


def engine(url: str) -> AsyncEngine:
    """Connections for reading, with the settings ours has."""
    location = with_driver(url)
    if location.get_backend_name() == "postgresql":
        arguments = {"server_settings": {"jit": "off"}}
        return create_async_engine(location, pool_size=8, isolation_level="AUTOCOMMIT", connect_args=arguments)
    made = create_async_engine(location, pool_size=8, isolation_level="AUTOCOMMIT")

    @event.listens_for(made.sync_engine, "connect")
    def configure(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA mmap_size = 268435456")
        connection.execute("PRAGMA cache_size = -65536")

    return made


def create_app() -> Starlette:
    """The ASGI application over the one tenant of the settings."""
    ((name, tenant),) = settings().tenants.items()
    endpoint = Endpoint(engine(tenant.database), {name: tenant.key.get_secret_value()})
    return Starlette(routes=[Route("/graphql", endpoint, methods=["POST"])])
