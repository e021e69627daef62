"""Requests that are larger than allowed are refused, at the latest while they stream in."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from schema.http import HttpRefusal, refused


class SizeLimit:
    """ASGI middleware: no request to `app` is larger than `most` bytes.

    What announces its size is refused at once; `receive` raises HttpRefusal for what does not.
    """

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app = app
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            announced = next((value for name, value in scope["headers"] if name == b"content-length"), None)
            if announced is None:
                receive = self._counted(receive)
            if len(scope["query_string"]) > self._most or (announced is not None and int(announced) > self._most):
                await refused(self._too_large())(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _counted(self, receive: Receive) -> Receive:
        left = self._most

        async def counted() -> Message:
            nonlocal left
            message = await receive()
            left -= len(message.get("body", b""))
            if left < 0:
                raise self._too_large()
            return message

        return counted

    def _too_large(self) -> HttpRefusal:
        return HttpRefusal(f"request: larger than {self._most} bytes.", 413)
