"""A pressed button, settled: stories of people, their devices and the shop's sites."""

import pytest
from msgspec.structs import replace

from placet.consent.choices.apply_interaction import AgeGate
from placet.consent.profile.login_merge import MergeCase
from placet.consent.profile.profile import Item, Profile, PurposeStatus, Rank
from placet.consent.receipt import ReceiptSignals, Transaction
from placet.consent.rules.banner import Reason
from placet.formats.onetrust.consent_string import DeviceState
from placet.settings.interactions import INTERACTIONS
from placet.settings.purposes import Status, UniversalPurpose
from placet.settings.regions import AgeGroup, Model, Place
from tests.consent.sites import (
    CATEGORIES,
    DAY,
    MINUTE,
    NOW,
    SHARED,
    Device,
    a_publication,
    a_ruling,
    category,
    on,
    pressing,
    with_model,
)

SOLO = replace(SHARED, override=False)


def reason(device: Device, now: int) -> Reason:
    return device.launch(now).ask.reason


def test_an_anonymous_device_is_asked_once_and_remembers() -> None:
    phone = Device()
    assert reason(phone, NOW) is Reason.FIRST_LAUNCH
    saved = phone.press("PREFERENCE_CENTER_CONFIRM", NOW + MINUTE, groups={"C0002": True})
    assert (saved.status.ask.reason, saved.profile) == (Reason.STILL_VALID, None)
    again = phone.launch(NOW + 2 * MINUTE)
    assert (again.ask.reason, on(again.choices.groups)) == (Reason.STILL_VALID, {"C0001", "C0002", "IFE2V2_1"})
    assert again.consented_at == NOW + MINUTE
    assert again.device_state.expires == NOW + MINUTE + 365 * DAY


def test_looking_changes_no_answer_and_keeps_nothing() -> None:
    phone = Device()
    phone.launch()
    assert phone.memory.last_consent is None
    assert (phone.memory.groups, phone.memory.expires, phone.shelf) == ({}, None, {})
    assert (phone.memory.last_launch, phone.memory.should_show, phone.memory.is_anonymous) == (NOW, 1, 1)


def test_the_same_person_is_recognised_on_another_device() -> None:
    published_settings: dict[str, Profile] = {}
    phone, tablet = Device(published_settings=published_settings), Device(published_settings=published_settings)
    phone.login("sam")
    assert phone.press("BANNER_ALLOW_ALL", NOW).status.ask.reason is Reason.FULLY_SYNCED
    tablet.login("sam")
    seen = tablet.launch(NOW + MINUTE)
    assert (seen.ask.reason, seen.choices) == (Reason.FULLY_SYNCED, phone.launch(NOW + MINUTE).choices)
    assert (seen.consented_at, seen.device_state.person, seen.device_state.is_anonymous) == (NOW, "sam", 0)


def test_a_site_that_asks_for_more_asks_again_and_only_then_is_in_step() -> None:
    published_settings: dict[str, Profile] = {}
    shop = Device(published_settings=published_settings)
    outlet = Device(a_ruling((*CATEGORIES, category("C0007"))), published_settings)
    shop.login("sam")
    outlet.login("sam")
    shop.press("BANNER_ALLOW_ALL", NOW)
    assert reason(outlet, NOW + MINUTE) is Reason.NOT_FULLY_SYNCED
    assert outlet.launch(NOW + MINUTE).choices.groups["C0007"] == 0
    outlet.press("PREFERENCE_CENTER_CONFIRM", NOW + 2 * MINUTE, groups={"C0007": True})
    assert reason(outlet, NOW + 3 * MINUTE) is Reason.FULLY_SYNCED
    assert reason(shop, NOW + 3 * MINUTE) is Reason.FULLY_SYNCED


def test_a_purpose_refused_on_one_site_binds_its_sdks_and_vendors_on_the_other() -> None:
    published_settings: dict[str, Profile] = {}
    shop = Device(published_settings=published_settings)
    kiosk = Device(
        a_ruling((category("X9", "s-other", purpose_id="purpose-c0004"),), site={"vendors": ()}), published_settings
    )
    shop.login("sam")
    kiosk.login("sam")
    shop.press("BANNER_ALLOW_ALL", NOW)
    kiosk.press("BANNER_REJECT_ALL", NOW + MINUTE)
    seen = shop.launch(NOW + 2 * MINUTE).choices
    assert (seen.groups["C0004"], seen.sdks["s-ads"], seen.vendors["V1"]) == (0, 0, 0)
    assert (seen.groups["C0002"], seen.sdks["s-count"]) == (1, 1)


@pytest.mark.parametrize("override", [True, False])
def test_without_a_profile_the_devices_consent_becomes_it(override: bool) -> None:
    phone = Device(a_ruling(site={"group": replace(SHARED, override=override)}))
    phone.press("BANNER_ALLOW_ALL", NOW)
    phone.login("sam")
    synced = phone.sync(NOW + MINUTE)
    assert (synced.merge_case, synced.status.ask.reason) == (MergeCase.CREATE, Reason.FULLY_SYNCED)
    assert synced.profile is not None and synced.receipt is not None
    assert synced.profile.last_interaction == NOW
    assert (synced.profile.country, synced.profile.receipt) == ("DE", synced.receipt.id)
    assert (synced.status.device_state.person, synced.status.device_state.is_anonymous) == ("sam", 0)
    assert synced.receipt.said_at == NOW


@pytest.mark.parametrize(
    ("override", "device_at", "granted"),
    [(True, NOW + MINUTE, True), (True, NOW - MINUTE, False), (False, NOW + MINUTE, False), (False, NOW - 1, False)],
)
def test_with_a_profile_the_toggle_and_the_time_decide(override: bool, device_at: int, granted: bool) -> None:
    rule, published_settings = a_ruling(site={"group": replace(SHARED, override=override)}), {}
    laptop, phone = Device(rule, published_settings), Device(rule, published_settings)
    laptop.login("sam")
    laptop.press("BANNER_REJECT_ALL", NOW)
    phone.press("BANNER_ALLOW_ALL", device_at)
    phone.login("sam")
    synced = phone.sync(NOW + DAY)
    assert synced.merge_case is (MergeCase.NEWEST if override else MergeCase.DOWNLOAD)
    assert ("C0004" in on(synced.status.choices.groups)) is granted
    assert (synced.receipt is not None) is granted
    assert synced.status.ask.reason is Reason.FULLY_SYNCED


@pytest.mark.parametrize("override", [True, False])
def test_without_an_explicit_choice_a_login_creates_nothing(override: bool) -> None:
    phone = Device(a_ruling(site={"group": replace(SHARED, override=override)}))
    phone.launch()
    phone.login("sam")
    synced = phone.sync(NOW + MINUTE)
    assert (synced.merge_case, synced.profile, synced.receipt) == (MergeCase.NOTHING, None, None)
    assert synced.status.ask.reason is Reason.FIRST_LAUNCH


def test_a_closed_banner_suffices_to_bring_a_memory_along() -> None:
    phone = Device()
    phone.press("BANNER_CLOSE", NOW)
    phone.login("sam")
    assert phone.sync(NOW + MINUTE).merge_case is MergeCase.CREATE


def test_a_login_that_proves_nothing_changes_nothing() -> None:
    phone = Device()
    phone.press("BANNER_ALLOW_ALL", NOW)
    synced = phone.sync(NOW + MINUTE)
    assert (synced.profile, synced.receipt, synced.merge_case) == (None, None, None)
    assert synced.status.device_state.is_anonymous == 1


def test_a_login_sent_twice_is_recorded_once() -> None:
    phone = Device()
    phone.press("BANNER_ALLOW_ALL", NOW)
    anonymous = phone.memory
    phone.login("sam")
    phone.sync(NOW + MINUTE)
    kept = phone.profile()
    phone.memory = anonymous
    again = phone.sync(NOW + 2 * MINUTE)
    assert (again.profile, again.receipt, phone.profile()) == (None, None, kept)


def test_one_persons_answers_never_become_anothers() -> None:
    phone = Device()
    phone.login("alice")
    phone.press("BANNER_ALLOW_ALL", NOW)
    phone.login("bob")
    synced = phone.sync(NOW + MINUTE)
    assert (synced.profile, synced.merge_case) == (None, MergeCase.NOTHING)


def test_an_anonymous_refusal_is_not_lost_when_the_app_looks_before_it_sends_the_login() -> None:
    published_settings: dict[str, Profile] = {}
    laptop, phone = Device(published_settings=published_settings), Device(published_settings=published_settings)
    laptop.login("sam")
    laptop.press("BANNER_ALLOW_ALL", NOW)
    phone.press("BANNER_REJECT_ALL", NOW + MINUTE)
    phone.login("sam")
    assert "C0004" not in on(phone.launch(NOW + 2 * MINUTE).choices.groups)
    synced = phone.sync(NOW + 3 * MINUTE)
    assert "C0004" not in on(synced.status.choices.groups)
    assert "C0004" not in on(laptop.launch(NOW + 4 * MINUTE).choices.groups)


def test_a_downloaded_answer_does_not_come_back_younger_than_it_is() -> None:
    published_settings: dict[str, Profile] = {}
    phone, laptop = Device(published_settings=published_settings), Device(published_settings=published_settings)
    laptop.press("BANNER_REJECT_ALL", NOW + 2 * MINUTE)
    phone.login("sam")
    phone.press("BANNER_ALLOW_ALL", NOW)
    phone.press(pressing("PREFERENCE_CENTER_CONFIRM", explicit_only=True, groups={"C0002": True}), NOW + 3 * MINUTE)
    phone.sync(NOW + 4 * MINUTE)
    laptop.login("sam")
    laptop.sync(NOW + 5 * MINUTE)
    assert on(phone.launch(NOW + 6 * MINUTE).choices.groups) == {"C0001", "C0002", "IFE2V2_1"}


def test_travelling_keeps_the_answers_of_home() -> None:
    home, abroad = a_ruling(), a_ruling((category("C0001"), category("C0009")), model=Model.OPT_OUT)
    phone = Device(home)
    phone.press("PREFERENCE_CENTER_CONFIRM", NOW, groups={"C0002": True})
    phone.ruling, phone.place = abroad, Place("US", "CA")
    assert phone.launch(NOW + DAY).choices.groups == {"C0001": 1, "C0009": 1}
    phone.press("BANNER_REJECT_ALL", NOW + DAY)
    assert (phone.memory.country, phone.memory.region) == ("US", "CA")
    phone.ruling, phone.place = home, Place("DE")
    assert on(phone.launch(NOW + 2 * DAY).choices.groups) == {"C0001", "C0002", "IFE2V2_1"}


def test_consent_expires_to_the_millisecond() -> None:
    phone = Device(a_ruling(reconsent_days=30))
    phone.press("BANNER_ALLOW_ALL", NOW)
    assert reason(phone, NOW + 30 * DAY - 1) is Reason.STILL_VALID
    expired = phone.launch(NOW + 30 * DAY)
    assert (expired.ask.reason, expired.ask.reset) == (Reason.EXPIRED, True)
    assert "C0002" in on(expired.choices.groups), "expiry asks; it does not delete"


def test_a_known_persons_consent_expires_to_the_millisecond() -> None:
    phone = Device(a_ruling(reconsent_days=30))
    phone.login("sam")
    phone.press("BANNER_ALLOW_ALL", NOW)
    assert reason(phone, NOW + 30 * DAY - 1) is Reason.FULLY_SYNCED
    assert reason(phone, NOW + 30 * DAY) is Reason.PERSON_RECONSENT


@pytest.mark.parametrize(("name", "due"), [("", Reason.RECONSENT), ("sam", Reason.PERSON_RECONSENT)])
def test_a_publication_with_reconsent_asks_everybody_until_they_answer(name: str, due: Reason) -> None:
    phone = Device()
    phone.login(name)
    phone.press("BANNER_ALLOW_ALL", NOW)
    phone.publication = a_publication(phone.ruling.site, reconsent_at=NOW + MINUTE)
    assert reason(phone, NOW + DAY) is due
    phone.press("BANNER_ALLOW_ALL", NOW + DAY)
    assert reason(phone, NOW + 2 * DAY) in (Reason.STILL_VALID, Reason.FULLY_SYNCED)


def test_a_choice_on_another_site_does_not_answer_this_sites_reconsent() -> None:
    published_settings: dict[str, Profile] = {}
    shop, kiosk = Device(published_settings=published_settings), Device(a_ruling((category("X9"),)), published_settings)
    shop.login("sam")
    kiosk.login("sam")
    shop.press("BANNER_ALLOW_ALL", NOW)
    shop.publication = a_publication(shop.ruling.site, reconsent_at=NOW + MINUTE)
    kiosk.press("BANNER_ALLOW_ALL", NOW + DAY)
    assert reason(shop, NOW + 2 * DAY) is Reason.PERSON_RECONSENT


def test_closing_the_banner_of_a_reconsent_brings_no_old_consent_back() -> None:
    phone = Device()
    phone.login("sam")
    phone.press("PREFERENCE_CENTER_CONFIRM", NOW, groups={"C0002": True})
    phone.publication = a_publication(phone.ruling.site, reconsent_at=NOW + MINUTE)
    closed = phone.press("BANNER_CLOSE", NOW + DAY)
    assert not closed.status.ask.show
    assert closed.profile is not None
    assert closed.profile.items["p:purpose-c0002"].status is PurposeStatus.EXPIRED
    assert closed.profile.items["p:purpose-c0004"].status is PurposeStatus.OPT_OUT
    assert on(phone.launch(NOW + 2 * DAY).choices.groups) == {"C0001", "IFE2V2_1"}


def test_closing_a_banner_leaves_deliberate_answers_alone() -> None:
    published_settings: dict[str, Profile] = {}
    shop, outlet = (
        Device(published_settings=published_settings),
        Device(a_ruling((*CATEGORIES, category("C0007"))), published_settings),
    )
    shop.login("sam")
    outlet.login("sam")
    shop.press("BANNER_ALLOW_ALL", NOW)
    closed = outlet.press("BANNER_CLOSE", NOW + MINUTE)
    assert closed.status.choices.groups == outlet.launch(NOW + MINUTE).choices.groups
    assert (closed.status.choices.groups["C0002"], closed.status.choices.groups["C0007"]) == (1, 0)


@pytest.mark.parametrize("model", [Model.OPT_IN, Model.OPT_OUT])
def test_a_closed_banner_is_not_shown_again_at_once(model: Model) -> None:
    phone = Device(with_model(model))
    phone.login("sam")
    assert not phone.press("BANNER_CLOSE", NOW).status.ask.show
    assert not phone.launch(NOW + DAY).ask.show
    assert phone.launch(NOW + 365 * DAY).ask.show


def test_continuing_without_accepting_withdraws_what_was_granted() -> None:
    phone = Device()
    phone.login("sam")
    phone.press("BANNER_ALLOW_ALL", NOW)
    phone.press("BANNER_CONTINUE_WITHOUT_ACCEPTING", NOW + MINUTE)
    assert on(phone.launch(NOW + DAY).choices.groups) == {"C0001", "IFE2V2_1"}


def test_a_rule_without_records_keeps_neither_receipt_nor_profile() -> None:
    phone = Device(a_ruling(records=False))
    phone.press("BANNER_ALLOW_ALL", NOW)
    phone.login("sam")
    for button in ("SYNC_PROFILE", "BANNER_ALLOW_ALL"):
        settled = phone.press(button, NOW + MINUTE)
        assert (settled.receipt, settled.profile) == (None, None)
        assert "C0002" in on(settled.status.choices.groups)


def test_without_a_consent_group_or_a_proof_no_profile_is_kept() -> None:
    lonely = Device(a_ruling(site={"group": None}))
    lonely.login("sam")
    assert lonely.press("BANNER_ALLOW_ALL").profile is None
    assert Device().press("BANNER_ALLOW_ALL").profile is None


def test_a_hard_opt_out_is_what_the_device_is_told_whatever_is_pressed() -> None:
    phone = Device()
    phone.login("sam")
    hard = Item(PurposeStatus.HARD_OPT_OUT, NOW - DAY, Rank.LOCKED)
    phone.shelf["sam"] = Profile({"p:purpose-c0004": hard}, NOW - DAY)
    pressed = phone.press("BANNER_ALLOW_ALL", NOW)
    assert pressed.profile is not None and pressed.receipt is not None
    assert pressed.profile.items["p:purpose-c0004"] == hard
    assert (pressed.status.choices.groups["C0004"], pressed.status.choices.sdks["s-ads"]) == (0, 0)
    happened = {entry.purpose: entry.transaction for entry in pressed.receipt.purposes}
    assert happened["purpose-c0004"] is Transaction.NOTGIVEN
    assert happened["purpose-c0002"] is Transaction.CONFIRMED


ADULTS = {"C0004": (AgeGroup("adults", upper=120, lower=18),)}


def test_an_age_is_remembered_and_is_no_answer_to_the_banner() -> None:
    phone = Device(a_ruling(age_limits=ADULTS, model=Model.OPT_OUT))
    aged = phone.press("AGEGATE_RANGE", NOW, age=AgeGate(13, 17))
    assert aged.status.ask.reason is Reason.FIRST_LAUNCH
    assert (phone.memory.age_lower, phone.memory.age_upper, phone.memory.age_at) == (13, 17, NOW)
    assert phone.launch(NOW + 1).choices.groups["C0004"] == 0
    assert phone.press("BANNER_ALLOW_ALL", NOW + MINUTE).status.choices.groups["C0004"] == 0
    assert phone.memory.age_at == NOW
    assert phone.launch(NOW + DAY).choices.groups["C0002"] == 1


def test_growing_up_grants_nothing_by_itself() -> None:
    phone = Device(a_ruling(age_limits=ADULTS))
    phone.press("AGEGATE_RANGE", NOW, age=AgeGate(13, 17))
    phone.press("BANNER_ALLOW_ALL", NOW + MINUTE)
    phone.press("AGEGATE_RANGE", NOW + DAY, age=AgeGate(18, 24))
    assert phone.launch(NOW + DAY).choices.groups["C0004"] == 0
    assert phone.press("BANNER_ALLOW_ALL", NOW + 2 * DAY).status.choices.groups["C0004"] == 1


def test_an_age_given_anew_governs_at_once() -> None:
    phone = Device(a_ruling(age_limits=ADULTS))
    phone.press("BANNER_ALLOW_ALL", NOW)
    assert phone.press("AGEGATE_RANGE", NOW + 1, age=AgeGate(13, 17)).status.choices.groups["C0004"] == 0
    assert phone.press("AGEGATE_RANGE", NOW + 2, age=AgeGate(18, 24)).status.choices.groups["C0004"] == 1


def test_a_known_persons_age_answers_no_category() -> None:
    phone = Device(a_ruling(age_limits=ADULTS))
    phone.login("sam")
    assert phone.press("AGEGATE_RANGE", NOW, age=AgeGate(18, 24)).profile is None


def test_a_platforms_prompt_answers_its_categories_and_no_others() -> None:
    phone = Device(a_ruling(att_categories=("C0004",), model=Model.OPT_OUT))
    refused = phone.press("ATT_OPTOUT", NOW)
    assert refused.status.ask.reason is Reason.FIRST_LAUNCH
    assert phone.memory.groups == {"C0004": 0}
    assert refused.receipt is not None
    assert [
        (entry.purpose, entry.transaction) for entry in refused.receipt.purposes if entry.transaction == "OPT_OUT"
    ] == [("purpose-c0004", Transaction.OPT_OUT)]
    assert phone.launch(NOW + 1).choices.groups["C0004"] == 0


def test_only_what_is_stated_counts_when_consent_must_be_explicit() -> None:
    phone = Device()
    phone.login("sam")
    stated = pressing("PREFERENCE_CENTER_CONFIRM", explicit_only=True, groups={"C0002": True})
    settled = phone.press(stated, NOW)
    assert settled.profile is not None and settled.receipt is not None
    assert set(settled.profile.items) == {"p:purpose-c0002"}
    assert phone.launch(NOW + 1).choices.sdks == {"s-core": 1, "s-count": 1, "s-crash": 1, "s-ads": 0}
    assert {e.purpose for e in settled.receipt.purposes if e.transaction is Transaction.CONFIRMED} == {"purpose-c0002"}
    assert settled.status.ask.reason is Reason.NOT_FULLY_SYNCED


def test_allowing_all_is_explicit_by_itself() -> None:
    phone, other = Device(), Device()
    phone.login("sam")
    other.login("sam")
    phone.press(pressing("BANNER_ALLOW_ALL", explicit_only=True))
    other.press("BANNER_ALLOW_ALL")
    assert phone.shelf["sam"].items == other.shelf["sam"].items


def test_closing_fills_in_no_defaults_when_consent_must_be_explicit() -> None:
    phone = Device(with_model(Model.OPT_OUT))
    phone.login("sam")
    assert phone.press(pressing("BANNER_CLOSE", explicit_only=True)).profile is None


def test_a_newsletter_answers_no_banner_and_is_carried_to_the_profile() -> None:
    phone = Device()
    news = phone.press("UC_PREFERENCE_CENTER_CONFIRM", NOW, universal={"news": True}, options={"weekly": True})
    assert news.status.ask.reason is Reason.FIRST_LAUNCH
    assert (phone.memory.universal, phone.memory.options) == ({"news": 1}, {"weekly": 1})
    phone.press("BANNER_REJECT_ALL", NOW + MINUTE)
    phone.login("sam")
    synced = phone.sync(NOW + 2 * MINUTE)
    assert synced.profile is not None
    assert synced.profile.items["u:news"].granted and synced.profile.items["o:weekly"].granted
    assert "o:daily" not in synced.profile.items


def test_a_profile_of_newsletters_only_does_not_silence_a_devices_cookies() -> None:
    rule = a_ruling(site={"group": SOLO})
    published_settings: dict[str, Profile] = {}
    mail, phone = Device(rule, published_settings), Device(rule, published_settings)
    mail.login("sam")
    mail.press("UC_PREFERENCE_CENTER_CONFIRM", NOW, universal={"news": True})
    assert reason(mail, NOW + 1) is Reason.FIRST_LAUNCH
    phone.press("BANNER_ALLOW_ALL", NOW)
    phone.login("sam")
    synced = phone.sync(NOW + MINUTE)
    assert synced.status.choices.universal == {"news": 1}
    assert "C0002" in on(synced.status.choices.groups)


LASTING = UniversalPurpose("news", {}, version=3, life_days=30)


@pytest.mark.parametrize(
    ("expires_from", "said_again_at", "ends"),
    [
        ("LAST_TRANSACTION_DATE", NOW + DAY, NOW + 31 * DAY),
        ("CONSENT_DATE", NOW + DAY, NOW + 30 * DAY),
        ("CONSENT_DATE", NOW + 40 * DAY, NOW + 70 * DAY),
    ],
)
def test_universal_consent_runs_out(expires_from: str, said_again_at: int, ends: int) -> None:
    purpose = replace(LASTING, expires_from=expires_from)
    phone = Device(a_ruling(site={"universal": (purpose,)}))
    phone.login("sam")
    for at in (NOW, said_again_at):
        phone.press("UC_PREFERENCE_CENTER_CONFIRM", at, universal={"news": True})
    item = phone.shelf["sam"].items["u:news"]
    assert (item.version, item.expires) == (3, ends)
    assert phone.launch(ends - 1).choices.universal == {"news": 1}
    assert phone.launch(ends).choices.universal == {"news": 0}


def test_a_browsers_signal_refuses_what_the_person_did_not_grant() -> None:
    rule = with_model(Model.OPT_OUT, signals_off=("C0004",))
    browser = Device(rule)
    browser.signals = ReceiptSignals(gpc=True)
    assert browser.launch().choices.groups["C0004"] == 0
    closed = browser.press("BANNER_CLOSE", NOW)
    assert (closed.status.choices.groups["C0004"], closed.status.choices.groups["C0002"]) == (0, 1)
    allowed = browser.press("BANNER_ALLOW_ALL", NOW + MINUTE)
    assert allowed.status.choices.groups["C0004"] == 1
    assert allowed.receipt is not None and allowed.receipt.signals.gpc


def test_saving_in_an_iab_region_ends_the_question() -> None:
    phone = Device(a_ruling(template="IAB2V2"))
    assert not phone.press("BANNER_ALLOW_ALL", NOW).status.ask.show
    assert reason(phone, NOW + 1) is Reason.NOW_IAB
    phone.signals = ReceiptSignals(tc="CO-a-string")
    assert reason(phone, NOW + 1) is Reason.STILL_VALID


@pytest.mark.parametrize(("template", "kept"), [("IAB2V2", {"x:tc", "x:ac", "x:gpp"}), ("GDPR", {"x:gpp"})])
def test_strings_are_kept_for_the_group_where_the_framework_applies(template: str, kept: set[str]) -> None:
    phone = Device(a_ruling(template=template))
    phone.signals = ReceiptSignals(tc="tc", ac="1~2", gpp="gpp")
    phone.login("sam")
    settled = phone.press("BANNER_ALLOW_ALL", NOW)
    assert settled.profile is not None and settled.receipt is not None
    assert {key for key in settled.profile.items if key.startswith("x:")} == kept
    assert settled.receipt.signals == phone.signals, "evidence as sent"


def test_a_date_from_a_clock_that_runs_ahead_is_no_date() -> None:
    phone = Device()
    phone.memory = DeviceState(person="device", groups={"C0002": 1, "C0004": 0}, last_consent=NOW + DAY)
    looked = phone.launch()
    assert (looked.ask.reason, looked.consented_at) == (Reason.FIRST_LAUNCH, None)
    phone.login("sam")
    phone.shelf["sam"] = Profile({"p:purpose-c0002": Item(PurposeStatus.OPT_OUT, NOW - DAY)}, NOW - DAY)
    synced = phone.sync()
    assert synced.profile is not None
    assert not synced.profile.items["p:purpose-c0002"].granted
    assert synced.profile.items["p:purpose-c0004"] == Item(PurposeStatus.OPT_OUT, NOW)


def test_a_consent_string_an_app_built_itself_is_brought_along() -> None:
    phone = Device()
    phone.memory = DeviceState(person="device", groups={"C0002": 1}, last_consent=NOW - DAY)
    phone.login("sam")
    synced = phone.sync()
    assert synced.profile is not None
    assert set(synced.profile.items) == {"p:purpose-c0002"}
    assert synced.status.ask.reason is Reason.NOT_FULLY_SYNCED


@pytest.mark.parametrize(
    "name", [name for name, row in INTERACTIONS.items() if not row.counts and name != "SYNC_PROFILE"]
)
def test_a_press_that_is_no_choice_changes_nothing_and_says_so(name: str) -> None:
    phone = Device(a_ruling(statuses={"C0004": Status.ALWAYS_INACTIVE}))
    phone.login("sam")
    settled = phone.press(name, NOW)
    assert settled.profile is None and settled.receipt is not None
    assert {entry.transaction for entry in settled.receipt.purposes} == {Transaction.NO_CHOICE, Transaction.NOTGIVEN}
    assert (phone.memory.last_consent, phone.memory.groups) == (None, {})
