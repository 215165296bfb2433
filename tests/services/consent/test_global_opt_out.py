"""The story of a global opt-out: kept for the device that asks and for the person it names, each part as a whole."""

import asyncio
from typing import Any

import pytest
from msgspec import json
from msgspec.structs import replace

from placet.consent.global_opt_out import OptOut, OptOutRefusal, Why
from placet.consent.profile.person import Person
from placet.consent.profile.profile import PurposeStatus
from placet.consent.receipt import Receipt, Transaction
from placet.consent.request import ConsentRequest
from placet.errors import Busy, Contradiction, Missing
from placet.formats.onetrust.consent_string import DeviceState
from placet.runtime.context import NodeContext
from placet.services.consent.global_opt_out import AskOptOut, OptOutResult, global_opt_out
from placet.services.consent.save_consent import save_consent
from placet.services.consent.show_notice import show_notice
from placet.settings.regions import Place
from placet.stores.memory.stores import MemoryStores
from placet.stores.ports.decision import WriteDecision, WriteResult
from tests.api.node_context import token
from tests.services.node_context import APP, NOW, ORGANISATION, WEB, WHO, Interrupted, a_house, anna, nobody, save
from tests.small_organisation import small, with_form

SAM = "sam@example.org"
US = Place("US", "CA")


async def open_house(stores: Any = None, *swaps: tuple[str, str]) -> NodeContext:
    """A house that offers the form."""
    return await a_house(stores or MemoryStores(), small(with_form(), *swaps))


def asking(consent_request: ConsentRequest | None = None, email: str = SAM, **more: Any) -> AskOptOut:
    """An opt-out from California as it arrives."""
    asked = replace(consent_request or nobody(), place=US)
    return replace(AskOptOut(asked, OptOut(email, ("C0004",)), b"as sent"), **more)


async def taken(ask: AskOptOut, context: NodeContext, now: int = NOW) -> OptOutResult:
    """An opt-out that is taken."""
    done = await global_opt_out(ask, context, now)
    assert isinstance(done, OptOutResult), done
    return done


def sam(app: str = WEB, email: str = SAM) -> ConsentRequest:
    """The person named, proving the address."""
    return replace(nobody(app), identifier=email, token=token(email), fetches=True, rename=True, place=US)


def advertising(context: NodeContext, email: str = SAM) -> Any:
    """How advertising stands in the profile of whoever proves this address."""
    publication = context.published_settings.published(WEB).publication
    name = context.pseudonym_of(publication, Person(email, True))
    rows: Any = context.stores.profiles
    (purpose,) = [c.purpose_id for c in publication.site.categories if c.id == "C0004"]
    found = [known.profile for (_, person), known in rows.rows.items() if person == name]
    return found[0].items["p:" + purpose] if found else None


async def test_an_anonymous_device_and_the_person_it_names_each_get_a_receipt_and_a_note() -> None:
    stores = MemoryStores()
    context = await open_house(stores)
    done = await taken(asking(), context)

    named, own = stores.ledger.rows.values()
    assert done.receipt == json.decode(named.body, type=Receipt)
    assert (done.receipt.interaction, done.receipt.name, done.receipt.person) == (
        "GLOBAL_OPT_OUT", "s*************g", named.person.hex(),
    )  # fmt: skip
    assert [one.transaction for one in done.receipt.purposes].count(Transaction.OPT_OUT) == 1
    assert (named.organisation, named.at, named.test) == (ORGANISATION, NOW, False)
    assert [(message.kind, message.subject_id) for message in stores.outbox.messages.values()] == [
        ("consent", named.person), ("consent", own.person),
    ]  # fmt: skip
    assert done.status.choices.groups["C0004"] == 0
    assert len(stores.profiles.rows) == 1, "an anonymous device has no profile"


async def test_the_person_named_finds_it_at_login_on_another_site_of_the_group() -> None:
    context = await open_house()
    await save_consent(save(sam(APP)), context, NOW - 5000)
    granted = await show_notice(sam(APP), context, NOW - 1000, "x")
    await taken(asking(), context)
    refused = await show_notice(sam(APP), context, NOW + 1000, "x")

    assert granted.status.choices.groups["C0004"] == 1
    assert refused.status.choices.groups["C0004"] == 0
    assert refused.status.consented_at == NOW - 5000, "the date of the last choice stays"


async def test_somebody_who_is_known_later_finds_it_too_and_may_still_agree() -> None:
    context = await open_house()
    await taken(asking(), context)
    first = await show_notice(sam(), context, NOW + 1000, "x")
    await save_consent(save(sam()), context, NOW + 2000)
    second = await show_notice(sam(), context, NOW + 3000, "x")

    assert (first.status.choices.groups["C0004"], second.status.choices.groups["C0004"]) == (0, 1)


@pytest.mark.parametrize("typed", ["Sam@Example.org", "SAM@EXAMPLE.ORG", SAM])
async def test_capitals_spoil_nothing(typed: str) -> None:
    context = await open_house()
    await taken(asking(email=typed), context)

    assert advertising(context).status is PurposeStatus.OPT_OUT
    assert advertising(context, typed).status is PurposeStatus.OPT_OUT


async def test_a_proven_caller_is_opted_out_beside_the_person_they_name() -> None:
    stores = MemoryStores()
    context = await open_house(stores)
    await save_consent(save(anna()), context, NOW - 1000)
    await taken(asking(anna()), context)

    assert advertising(context).status is PurposeStatus.OPT_OUT
    assert advertising(context, WHO).status is PurposeStatus.OPT_OUT
    names = [json.decode(row.body, type=Receipt).name for row in stores.ledger.rows.values()]
    assert names == ["a**a", "s*************g", "a**a"]


async def test_who_names_themselves_and_proves_it_has_one_receipt() -> None:
    stores = MemoryStores()
    context = await open_house(stores)
    done = await taken(asking(sam()), context)

    (row,) = stores.ledger.rows.values()
    (known,) = stores.profiles.rows.values()
    assert row.id.hex() == done.receipt.id
    assert (known.person, known.version, known.profile.last_interaction) == (row.person, 1, 0)
    assert not done.receipt.anonymous


@pytest.mark.parametrize("consent_request", [nobody(), anna()], ids=["nobody", "anna"])
async def test_the_same_request_again_is_told_alike_and_kept_once(consent_request: ConsentRequest) -> None:
    stores = MemoryStores()
    context = await open_house(stores)
    ask = asking(replace(consent_request, remembered=DeviceState(person="d1")), idempotency_key=b"a request's name")
    first, again = [await taken(ask, context, at) for at in (NOW, NOW + 60_000)]

    assert first.receipt == again.receipt
    assert first.status.device_state == again.status.device_state
    assert len(stores.ledger.rows) == len(stores.outbox.messages) == 2
    assert {known.version for known in stores.profiles.rows.values()} == {1}


async def test_a_request_cut_off_between_two_people_is_completed_when_it_comes_again() -> None:
    class Failing(MemoryStores):
        left = 1

        async def write(self, keep: WriteDecision) -> WriteResult:
            if len(self.ledger.rows) == 1 and self.left:
                self.left = 0
                raise Busy("the disk is full")
            return await super().write(keep)

    stores = Failing()
    context = await open_house(stores)
    ask = asking(replace(nobody(), remembered=DeviceState(person="d1")), idempotency_key=b"a request's name")
    with pytest.raises(Busy):
        await global_opt_out(ask, context, NOW)
    done = await taken(ask, context, NOW + 1000)

    assert len(stores.ledger.rows) == 2
    assert done.receipt.at == NOW
    assert done.status.choices.groups["C0004"] == 0


async def test_two_devices_at_once_are_both_recorded() -> None:
    stores = Interrupted()
    context = await open_house(stores)

    async def other_device() -> None:
        await taken(asking(), context, NOW + 5)

    stores.meanwhile = other_device
    await taken(asking(), context)

    assert advertising(context).status is PurposeStatus.OPT_OUT
    assert advertising(context).at == NOW + 5, "the later of the two"
    assert len(stores.ledger.rows) == 4


async def test_many_at_once_and_a_grant_among_them() -> None:
    stores = MemoryStores()
    context = await open_house(stores)
    await asyncio.gather(
        *(taken(asking(), context, NOW + n) for n in range(5)), save_consent(save(sam()), context, NOW - 1)
    )

    assert advertising(context).status is PurposeStatus.OPT_OUT
    assert len(stores.ledger.rows) == 11


async def test_a_site_without_a_group_keeps_the_receipt_and_tells_the_device() -> None:
    stores = MemoryStores()
    context = await open_house(stores, ("consent_groups:\n  - {id: all, name: All, sites: [shop/web, shop/app]}\n", ""))
    done = await taken(asking(), context)

    assert done.status.choices.groups["C0004"] == 0
    assert len(stores.ledger.rows) == 2
    assert (stores.profiles.rows, done.receipt.group) == ({}, "")


@pytest.mark.parametrize("keeps, evidence", [(False, b""), (True, b"as sent")])
async def test_the_address_is_kept_in_clear_only_where_the_site_keeps_identifiers(keeps: bool, evidence: bytes) -> None:
    stores = MemoryStores()
    origins = "origins: [https://shop.example]"
    swaps = [(origins, f"{origins}\n        keep_identifiers: true")] if keeps else []
    await taken(asking(), await open_house(stores, *swaps))

    assert {row.evidence for row in stores.ledger.rows.values()} == {evidence}
    assert any(SAM.encode() in row.body for row in stores.ledger.rows.values()) == keeps


@pytest.mark.parametrize("ask, why", [
    (asking(email="sam"), Why.UNFIT),
    (asking(wanted=OptOut(SAM, ("C0001",))), Why.UNFIT),
    (asking(wanted=OptOut(SAM, ())), Why.UNFIT),
])  # fmt: skip
async def test_what_is_refused_leaves_nothing(ask: AskOptOut, why: Why) -> None:
    stores = MemoryStores()
    refusal = await global_opt_out(ask, await open_house(stores), NOW)

    assert isinstance(refusal, OptOutRefusal)
    assert refusal.why is why
    assert (stores.ledger.rows, stores.profiles.rows, stores.outbox.messages) == ({}, {}, {})


async def test_without_a_form_nothing_is_configured() -> None:
    assert await global_opt_out(asking(), await a_house(), NOW) == OptOutRefusal(Why.NOT_CONFIGURED)


async def test_an_app_nobody_published_is_missing() -> None:
    with pytest.raises(Missing):
        await global_opt_out(asking(nobody("00000000-0000-4000-8000-000000000000")), await open_house(), NOW)


async def test_two_names_at_once_are_a_contradiction() -> None:
    consent_request = nobody(identifier="bert", remembered=DeviceState(person="anna"))
    with pytest.raises(Contradiction):
        await global_opt_out(asking(consent_request), await open_house(), NOW)


async def test_an_unproven_name_opts_out_the_address_and_nobody_else() -> None:
    context = await open_house()
    await save_consent(save(anna()), context, NOW - 1000)
    await taken(asking(nobody(identifier=WHO, fetches=True)), context)

    assert advertising(context, WHO).status is PurposeStatus.ACTIVE
    assert advertising(context).status is PurposeStatus.OPT_OUT
