"""Over HTTP a hidden thing and an unknown one are the same bytes, with their reasons."""

from resolvers.engine.ids import global_id
from tests.schema.asking import Service

EXPLAIN = """query ($student: SSID, $result: ID) {
    explain(student: $student, result: $result) { login visible reason steps { kind subject opens reason } }
}"""
LISTS = """query ($ssid: SSID!) {
    student(ssid: $ssid) { id }
    students(filter: {ssid: {eq: $ssid}}) { totalCount emptyReason nodes { id } }
}"""


async def test_hidden_and_unknown_are_the_same_bytes(service: Service) -> None:
    world = service.world
    hidden = next(row for row in world.rows if getattr(row, "student_id", None) == world.fay.id)
    values = [{"student": world.fay.ssid}, {"student": "0000000000"}]
    values += [
        {"result": global_id("Result", (hidden.district_id, hidden.id))},
        {"result": global_id("Result", (world.south.id, 1))},
    ]
    answers = [await service.ask(world.teacher(), EXPLAIN, **value) for value in values]
    assert len({answer.content for answer in answers}) == 1
    assert len({str(answer.headers) for answer in answers}) == 1


async def test_an_empty_list_is_the_same_bytes(service: Service) -> None:
    world = service.world
    answers = [await service.ask(world.teacher(), LISTS, ssid=ssid) for ssid in (world.fay.ssid, "0000000000")]
    assert answers[0].content == answers[1].content
    assert answers[0].json()["data"]["students"]["emptyReason"] == "NOT_VISIBLE_OR_UNKNOWN"
