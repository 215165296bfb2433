"""Settings are applied, published, rolled back, exported and told."""

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from placet.errors import Missing, Stale
from placet.formats.crypto.secret_box import make
from placet.services.settings.publish_settings import ApplyRefused, ApplyResult, PublishResult, Secrets, apply, publish
from placet.services.settings.published_sites import Author
from placet.services.settings.settings_history import audit, export, history, organisations, rollback
from placet.settings.organisation import Organisation
from placet.settings.site import Stage
from placet.stores.memory.stores import MemoryCatalogue, MemoryStores
from tests.small_organisation import small

ID = "11111111-1111-4111-8111-111111111111"
WEB, APP = "55555555-5555-4555-8555-555555555555", "66666666-6666-4666-8666-666666666666"
OTHER_SITES = ((WEB, "77777777-7777-4777-8777-777777777777"), (APP, "88888888-8888-4888-8888-888888888888"))
NOVEMBER = int(datetime(2026, 11, 21, 12, tzinfo=UTC).timestamp() * 1000)
ANNA = Author("anna", NOVEMBER)
SECRETS = Secrets({"env:SECRET": "s" * 32}.__getitem__, lambda size: b"\x01" * size, make(b"m" * 32))


@pytest.fixture
def catalogue() -> MemoryCatalogue:
    return MemoryStores().catalogue


async def applied(catalogue: MemoryCatalogue, organisation: Organisation) -> ApplyResult:
    answer = await apply(organisation, catalogue, SECRETS, ANNA)
    assert isinstance(answer, ApplyResult)
    return answer


async def published(catalogue: MemoryCatalogue, stage: Stage = Stage.PRODUCTION, **how: object) -> PublishResult:
    answer = await publish(ID, stage, catalogue, ANNA, **how)
    assert isinstance(answer, PublishResult)
    return answer


async def test_applied_settings_are_kept_with_sealed_secrets(catalogue: MemoryCatalogue) -> None:
    answer = await applied(catalogue, small())
    draft = await catalogue.draft(ID)
    assert draft is not None
    assert (answer.version, draft.version, draft.applied_by) == (1, 1, "anna")
    assert draft.organisation.keys[0].secret.startswith("sealed:")
    assert replace(draft.organisation, keys=()) == replace(small(), keys=())


async def test_the_same_settings_again_write_nothing(catalogue: MemoryCatalogue) -> None:
    await applied(catalogue, small())
    again = await applied(catalogue, small())
    assert (again.changes, again.version) == ((), 1)
    assert len(await audit(ID, catalogue)) == 1


async def test_what_changed_is_told_and_audited(catalogue: MemoryCatalogue) -> None:
    await applied(catalogue, small())
    answer = await applied(catalogue, small(("name: Small", "name: Tall")))
    assert [str(change) for change in answer.changes] == ["~ name: 'Small' → 'Tall'"]
    newest = (await audit(ID, catalogue))[0]
    assert (newest.by, newest.at, newest.action, newest.detail) == (
        "anna",
        NOVEMBER,
        "apply",
        "~ name: 'Small' → 'Tall'",
    )


async def test_a_dry_run_tells_and_writes_nothing(catalogue: MemoryCatalogue) -> None:
    answer = await apply(small(), catalogue, SECRETS, ANNA, dry_run=True)
    assert isinstance(answer, ApplyResult)
    assert str(answer.changes[0]) == "+ organisation: 'Small'"
    assert await catalogue.draft(ID) is None


@pytest.mark.parametrize("fault, code", [
    (("default: true, ", ""), "no-default"),
    (("env:SECRET", "env:NOWHERE"), "unknown-secret"),
])  # fmt: skip
async def test_errors_refuse(catalogue: MemoryCatalogue, fault: tuple[str, str], code: str) -> None:
    answer = await apply(small(fault), catalogue, SECRETS, ANNA)
    assert isinstance(answer, ApplyRefused)
    assert [finding.code for finding in answer.findings] == [code]
    assert await catalogue.draft(ID) is None


async def test_warnings_are_told_and_do_not_refuse(catalogue: MemoryCatalogue) -> None:
    answer = await applied(catalogue, small(("{en: Needed, de: Nötig}", "Needed")))
    assert [finding.code for finding in answer.findings] == ["untranslated"]
    assert answer.version == 1


async def test_whoever_was_slower_is_told(catalogue: MemoryCatalogue) -> None:
    class Overtaken(MemoryCatalogue):
        """Somebody applies between our reading and our writing."""

        async def draft(self, organisation: str):
            seen = await super().draft(organisation)
            await MemoryCatalogue.apply(self, small(), seen.version if seen else 0, "bert", NOVEMBER)
            return seen

    with pytest.raises(Stale):
        await apply(small(), Overtaken(lambda: None), SECRETS, ANNA)


async def test_publishing_puts_every_site_on_its_stage(catalogue: MemoryCatalogue) -> None:
    await applied(catalogue, small())
    done = await published(catalogue, Stage.TEST)
    assert [(p.app_id, p.number, p.version, p.published_by) for p in done.publications] == [
        (f"{WEB}-test", 1, "202611.1.0", "anna"),
        (f"{APP}-test", 1, "202611.1.0", "anna"),
    ]
    published_settings = await catalogue.snapshot()
    assert {publication.app_id for publication in published_settings.publications} == {f"{WEB}-test", f"{APP}-test"}


async def test_unchanged_sites_are_left_alone_unless_asked(catalogue: MemoryCatalogue) -> None:
    await applied(catalogue, small())
    await published(catalogue)
    assert await published(catalogue) == PublishResult((), ("shop/web", "shop/app"))
    await applied(catalogue, small(("name: Website", "name: Web site")))
    changed = await published(catalogue)
    assert [(p.site.id, p.number, p.version) for p in changed.publications] == [("web", 2, "202611.2.0")]
    again = await published(catalogue, again=True, sites=("shop/app",))
    assert [(p.site.id, p.number) for p in again.publications] == [("app", 2)]


async def test_reconsent_publishes_and_moves_the_date(catalogue: MemoryCatalogue) -> None:
    await applied(catalogue, small())
    first = await published(catalogue)
    assert {publication.reconsent_at for publication in first.publications} == {0}
    asked = await publish(ID, Stage.PRODUCTION, catalogue, Author("bert", NOVEMBER + 5), reconsent=True)
    assert isinstance(asked, PublishResult)
    assert {publication.reconsent_at for publication in asked.publications} == {NOVEMBER + 5}
    later = await published(catalogue, again=True)
    assert {publication.reconsent_at for publication in later.publications} == {NOVEMBER + 5}


async def test_versions_count_within_a_month(catalogue: MemoryCatalogue) -> None:
    await applied(catalogue, small())
    december = Author("anna", NOVEMBER + 15 * 86_400_000)
    await published(catalogue, again=True)
    await published(catalogue, again=True)
    await publish(ID, Stage.PRODUCTION, catalogue, december, again=True)
    told = await history(ID, "shop/web", Stage.PRODUCTION, catalogue)
    assert [each.version for each in told.publications] == ["202612.1.0", "202611.2.0", "202611.1.0"]


async def test_a_rollback_goes_to_the_one_before_or_to_any(catalogue: MemoryCatalogue) -> None:
    await applied(catalogue, small())
    for _ in range(3):
        await published(catalogue, again=True)
    back = await rollback(ID, "shop/web", Stage.PRODUCTION, catalogue, ANNA)
    assert back.number == 2
    assert (await history(ID, "web", Stage.PRODUCTION, catalogue)).current == 2
    forth = await rollback(ID, WEB, Stage.PRODUCTION, catalogue, ANNA, number=3)
    assert forth.number == 3


async def test_after_a_rollback_publishing_counts_on(catalogue: MemoryCatalogue) -> None:
    await applied(catalogue, small())
    for name in ("A", "B"):
        await applied(catalogue, small(("name: Website", f"name: {name}")))
        await published(catalogue)
    await rollback(ID, "shop/web", Stage.PRODUCTION, catalogue, ANNA)
    done = await published(catalogue)
    assert [(p.site.name, p.number) for p in done.publications] == [("B", 3)]


@pytest.mark.parametrize("number", [None, 7, 0])
async def test_there_must_be_something_to_go_back_to(catalogue: MemoryCatalogue, number: int | None) -> None:
    await applied(catalogue, small())
    await published(catalogue)
    with pytest.raises(Missing, match=r"no earlier production publication .* \(there are: 1\)"):
        await rollback(ID, "shop/web", Stage.PRODUCTION, catalogue, ANNA, number)


async def test_an_export_applied_again_changes_nothing(catalogue: MemoryCatalogue) -> None:
    await applied(catalogue, small())
    exported = await export(ID, catalogue)
    assert exported.keys[0].secret.startswith("kept:")
    assert (await applied(catalogue, exported)).changes == ()


async def test_one_store_may_hold_several_organisations(catalogue: MemoryCatalogue) -> None:
    other = "99999999-9999-4999-8999-999999999999"
    await applied(catalogue, small())
    await applied(catalogue, small((ID, other), ("name: Small", "name: Other"), *OTHER_SITES))
    assert {each.name for each in await organisations(catalogue)} == {"Small", "Other"}
    await published(catalogue)
    assert (await history(other, "shop/web", Stage.PRODUCTION, catalogue)).current == 0


async def test_an_app_id_belongs_to_one_organisation(catalogue: MemoryCatalogue) -> None:
    await applied(catalogue, small())
    thief = small((ID, "99999999-9999-4999-8999-999999999999"), OTHER_SITES[0], (APP, APP.upper()))
    answer = await apply(thief, catalogue, SECRETS, ANNA)
    assert isinstance(answer, ApplyRefused)
    assert [(finding.code, finding.path[-3:]) for finding in answer.findings] == [
        ("taken-app-id", ("sites", 1, "app_id"))
    ]


@pytest.mark.parametrize("site", ["shop/tv", "tv", "shop"])
async def test_an_unknown_site_is_missing_and_the_known_are_named(catalogue: MemoryCatalogue, site: str) -> None:
    await applied(catalogue, small())
    with pytest.raises(Missing, match="choose of shop/web, shop/app"):
        await publish(ID, Stage.PRODUCTION, catalogue, ANNA, sites=(site,))


async def test_an_organisation_without_settings_is_missing(catalogue: MemoryCatalogue) -> None:
    with pytest.raises(Missing, match="apply its settings first"):
        await publish(ID, Stage.PRODUCTION, catalogue, ANNA)
