"""The routes of the sandbox: what there is to choose, sessions, and training rooms.

Trap: the code of a room is part of its address, so addresses are logged by nobody; nor are nicknames and tokens.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from models.reference import District, School
from policies.callers import Callers, from_our_pages, put_together
from policies.errors import BadInput, NotFound, RateLimited, Unauthenticated
from policies.identity import Viewer
from policies.rate import Rate
from policies.sandbox import SANDBOX, directory, enter
from sandbox import Sandbox
from sandbox.rooms import NOT_THE_TRAINER, Shown, as_written
from sandbox.tables import Visit
from schema.http import asker_of, parsed
from schema.http_caching import validated
from sign_on import keep

SECRET = {"cache-control": "no-store", "referrer-policy": "no-referrer"}
T = TypeVar("T")
ROOM_POINTS = 20
"""What opening or resetting a room takes from an address's budget: each makes a copy of the sandbox."""


class SandboxRoutes:
    """Entering the sandbox and its training rooms. `wrong`: how often an address may name a code or a trainer's token
    that is not right."""

    def __init__(self, sandbox: Sandbox, callers: Callers, rate: Rate, wrong: Rate) -> None:
        self._sandbox = sandbox
        self._callers = callers
        self._rate = rate
        self._wrong = wrong
        self._choices: bytes | None = None

    def routes(self) -> Sequence[Route]:
        return (
            _route("/sandbox", GET=self.choices),
            _route("/sandbox/sessions", POST=self.enter, DELETE=self.leave),
            _route("/sandbox/rooms", POST=self.open_room),
            _route("/sandbox/rooms/{code}", GET=self.show_room, DELETE=self.close_room),
            _route("/sandbox/rooms/{code}/sessions", POST=self.join_room),
            _route("/sandbox/rooms/{code}/reset", POST=self.reset_room),
        )

    async def choices(self, request: Request) -> Response:
        """GET /sandbox: the roles, the district, and the educators of its schools."""
        if self._choices is None:
            terms = self._sandbox.terms
            told = await self._sandbox.original.database.run(directory)
            told |= {"sessionMinutes": terms.idle.total_seconds() / 60, "roomHours": terms.room.total_seconds() / 3600}
            self._choices = orjson.dumps(told)
        return validated(request, self._choices, "application/json")

    async def enter(self, request: Request) -> Response:
        """POST /sandbox/sessions {role, schoolCds?, educator?}: a token without any credential; with the CSRF header a
        cookie as well."""
        await self._rate.spend(asker_of(request, None))
        viewer = await self._entering(await _given(request))
        token, viewer = await self._sandbox.visits.begin(viewer)
        return await self._entered(request, token, viewer, None)

    async def leave(self, request: Request) -> Response:
        """DELETE /sandbox/sessions: ends the session and its private copy."""
        viewer = await self._callers.viewer(request.headers, request.cookies)
        if viewer is None or viewer.tenant != SANDBOX:
            raise Unauthenticated("sessions: not in a session of the sandbox.")
        await self._sandbox.visits.end(viewer)
        response = Response(status_code=204, headers=SECRET)
        if "authorization" not in request.headers:
            response.delete_cookie(self._callers.cookie, secure=self._callers.secure, httponly=True, samesite="lax")
        return response

    async def open_room(self, request: Request) -> Response:
        """POST /sandbox/rooms {name?}: a training room, its code and its trainer's token."""
        await self._rate.spend(asker_of(request, None), ROOM_POINTS)
        opened = await self._sandbox.rooms.open(_text(await _given(request), "name") or "Training room")
        told = {"code": opened.code, "trainerToken": opened.trainer_token, "name": opened.name}
        return JSONResponse(told | {"expiresAt": _moment(opened.ends_at)}, 201, SECRET)

    async def join_room(self, request: Request) -> Response:
        """POST /sandbox/rooms/{code}/sessions {role, nickname, schoolCds?, educator?}: a participant's session."""
        code = request.path_params["code"]
        await self._rate.spend(asker_of(request, None))
        given = await _given(request)
        await self._guess(request, self._sandbox.rooms.look(code))
        nickname = _text(given, "nickname") or ""
        joined = await self._sandbox.rooms.join(code, await self._entering(given), nickname)
        told = {"code": as_written(code), "name": joined.name, "nickname": joined.nickname}
        return await self._entered(request, joined.token, joined.viewer, told | {"expiresAt": _moment(joined.ends_at)})

    async def show_room(self, request: Request) -> Response:
        """GET /sandbox/rooms/{code}: the room and its participants, for the trainer."""
        await self._rate.spend(asker_of(request, None))
        return await self._shown(request, await self._guess(request, self._sandbox.rooms.show(*_trainer(request))))

    async def reset_room(self, request: Request) -> Response:
        """POST /sandbox/rooms/{code}/reset: the room's data as they were at first, for everybody in it."""
        await self._rate.spend(asker_of(request, None), ROOM_POINTS)
        return await self._shown(request, await self._guess(request, self._sandbox.rooms.reset(*_trainer(request))))

    async def close_room(self, request: Request) -> Response:
        """DELETE /sandbox/rooms/{code}: ends the room and its participants' sessions."""
        await self._rate.spend(asker_of(request, None))
        await self._guess(request, self._sandbox.rooms.close(*_trainer(request)))
        return Response(status_code=204, headers=SECRET)

    async def _guess(self, request: Request, attempt: Awaitable[T]) -> T:
        """Try a code or a trainer's token; those that are not right take from a budget of their own, and none is tried
        where it is spent. Raises RateLimited."""
        who = asker_of(request, None)
        try:
            await self._wrong.look(who)
        except RateLimited:
            attempt.close()  # type: ignore[attr-defined]
            raise
        try:
            return await attempt
        except (NotFound, Unauthenticated):
            await self._wrong.spend(who)
            raise

    async def _entering(self, given: dict[str, Any]) -> Viewer:
        if not isinstance(given.get("role"), str):
            raise BadInput("role: expected one of the sandbox roles as a text.")
        school, educator = _text(given, "schoolCds"), _text(given, "educator")
        return await self._sandbox.original.database.run(
            lambda session: enter(session, given["role"], school, educator)
        )

    async def _entered(self, request: Request, token: str, viewer: Viewer, room: dict[str, Any] | None) -> Response:
        reference = await self._sandbox.reference()
        [grant] = viewer.grants or ()
        school = reference.school_by_code.get(grant.organization)
        district = school.district if school else reference.district_by_code[grant.organization]
        told = {
            "token": token,
            "tokenType": "Bearer",
            "expiresAt": None if viewer.expires_at is None else _moment(viewer.expires_at.timestamp()),
            "viewer": {
                "login": viewer.login,
                "role": grant.role,
                "school": school and _named(school),
                "district": _named(district),
            },
            "room": room,
        }
        response = JSONResponse(told, 201, SECRET)
        if from_our_pages(request.headers):
            keep(response, self._callers.cookie, put_together(SANDBOX, token), self._callers)
        return response

    async def _shown(self, request: Request, room: Shown) -> Response:
        reference = await self._sandbox.reference()

        def participant(visit: Visit) -> dict[str, Any]:
            school = reference.school_by_code.get(visit.school or "")
            return {
                "nickname": visit.nickname,
                "role": visit.role,
                "school": school and _named(school),
                "joinedAt": _moment(visit.began_at),
                "lastSeenAt": _moment(visit.seen_at),
            }

        told = {
            "code": as_written(request.path_params["code"]),
            "name": room.name,
            "expiresAt": _moment(room.ends_at),
            "resetAt": None if room.reset_at is None else _moment(room.reset_at),
            "participants": [participant(visit) for visit in room.participants],
        }
        return JSONResponse(told, headers=SECRET)


def _route(path: str, **handlers: Callable[[Request], Awaitable[Response]]) -> Route:
    """One address with all its methods: so a wrong one is told which there are."""

    async def respond(request: Request) -> Response:
        return await handlers["GET" if request.method == "HEAD" else request.method](request)

    return Route(path, respond, methods=list(handlers))


def _trainer(request: Request) -> tuple[str, str]:
    """The code and the trainer's token of a request. Cookies never count."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated(NOT_THE_TRAINER)
    return request.path_params["code"], token.strip()


async def _given(request: Request) -> dict[str, Any]:
    """The JSON object of a request; an empty body is one without members."""
    body = await request.body()
    given = parsed(body, "body") if body else {}
    if not isinstance(given, dict):
        raise BadInput("body: expected a JSON object.")
    return given


def _text(given: dict[str, Any], name: str) -> str | None:
    text = given.get(name)
    if not isinstance(text, str | None):
        raise BadInput(f"{name}: expected a text.")
    return text


def _named(organization: District | School) -> dict[str, str]:
    return {"cdsCode": organization.natural_id, "name": organization.name}


def _moment(seconds: float) -> str:
    return f"{datetime.fromtimestamp(int(seconds), UTC):%Y-%m-%dT%H:%M:%SZ}"
