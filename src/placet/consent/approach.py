"""Someone approaches: what they say of themselves, and what we make of it."""

from typing import Protocol

from msgspec import Struct

from placet.consent.memory import belongs_to, recalled
from placet.consent.person import Mismatch, who_speaks
from placet.consent.published import Published
from placet.consent.receipt import Signals
from placet.consent.regions import Place
from placet.consent.settle import Call
from placet.formats.placeholders import identifier_of, names_nobody
from placet.formats.sealed import Remembered


class Approach(Struct, frozen=True):
    """What a call says: about which app, for whom, from where, and what the device remembers.

    `token` is the proof of `identifier`, unverified; `proven` says that we have seen another one ourselves (a link we
    sealed). `fetches` asks for the person's profile to take part;
    `rename` allows `identifier` to differ from the one the device remembers.
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
    remembered: Remembered = Remembered()
    signals: Signals = Signals()
    cdn: str = ""

    @property
    def names_someone(self) -> bool:
        """True when no id need be minted for the device: the call says who it is, or the device remembers."""
        return not (names_nobody(self.identifier) and names_nobody(self.remembered.person))


class Proof(Protocol):
    """Whoever can tell an organisation whether a token proves an identifier at a time (epoch ms)."""

    def __call__(self, organisation: str, token: str, identifier: str, now: int) -> bool: ...


def receive(approach: Approach, published: Published, proves: Proof, minted: str, now: int) -> Call | Mismatch:
    """The call that decisions are made on, or the contradiction in it.

    A token that proves nothing leaves the caller anonymous: the profile is then neither read nor written
    (cmp-api.md §3, `OT-Sync-Profile-Auth`). A placeholder (`undefined`) names nobody. The profile takes part
    only where the site has a consent group.
    What the device still holds of somebody else who was known on it is left aside: several people share a television.
    """
    site = published.publication.site
    identifier = identifier_of(approach.identifier)
    named = bool(identifier and approach.token)
    known = (approach.proven and bool(identifier)) or (
        named and proves(site.organisation, approach.token, identifier, now)
    )
    ruling = published.ruling(approach.place)
    person = who_speaks(
        identifier,
        identifier_of(approach.remembered.person),
        minted,
        known=known,
        rename=approach.rename,
        type=approach.identifier_type or (ruling.rule.identifier_type if known else ""),
    )
    if isinstance(person, Mismatch):
        return person
    own = belongs_to(approach.remembered, person)
    return Call(
        publication=published.publication,
        ruling=ruling,
        person=person,
        remembered=approach.remembered if own else Remembered(),
        place=approach.place,
        now=now,
        language=site.language_for(approach.language),
        signals=recalled(approach.signals, approach.remembered) if own else Signals(gpc=approach.signals.gpc),
        fetches=known and approach.fetches and site.group is not None,
        cdn=approach.cdn,
    )
