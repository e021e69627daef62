"""Serving every tenant."""

from typing import Annotated

import typer

from commands.failure import Failure
from commands.sandbox import build_sandbox


def serve(workers: Annotated[int, typer.Option(help="How many processes answer.", min=1)] = 1) -> None:
    """Serve every tenant; builds the sandbox first where it is missing or out of date."""
    import signal
    import socket

    import uvicorn
    from uvicorn.supervisors import Multiprocess

    from settings import settings
    from watch.exposition import watched

    setup = settings()
    if setup.sandbox:
        build_sandbox()

    class Announcing(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                typer.echo(_first_question(f"http://{setup.host}:{setup.port}"))

    try:
        listening = socket.create_server((setup.host, setup.port))
    except OSError as error:
        raise Failure(f"{setup.host}:{setup.port}: {error.strerror}; set CERS_HOST or CERS_PORT") from error
    config = uvicorn.Config(
        "server:serving", factory=True, workers=workers, ws="none", log_config=None, access_log=False
    )
    with watched(setup.operator_host, setup.operator_port):
        if workers > 1:
            typer.echo(_first_question(f"http://{setup.host}:{setup.port}"))
            Multiprocess(config, [listening]).run()
            return
        for orderly_end in (signal.SIGINT, signal.SIGTERM):
            signal.signal(orderly_end, signal.SIG_IGN)  # uvicorn's own handlers take over, then raise it once more
        Announcing(config).run([listening])


def _first_question(address: str) -> str:
    return f"""CERS answers at {address}: open it in a browser.

Or ask the first question here, as a teacher of the sandbox:

  JSON='Content-Type: application/json'
  TOKEN=$(curl -s {address}/sandbox/sessions -H "$JSON" -d '{{"role": "TEACHER"}}' | cut -d'"' -f4)
  curl -s {address}/graphql -H "$JSON" -H "Authorization: Bearer $TOKEN" \\
    -d '{{"query": "{{ groups(first: 3) {{ nodes {{ name studentCount }} }} }}"}}'
"""
