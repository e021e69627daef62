"""The baseline: good idiomatic Strawberry over the SQLAlchemy ORM, showing the measured pages without row-level rules.

Everything that makes such a server fast is on: one `selectinload` per relationship (but see CLAIMS), only the columns
that pages show, rows read by attribute without resolvers, parser and validation caches, orjson, uvloop, httptools.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar, cast

import orjson
import strawberry
from sqlalchemy import Select, event, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import joinedload, selectinload
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Route
from strawberry.asgi import GraphQL
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


Info = strawberry.Info[Context, None]


@strawberry.type
class Connection(Generic[T]):
    nodes: list[T]


@strawberry.type
class School:
    name: str


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
