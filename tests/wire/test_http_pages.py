"""The pages stand beside the API of the served application."""

from tests.schema.asking import Service, codes

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


async def test_a_browser_without_an_operation_finds_a_page_at_the_address_of_the_api(wire: Service) -> None:
    for path in ("/", "/graphql"):
        page = await wire.client.get(path, headers={"accept": BROWSER})
        assert page.headers["content-type"] == "text/html; charset=utf-8"


async def test_a_client_without_an_operation_is_refused_as_before(wire: Service) -> None:
    refused = await wire.send("GET", headers={"accept": "application/json"})
    assert (refused.status_code, codes(refused)) == (400, ["BAD_INPUT"])


async def test_the_landing_page_learns_that_there_is_neither_sandbox_nor_single_sign_on(wire: Service) -> None:
    assert (await wire.client.get("/entrances")).json() == {"sandbox": False, "signOn": []}
