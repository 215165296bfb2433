"""Read a known person's profile, as other systems ask for it."""

from functools import partial

from msgspec import Struct

from placet.consent.context import RequestContext
from placet.consent.profile.person import Person
from placet.consent.profile.profile import Profile
from placet.consent.receipt import ReceiptSignals
from placet.consent.rules.published import Published
from placet.errors import Denied, Missing
from placet.formats.onetrust.consent_string import DeviceState
from placet.runtime.context import NodeContext
from placet.runtime.keep_signals import keep_signals
from placet.runtime.optimistic_retry import retry_on_conflict
from placet.settings.regions import Place


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


class ProfilePage(Struct, frozen=True):
    """A profile of one consent group, the sites that share it, and its version (0 = there is none)."""

    group: str
    sites: tuple[Published, ...]
    profile: Profile
    version: int


async def read_profile(request: ReadProfile, context: NodeContext, now: int) -> tuple[ProfilePage, ...]:
    """The person's profile in each group asked for.

    Raises Denied (the token does not prove the identifier to this tenant), Missing (no such group) or Busy.
    """
    if not context.proves(request.organisation, request.token, request.identifier, now):
        raise Denied("the token does not prove the identifier to this tenant")
    groups = context.published_settings.groups(request.organisation)
    wanted = {request.group: groups[request.group]} if request.group in groups else groups
    if not wanted or (request.group and request.group not in groups):
        raise Missing("this consent group is not in use")
    person = Person(request.identifier, known=True)

    if request.gpc:
        for sites in wanted.values():
            await retry_on_conflict(partial(heed, request, sites, person, context, now))
    found = [await context.profile(sites[0].publication, person) for sites in wanted.values()]

    return tuple(
        ProfilePage(group, sites, known.profile, known.version)
        for (group, sites), known in zip(wanted.items(), found, strict=True)
    )


async def heed(
    request: ReadProfile, sites: tuple[Published, ...], person: Person, context: NodeContext, now: int
) -> None:
    """Keep the browser's signal in the profile, under the rules of the page's own site. Raises Stale or Busy."""
    for one in sites:
        if request.origin not in one.publication.site.origins:
            continue
        call = RequestContext(
            publication=one.publication,
            ruling=one.rule_for(request.place),
            person=person,
            remembered=DeviceState(),
            place=request.place,
            now=now,
            signals=ReceiptSignals(gpc=True),
            fetches=True,
        )
        await keep_signals(call, await context.load_profile(call), context)
