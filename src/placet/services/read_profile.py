"""Read a known person's profile, as other systems ask for it."""

from functools import partial

from msgspec import Struct

from placet.consent.call import Call
from placet.consent.errors import Denied, Missing
from placet.consent.person import Person
from placet.consent.profile import Profile
from placet.consent.published import Published
from placet.consent.receipt import Signals
from placet.consent.regions import Place
from placet.formats.sealed import Remembered
from placet.stores.house import House, decided
from placet.stores.keep_signals import keep_signals


class ReadProfile(Struct, frozen=True):
    """Who asks about whom: the tenant, the identifier, the token that proves it, and one group or all.

    `gpc` says that the person's own browser asks, from a page of `origin` at `place`, and sends Global Privacy Control.
    """

    organisation: str
    identifier: str
    token: str
    group: str = ""
    gpc: bool = False
    origin: str = ""
    place: Place = Place()


class Page(Struct, frozen=True):
    """A profile of one consent group, the sites that share it, and its version (0 = there is none)."""

    group: str
    sites: tuple[Published, ...]
    profile: Profile
    version: int


async def read_profile(ask: ReadProfile, house: House, now: int) -> tuple[Page, ...]:
    """The person's profile in each group asked for.

    Raises Denied (the token does not prove the identifier to this tenant), Missing (no such group) or Busy.
    """
    if not house.proves(ask.organisation, ask.token, ask.identifier, now):
        raise Denied("the token does not prove the identifier to this tenant")
    groups = house.shelf.groups(ask.organisation)
    wanted = {ask.group: groups[ask.group]} if ask.group in groups else groups
    if not wanted or (ask.group and ask.group not in groups):
        raise Missing("this consent group is not in use")
    person = Person(ask.identifier, known=True)

    if ask.gpc:
        for sites in wanted.values():
            await decided(partial(heed, ask, sites, person, house, now))
    found = [await house.profile(sites[0].publication, person) for sites in wanted.values()]

    return tuple(
        Page(group, sites, known.profile, known.version)
        for (group, sites), known in zip(wanted.items(), found, strict=True)
    )


async def heed(ask: ReadProfile, sites: tuple[Published, ...], person: Person, house: House, now: int) -> None:
    """Keep the browser's signal in the profile, under the rules of the page's own site. Raises Stale or Busy."""
    for one in sites:
        if ask.origin not in one.publication.site.origins:
            continue
        call = Call(
            publication=one.publication,
            ruling=one.ruling(ask.place),
            person=person,
            remembered=Remembered(),
            place=ask.place,
            now=now,
            signals=Signals(gpc=True),
            fetches=True,
        )
        await keep_signals(call, await house.known(call), house)
