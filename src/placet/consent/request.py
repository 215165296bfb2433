"""The consent request as received, and the request context made from it."""

from typing import Protocol

from msgspec import Struct

from placet.consent.context import RequestContext
from placet.consent.device.device_state import belongs_to, recalled
from placet.consent.profile.person import Mismatch, who_speaks
from placet.consent.receipt import ReceiptSignals
from placet.consent.rules.published import Published
from placet.formats.onetrust.consent_string import DeviceState
from placet.formats.placeholders import identifier_of, names_nobody
from placet.settings.regions import Place


class ConsentRequest(Struct, frozen=True):
    """A client's request: app, person, place, and the device state.

    `token` is the proof of `identifier`, unverified; `proven` says that the server verified another one (a link it
    sealed). `fetches` asks for the person's profile to take part;
    `rename` allows `identifier` to differ from the one in the device state.
    """

    app_id: str
    identifier: str = ""
    identifier_type: str = ""
    rename: bool = False
    token: str = ""
    proven: bool = False
    fetches: bool = False
    language: str = ""
    place: Place = Place()
    remembered: DeviceState = DeviceState()
    signals: ReceiptSignals = ReceiptSignals()
    cdn: str = ""

    @property
    def names_someone(self) -> bool:
        """True when no new device id is needed: the request or the device state names the person."""
        return not (names_nobody(self.identifier) and names_nobody(self.remembered.person))


class Proof(Protocol):
    """Verifies whether a token proves an identifier to an organisation at a time (epoch ms)."""

    def __call__(self, organisation: str, token: str, identifier: str, now: int) -> bool: ...


def receive(
    request: ConsentRequest, published: Published, proves: Proof, minted: str, now: int
) -> RequestContext | Mismatch:
    """The request context that decisions use, or the contradiction in the request.

    With an invalid token the caller stays anonymous: the profile is then neither read nor written
    (cmp-api.md §3, `OT-Sync-Profile-Auth`). A placeholder (`undefined`) names no person. The profile takes part
    only where the site has a consent group.
    Device state of another person known on the device is ignored: several people share a television.
    """
    site = published.publication.site
    identifier = identifier_of(request.identifier)
    named = bool(identifier and request.token)
    known = (request.proven and bool(identifier)) or (
        named and proves(site.organisation, request.token, identifier, now)
    )
    rule = published.rule_for(request.place)
    person = who_speaks(
        identifier,
        identifier_of(request.remembered.person),
        minted,
        known=known,
        rename=request.rename,
        type=request.identifier_type or (rule.rule.identifier_type if known else ""),
    )
    if isinstance(person, Mismatch):
        return person
    own = belongs_to(request.remembered, person)
    return RequestContext(
        publication=published.publication,
        ruling=rule,
        person=person,
        remembered=request.remembered if own else DeviceState(),
        place=request.place,
        now=now,
        language=site.language_for(request.language),
        signals=recalled(request.signals, request.remembered) if own else ReceiptSignals(gpc=request.signals.gpc),
        fetches=known and request.fetches and site.group is not None,
        cdn=request.cdn,
    )
