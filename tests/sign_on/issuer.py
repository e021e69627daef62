"""An issuer whose keys the test holds, so it can sign what no honest provider would; it answers over real HTTP."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qsl

import uvicorn
from joserfc import jwt
from joserfc.jwk import ECKey, Key
from joserfc.jws import JWSRegistry
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

CLIENT, AUDIENCE, OTHER_AUDIENCE = "cers-client", "https://cers.example.org", "https://beta.example.org"
ANA = {"sub": "a1", "email": " Ana@Example.org", "email_verified": True, "name": "Ana"}


class Issuer:
    """Publishes `keys`, signs with the last of them, and answers a code with `answer`."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.keys: list[Key] = [new_key("first")]
        self.asked: dict[str, int] = {}
        self.answer: dict[str, Any] = {}
        self.given: dict[str, str] = {}
        self.userinfo: dict[str, Any] = {}
        self.answers = True

    def signed(self, key: Any = None, *, header: dict[str, Any] | None = None, **claims: Any) -> str:
        """A good access token, except for what is given; what is given as None is left out."""
        now = int(time.time())
        key = key or self.keys[-1]
        whole = {"iss": self.address, "aud": AUDIENCE, "iat": now, "exp": now + 600, **ANA, **claims}
        head = {"alg": "ES256", "typ": "at+jwt", "kid": key.kid, **(header or {})}
        return jwt.encode(
            {name: value for name, value in head.items() if value is not None},
            {name: value for name, value in whole.items() if value is not None},
            key,
            registry=JWSRegistry(algorithms=[head["alg"]], strict_check_header=False),
        )

    def id_token(self, nonce: str | None, /, **claims: Any) -> str:
        """A good ID token, except for what is given."""
        return self.signed(header={"typ": "JWT"}, **{"aud": CLIENT, "nonce": nonce, "grants": [], **claims})

    def app(self) -> Starlette:
        places = {
            "/.well-known/openid-configuration": self._metadata,
            "/jwks": self._jwks,
            "/token": self._token,
            "/me": self._me,
        }
        return Starlette(routes=[Route(path, answer, methods=["GET", "POST"]) for path, answer in places.items()])

    async def _metadata(self, request: Request) -> Response:
        self._count("metadata")
        if not self.answers:
            return Response(status_code=500)
        ends = {"authorization": "/auth", "token": "/token", "userinfo": "/me", "end_session": "/end"}
        endpoints = {f"{name}_endpoint": self.address + path for name, path in ends.items()}
        return JSONResponse({"issuer": self.address, "jwks_uri": f"{self.address}/jwks", **endpoints})

    async def _jwks(self, request: Request) -> Response:
        self._count("jwks")
        return JSONResponse({"keys": [key.as_dict(private=False) for key in self.keys]})

    async def _token(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        self.given = {**form, "authorization": request.headers.get("authorization", "")}
        return JSONResponse(self.answer, 400 if "error" in self.answer else 200)

    async def _me(self, request: Request) -> Response:
        return JSONResponse(self.userinfo)

    def _count(self, what: str) -> None:
        self.asked[what] = self.asked.get(what, 0) + 1


def new_key(kid: str) -> ECKey:
    return ECKey.generate_key("P-256", {"kid": kid, "use": "sig", "alg": "ES256"})


@asynccontextmanager
async def listening(app: Any, sock: socket.socket) -> AsyncIterator[None]:
    """An ASGI application on a socket."""
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    running = asyncio.create_task(server.serve([sock]))
    try:
        while not server.started:
            await asyncio.sleep(0.005)
        yield
    finally:
        server.should_exit = True
        await running
