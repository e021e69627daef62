"""Metrics answer on the operator's address only, added up over all workers."""

import re
import socket
from pathlib import Path

import httpx2

from models.database import Database
from tests.schema.asking import bearer
from tests.stories.test_disclosure import served
from tests.worlds import SmallWorld

GROUPS = {"query": "{ groups { totalCount } }"}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def counted(text: str, name: str, **labels: str) -> float:
    """The sum of a metric's samples with these labels."""
    wanted = [f'{label}="{value}"' for label, value in labels.items()]
    lines = re.findall(rf"^{name}(?:\{{(.*?)\}})? (\S+)$", text, re.MULTILINE)
    return sum(float(value) for given, value in lines if all(part in given for part in wanted))


async def test_the_workers_requests_are_added_up_on_the_operator_s_address(sqlite_url: str, tmp_path: Path) -> None:
    database, world, port = Database(sqlite_url), SmallWorld(), free_port()
    await world.stored_in(database)
    with served(database, tmp_path / "journals", "--workers", "2", CERS_OPERATOR_PORT=str(port)) as (_, client):
        for _ in range(6):
            with httpx2.Client(base_url=client.base_url) as another:
                another.post("/graphql", json=GROUPS, headers=bearer(world.teacher()))
        client.post("/graphql", json=GROUPS)
        text = httpx2.get(f"http://127.0.0.1:{port}/metrics").text
        beside_the_api = client.get("/metrics").status_code
    assert counted(text, "cers_operations_total", tenant="test", kind="query", outcome="OK") == 6
    assert counted(text, "cers_operations_total", outcome="UNAUTHENTICATED") == 1
    assert counted(text, "cers_operation_seconds_count") == 7
    assert counted(text, "cers_operation_nodes_count", kind="query") == 7
    assert counted(text, "cers_statements_total", tenant="test") == 6
    assert counted(text, "cers_rows_total", tenant="test") == 6
    assert counted(text, "cers_operations_running") == 0
    assert beside_the_api == 404
    await database.close()
