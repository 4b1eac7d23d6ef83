"""Keys through the API: made with what they allow, shown once, listed without secrets, rotated, revoked, expired."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from graph_core.callers import Permission
from graph_core.keys import expiry
from ontology.errors import Refused
from tests.resolvers.conftest import Asking, Desk

Run = Callable[[Any], Any]
KEY = "key { id name permissions created createdBy expires lastUsed state revoked revokedBy replacedBy lastToAdminister }"
CREATE = f"mutation($input: CreateKeyInput!) {{ createKey(input: $input) {{ {KEY} secret userErrors {{ code field message }} }} }}"
ROTATE = f"mutation($input: RotateKeyInput!) {{ rotateKey(input: $input) {{ {KEY} secret userErrors {{ code field message }} }} }}"
REVOKE = f"mutation($input: RevokeKeyInput!) {{ revokeKey(input: $input) {{ {KEY} secret userErrors {{ code field message }} }} }}"
KEYS = f"{{ keys {{ {KEY[6:-2]} }} }}"


async def change(asking: Asking, document: str, **given: Any) -> Any:
    (payload,) = (await asking.ask(document, input=given)).values()
    return payload


async def opens(desk: Desk, secret: str) -> bool:
    answer = await desk.client.post("/graphql", json={"query": "{ caller { name } }"}, headers={"Authorization": f"Bearer {secret}"})
    return answer.status_code == 200


def test_a_key_is_made_with_what_it_allows_shown_once_and_listed_without_its_secret(at_desk: Run, tenant: str) -> None:
    async def work(desk: Desk) -> None:
        anna = desk.of(tenant, name="Anna")
        made = await change(anna, CREATE, name="Scales in hall 2", permissions=["record", "read"], expires="90d")
        key = made["key"]
        assert made["secret"].startswith("ffk_") and made["userErrors"] == []
        assert (key["permissions"], key["createdBy"], key["state"], key["lastUsed"]) == (["read", "record"], "Anna", "valid", None)
        assert datetime.fromisoformat(key["expires"]) - datetime.fromisoformat(key["created"]) < timedelta(days=90, seconds=5)
        scales = Asking(desk.client, made["secret"])
        assert (await scales.ask("{ caller { name permissions owner } }"))["caller"] == {
            "name": "Scales in hall 2",
            "permissions": ["read", "record"],
            "owner": False,
        }
        told = await anna.answer(KEYS)
        assert [one["name"] for one in told["data"]["keys"]] == ["Anna", "Scales in hall 2"]
        assert told["data"]["keys"][1]["lastUsed"] and "ffk_" not in str(told)

    at_desk(work)


def test_who_may_not_administer_sees_and_changes_no_key(at_desk: Run, tenant: str) -> None:
    async def work(desk: Desk) -> None:
        anna = desk.of(tenant)
        clerk = desk.of(tenant, frozenset({Permission.READ, Permission.RECORD, Permission.APPROVE}), "clerk")
        number = (await anna.ask(KEYS))["keys"][0]["id"]
        for document, given in ((CREATE, {"name": "x", "permissions": ["administer"]}), (ROTATE, {"id": number}), (REVOKE, {"id": number})):
            refused = await clerk.answer(document, input=given)
            assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN" and "ffk_" not in str(refused)
        for field in ("keys { id }", "administration { act }"):
            assert (await clerk.answer(f"{{ {field} }}"))["errors"][0]["extensions"]["code"] == "FORBIDDEN"
        assert [one["state"] for one in (await anna.ask(KEYS))["keys"]] == ["valid", "valid"]

    at_desk(work)


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"name": "", "permissions": ["read"]}, "name", "names nobody"),
        ({"name": "local:root", "permissions": ["read"]}, "name", "owner"),
        ({"name": "x", "permissions": []}, "permissions", "without a permission"),
        ({"name": "x", "permissions": ["fly"]}, "permissions", "'fly' is no permission"),
        ({"name": "x", "permissions": ["read"], "expires": "soon"}, "expires", "no expiry"),
        ({"name": "x", "permissions": ["read"], "expires": "2020-01-01"}, "expires", "past"),
    ],
)
def test_what_is_wrong_with_a_key_is_said_and_none_is_made(given: dict[str, Any], field: str, words: str, at_desk: Run, tenant: str) -> None:
    async def work(desk: Desk) -> None:
        anna = desk.of(tenant)
        made = await change(anna, CREATE, **given)
        (error,) = made["userErrors"]
        assert error["field"] == field and words in error["message"] and made["secret"] is None
        assert len((await anna.ask(KEYS))["keys"]) == 1

    at_desk(work)


def test_a_rotated_key_has_a_new_secret_and_the_old_one_ends_at_once_or_after_the_grace(at_desk: Run, tenant: str) -> None:
    async def work(desk: Desk) -> None:
        anna = desk.of(tenant)
        first = await change(anna, CREATE, name="scales", permissions=["read"], expires="30d")
        second = await change(anna, ROTATE, id=first["key"]["id"])
        assert (second["key"]["name"], second["key"]["permissions"]) == ("scales", ["read"]) and second["key"]["expires"] > first["key"]["expires"]
        assert await opens(desk, second["secret"]) and not await opens(desk, first["secret"])
        third = await change(anna, ROTATE, id=second["key"]["id"], grace="1h")
        assert await opens(desk, third["secret"]) and await opens(desk, second["secret"])
        held = {one["id"]: one for one in (await anna.ask(KEYS))["keys"]}
        old, ending = held[first["key"]["id"]], held[second["key"]["id"]]
        assert (old["state"], old["replacedBy"]) == ("replaced", second["key"]["id"])
        assert ending["state"] == "valid" and datetime.fromisoformat(ending["expires"]) < datetime.now(UTC) + timedelta(hours=1, seconds=1)
        again = await change(anna, ROTATE, id=second["key"]["id"])
        assert third["key"]["id"] in again["userErrors"][0]["message"] and again["secret"] is None
        endless = await change(anna, ROTATE, id=third["key"]["id"], grace="99w")
        assert endless["userErrors"][0]["field"] == "id" and "30 days" in endless["userErrors"][0]["message"]

    at_desk(work)


def test_a_revoked_key_ends_at_once_and_the_last_that_may_administer_only_when_it_is_meant(at_desk: Run, tenant: str) -> None:
    async def work(desk: Desk) -> None:
        anna = desk.of(tenant, name="Anna")
        ben = await change(anna, CREATE, name="Ben", permissions=["read", "administer"])
        cleo = await change(anna, CREATE, name="Cleo", permissions=["read"])
        gone = await change(anna, REVOKE, id=cleo["key"]["id"])
        assert (gone["key"]["state"], gone["key"]["revokedBy"]) == ("revoked", "Anna") and not await opens(desk, cleo["secret"])
        own = (await anna.ask(KEYS))["keys"][0]
        assert not own["lastToAdminister"]
        await change(Asking(desk.client, ben["secret"]), REVOKE, id=own["id"])
        assert not await opens(desk, anna.key)
        last = Asking(desk.client, ben["secret"])
        kept = await change(last, REVOKE, id=ben["key"]["id"])
        assert "last key" in kept["userErrors"][0]["message"] and await opens(desk, ben["secret"])
        await change(last, REVOKE, id=ben["key"]["id"], evenIfLast=True)
        assert not await opens(desk, ben["secret"])

    at_desk(work)


def test_who_made_rotated_and_revoked_a_key_is_kept(at_desk: Run, tenant: str) -> None:
    async def work(desk: Desk) -> None:
        anna = desk.of(tenant, name="Anna")
        number = (await change(anna, CREATE, name="scales", permissions=["read"]))["key"]["id"]
        newer = (await change(anna, ROTATE, id=number))["key"]["id"]
        await change(anna, REVOKE, id=newer)
        told = (await anna.ask("{ administration(first: 3) { caller act about } }"))["administration"]
        assert [(one["caller"], one["act"]) for one in told] == [("Anna", "revoked key"), ("Anna", "rotated key"), ("Anna", "created key")]
        assert told[1]["about"] == f"{number} scales, now {newer}"

    at_desk(work)


def test_an_expiry_is_a_length_of_time_a_day_or_an_instant() -> None:
    at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert expiry("90d", at) == "2026-05-30T12:00:00.000000+00:00"
    assert expiry("2026-03-01", at) == "2026-03-02T00:00:00.000000+00:00", "a day counts to its end"
    assert expiry("2026-03-01T14:30+01:00", at) == "2026-03-01T13:30:00.000000+00:00"
    assert expiry(None, at) is None
    for told in ("-3d", "99999999999w", "tomorrow", "2026-02-30", "1y"):
        with pytest.raises(Refused):
            expiry(told, at)


def test_a_key_that_has_expired_opens_nothing(at_desk: Run, tenant: str) -> None:
    async def work(desk: Desk) -> None:
        past = desk.platform.registry.create_key(tenant, "old", expires=datetime.now(UTC) - timedelta(seconds=1))
        assert not await opens(desk, past)
        assert [one["state"] for one in (await desk.of(tenant).ask(KEYS))["keys"]] == ["expired", "valid"]

    at_desk(work)
