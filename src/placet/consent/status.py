"""The consent status of a request: choices, whether to ask, and the device state to store."""

from msgspec.structs import replace

from placet.consent.choices.profile_items import sync_state
from placet.consent.context import ConsentStatus, RequestContext
from placet.consent.device.device_state import chosen_at, expires_at
from placet.consent.device.device_state_out import launched, with_strings
from placet.consent.profile.profile import Profile
from placet.consent.rules.banner import DAY, BannerFacts, Sync, must_ask
from placet.consent.rules.effective_rule import Choices
from placet.consent.strings.strings import NO_INCOMING_STRINGS, NO_STRINGS, IncomingStrings, OutgoingStrings
from placet.formats.onetrust.consent_string import DeviceState


def consent_status(
    context: RequestContext,
    choices: Choices,
    device_state: DeviceState,
    profile: Profile | None,
    strings: OutgoingStrings,
    incoming: IncomingStrings,
    *,
    pressed: bool = False,
    settled: bool = True,
) -> ConsentStatus:
    """The answers, the decision whether to ask, and the new device state.

    A device whose own answers the profile does not have yet (not `settled`) keeps them as they are, still anonymous.
    """
    seen = facts(context, device_state, profile, incoming, pressed=pressed)
    ask = must_ask(seen)
    after = launched(context, device_state, ask)
    if not settled:
        after = replace(after, is_anonymous=int(device_state.is_anonymous != 0))
    heeded = settled and (pressed or incoming.tc is not None or context.ruling.framework is None)
    after = with_strings(context, after, strings if heeded else replace(strings, tc="") if settled else NO_STRINGS)
    return ConsentStatus(choices, ask, after, seen.consented_at, strings)


def facts(
    context: RequestContext,
    device_state: DeviceState,
    profile: Profile | None,
    incoming: IncomingStrings = NO_INCOMING_STRINGS,
    *,
    pressed: bool = False,
) -> BannerFacts:
    """The inputs of the banner decision. A banner just answered has produced a TC string dated now
    (`apply_interaction`).
    """
    rule, publication, now = context.ruling.rule, context.publication, context.now
    consented_at = chosen_at(device_state, now)
    return BannerFacts(
        now=now,
        rule_shows=rule.show_banner,
        iab=rule.iab,
        sync=sync_state(context.ruling, profile, publication.reconsent_at, now) if profile else Sync.UNKNOWN,
        consented_at=consented_at,
        expires_at=expires_at(device_state),
        reconsent_at=publication.reconsent_at,
        holds_for=rule.reconsent_days * DAY or None,
        tc_holds_for=rule.iab_reconsent_days * DAY or None,
        tc_updated=now if pressed else tc_updated(context, incoming, consented_at),
        tc_outdated=incoming.outdated and not pressed,
    )


def tc_updated(context: RequestContext, incoming: IncomingStrings, consented_at: int | None) -> int | None:
    """When the TC string that counts was last changed (epoch ms); None without one, or when it cannot be read."""
    if context.ruling.framework is None:
        return consented_at if context.signals.tc else None
    return round(incoming.tc.updated.timestamp() * 1000) if incoming.tc else None
