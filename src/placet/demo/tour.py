"""The tour itself: one person, four devices, three brands, and the four ways a login can go."""

from collections.abc import Callable, Iterator
from functools import partial

from msgspec import Struct

from placet.demo.cast import NEWS_WEB, SHOP_IOS, STREAM_APP, STREAM_TV, TENANT, Cast
from placet.demo.device import Api, Device, Surprise
from placet.demo.events_part import an_event_goes, one_is_stopped
from placet.demo.sample_destinations import SampleDestinations


class Chapter(Struct, frozen=True):
    """One part of the tour: a title, and what happens."""

    title: str
    happens: Callable[["Cast"], None]


def first_launch(cast: Cast) -> None:
    """Nobody was ever asked on this phone."""
    cast.phone.launch().expect(101, shows=True, why="  The phone stores what it is told and shows the banner.")
    cast.phone.holds(C0001=1, C0002=0, C0004=0)


def reject_some(cast: Cast) -> None:
    """Ada allows measurement and refuses the rest; what she said is on disk before the answer leaves."""
    said = {"purposesStatus": [{"groupId": id, "status": id == "C0002"} for id in ("C0002", "C0003", "C0004", "C0005")]}
    cast.phone.choose("PREFERENCE_CENTER_CONFIRM", said)
    cast.phone.expect(151, shows=False, why="  A signed receipt came back, and the new state to store.")
    cast.phone.holds(C0001=1, C0002=1, C0003=0, C0004=0, C0005=0)


def second_launch(cast: Cast) -> None:
    """The phone sends its memory along; the server itself keeps no session."""
    cast.phone.launch().expect(151, shows=False, why="  Her choice still holds: nobody asks twice.")


def known_on_the_phone(cast: Cast) -> None:
    """Ada logs in: her anonymous choice becomes her profile."""
    cast.phone.log_in("ada", cast.token("ada"))
    cast.phone.expect(152, shows=False, why="  No profile yet, so what the phone says becomes it.")


def on_the_website(cast: Cast) -> None:
    """The shop's website is in the same consent group as its app."""
    cast.browser.launch().expect(101, shows=True, why="  A new browser knows nothing …")
    cast.browser.log_in("ada", cast.token("ada"))
    cast.browser.expect(152, shows=False, why="  … but Ada is recognised, and her choices are there.")
    cast.browser.holds(C0002=1, C0004=0)


def one_purpose_more(cast: Cast) -> None:
    """The newspaper shares the profile, but asks for one purpose the shop does not have."""
    paper = Device(cast.api, "The newspaper", NEWS_WEB, "DE", person="ada", token=cast.token("ada"))
    paper.launch().expect(107, shows=True, why="  What she said elsewhere is known; only the new purpose is open.")
    paper.holds(C0002=1, C0004=0, C0006=0)


def newest_wins(cast: Cast) -> None:
    """Override on, profile exists: Ada changes her mind on a friend's tablet before she logs in there."""
    tablet = Device(cast.api, "A tablet", SHOP_IOS, "DE")
    tablet.launch()
    tablet.choose("BANNER_ALLOW_ALL")
    tablet.log_in("ada", cast.token("ada"))
    tablet.expect(
        152, shows=False, why="  Journey 1 of 4 · override on, profile exists: item by item the newer answer wins."
    )
    tablet.holds(C0002=1, C0004=1)


def becomes_the_profile(cast: Cast) -> None:
    """Override on, no profile: what an unknown person said becomes their profile."""
    phone = Device(cast.api, "Ben's phone", SHOP_IOS, "GB")
    phone.launch()
    phone.choose("BANNER_REJECT_ALL")
    phone.log_in("ben", cast.token("ben"))
    phone.expect(152, shows=False, why="  Journey 2 of 4 · override on, no profile: the device's answers become it.")
    phone.holds(C0002=0, C0004=0)


def first_on_the_television(cast: Cast) -> None:
    """Override off, no profile: the television's answers become the profile."""
    television = Device(cast.api, "The television", STREAM_TV, "FR", kind="ctv")
    television.launch()
    television.choose("BANNER_REJECT_ALL")
    television.log_in("cleo", cast.token("cleo"))
    television.expect(
        152, shows=False, why="  Journey 3 of 4 · override off, no profile: the device's answers become it."
    )


def profile_wins(cast: Cast) -> None:
    """Override off, profile exists: whatever was pressed before the login is overwritten."""
    phone = Device(cast.api, "Cleo's phone", STREAM_APP, "FR")
    phone.launch()
    phone.choose("BANNER_ALLOW_ALL")
    phone.holds(C0002=1)
    phone.log_in("cleo", cast.token("cleo"))
    phone.expect(152, shows=False, why="  Journey 4 of 4 · override off, profile exists: the profile is downloaded.")
    phone.holds(C0002=0)


def as_others_read_it(cast: Cast) -> None:
    """Other systems read the profile by identifier and token; asked again with the ETag, nothing is sent twice."""
    headers = {"tenantId": TENANT, "identifier": "ada", "Authorization": f"Bearer {cast.token('ada')}"}
    status, profile, said = cast.api.call("GET", "/v1/preferences", headers)
    if status != 200 or not profile["preferences"]:
        raise Surprise(f"the profile could not be read: {status}")
    lines = [f"  {one['status']:<14} {one['id']}" for one in profile["preferences"]]
    cast.api.tell("← 200\n" + "\n".join(lines))
    status, _, _ = cast.api.call("GET", "/v1/preferences", headers | {"If-None-Match": said["etag"]})
    cast.api.tell(f"← {status} not modified")
    if status != 304:
        raise Surprise(f"the ETag was not honoured: {status}")


TOUR = (
    Chapter("First launch on a phone in Germany", first_launch),
    Chapter("Ada allows one thing and refuses the rest", reject_some),
    Chapter("Second launch", second_launch),
    Chapter("Ada logs in on the phone", known_on_the_phone),
    Chapter("Ada opens the shop's website on her laptop", on_the_website),
    Chapter("A website of the group asks for one purpose more", one_purpose_more),
    Chapter("Anonymous to known: the newer answer wins", newest_wins),
    Chapter("Anonymous to known: a first profile", becomes_the_profile),
    Chapter("Anonymous to known: a first profile, on a television", first_on_the_television),
    Chapter("Anonymous to known: the profile wins", profile_wins),
    Chapter("What other systems see", as_others_read_it),
    Chapter("An event goes where Ada agreed", an_event_goes),
    Chapter("She takes it back: events stop, and who has her data is told", one_is_stopped),
)


def chapters(
    api: Api, secret: str, destinations: SampleDestinations
) -> Iterator[tuple[int, Chapter, Callable[[], None]]]:
    """The tour's chapters, numbered; call the last part to let each happen. It may raise Surprise."""
    cast = Cast(api, secret, destinations)
    for number, chapter in enumerate(TOUR, 1):
        yield number, chapter, partial(chapter.happens, cast)
