"""The routes of single sign-on: /sign-in, its callback, and /sign-out."""

import re
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from policies.callers import CSRF_HEADER, Callers, cookie_name, from_our_pages, put_together, taken_apart
from policies.errors import BadInput, Forbidden
from policies.sign_on import ATTEMPT_LIFETIME, NOT_YOURS, SignOn

LOCAL_PATH = re.compile(r"/(?![/\\])[^\\\s\x00-\x1f\x7f]{0,2000}")
"""What stays on this site: browsers read `//host` and `/\\host` as another one, and skip tabs."""
UNSEEN = {"cache-control": "no-store", "referrer-policy": "no-referrer"}


class SignOnRoutes:
    """Signing browsers in and out, of every tenant that has a provider."""

    def __init__(self, callers: Callers) -> None:
        self._callers = callers
        self._attempt = cookie_name("sign-in", secure=callers.secure)

    def routes(self) -> Sequence[Route]:
        """Without any provider there is only signing out: of the sandbox."""
        out = Route("/sign-out", self.end, methods=["POST"])
        if not self._callers.sign_ons:
            return (out,)
        return (Route("/sign-in", self.begin), Route("/sign-in/callback", self.finish), out)

    async def begin(self, request: Request) -> Response:
        """GET /sign-in?tenant=NAME&return=/path: on to the provider."""
        sign_on = self._named(request.query_params.get("tenant"))
        return_to = request.query_params.get("return", "/")
        if not LOCAL_PATH.fullmatch(return_to):
            raise BadInput("return: expected a path of this site.")
        address, sealed = await sign_on.begin(return_to)
        response = RedirectResponse(address, 303, UNSEEN)
        lifetime = int(ATTEMPT_LIFETIME.total_seconds())
        keep(response, self._attempt, put_together(sign_on.tenant, sealed), self._callers, lifetime)
        return response

    async def finish(self, request: Request) -> Response:
        """GET /sign-in/callback: back from the provider, with a new session. One that was there before ends."""
        tenant, sealed = taken_apart(request.cookies.get(self._attempt, ""))
        if tenant not in self._callers.sign_ons:
            raise Forbidden(NOT_YOURS)
        secret, return_to = await self._callers.sign_ons[tenant].finish(sealed, request.query_params)
        await self._callers.end(request.cookies)
        response = RedirectResponse(return_to, 303, UNSEEN)
        keep(response, self._callers.cookie, put_together(tenant, secret), self._callers)
        self._forget(response, self._attempt)
        return response

    async def end(self, request: Request) -> Response:
        """POST /sign-out: ends the session; `signOutUrl` is where the browser signs out of the provider too."""
        if not from_our_pages(request.headers):
            raise Forbidden(f"sign-out: needs the header {CSRF_HEADER}.")
        response = JSONResponse({"signOutUrl": await self._callers.end(request.cookies)}, headers=UNSEEN)
        self._forget(response, self._callers.cookie)
        return response

    def _named(self, tenant: str | None) -> SignOn:
        sign_ons = self._callers.sign_ons
        if tenant is None and len(sign_ons) == 1:
            return next(iter(sign_ons.values()))
        if tenant is None or tenant not in sign_ons:
            raise BadInput("tenant: name one that has single sign-on.")
        return sign_ons[tenant]

    def _forget(self, response: Response, name: str) -> None:
        response.delete_cookie(name, secure=self._callers.secure, httponly=True, samesite="lax")


def keep(response: Response, name: str, value: str, callers: Callers, lifetime: int | None = None) -> None:
    """Have the browser keep a cookie where no page and no other host can touch it."""
    response.set_cookie(name, value, lifetime, secure=callers.secure, httponly=True, samesite="lax")
