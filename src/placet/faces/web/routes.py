"""The paths a web page loads from (web-sdk.md §1, §2)."""

from collections.abc import Callable
from typing import Any, Final

from msgspec import Struct, json, structs

from placet.consent.banner import DAY
from placet.consent.choices import Ruling
from placet.consent.errors import Missing
from placet.consent.published import Published
from placet.consent.regions import Place
from placet.faces.http import JSON, Header, Request, Response
from placet.faces.packed import FOR_A_WHILE, FOR_EVER, SCRIPT, Packed, answer, pack
from placet.faces.routes import Face, Route
from placet.faces.web.brief import Collection, View, brief, view_of
from placet.faces.web.google import google_script
from placet.faces.web.long_form import domain_json, language_json
from placet.faces.web.origins import Strangers
from placet.faces.web.scripts import Scripts, auto_block
from placet.faces.web.signals import mark, rules_file, signals_part, vendor_file
from placet.faces.web.words import later_words
from placet.formats.gvl import write_list
from placet.formats.gvl_entries import Headings
from placet.formats.library import Library
from placet.formats.web_address import safe_address

FOR_THIS_VISITOR: Final = b"private, max-age=300"
"""For an answer that depends on where the visitor is."""

NO_STORE: Final[Header] = (b"cache-control", b"no-store")

UNVERSIONED: Final = frozenset({"otSDKStub.js", "OtAutoBlock.js", "google.js", "tcf.stub.js", "otCCPAiab.js"})
"""Scripts that have a stable name of their own."""

MOST_KEPT: Final = 2048
"""Answers kept packed; a site has one for each rule, place and language that is asked for."""


class WebStories(Struct, frozen=True):
    """What the roof hands this face.

    `published` finds a publication by app id and raises Missing; `locate` says where a request comes from;
    `collection` says where a site's receipts go; `base` is our own address, without a slash at its end; `library` gives
    the vendor lists in force; `now` is epoch ms.
    """

    published: Callable[[str], Published]
    locate: Callable[[Request], Place]
    collection: Callable[[Published], Collection | None]
    base: str
    scripts: Scripts
    library: Callable[[], Library]
    now: Callable[[], int]
    allows_origin: Callable[[str], bool] = lambda _: True
    """May pages of this origin send receipts?"""


class WebFace:
    """Scripts, and settings in both forms. Everything may be read by any page: it is what visitors see."""

    def __init__(self, stories: WebStories) -> None:
        self._stories = stories
        self._kept: dict[tuple[Any, ...], tuple[Published, Packed]] = {}
        self._lists: tuple[Library, dict[str, Packed]] | None = None
        self._strangers = Strangers()
        self.face = Face("web", allows=lambda *_: True)

    def routes(self) -> list[Route]:
        """Every path of this face; fixed names stand before those with places."""
        paths = {
            "/scripttemplates/otSDKStub.js": self.stub,
            "/consent/{site}/otSDKStub.js": self.stub,
            "/consent/tcf.stub.js": self.early,
            "/opt-out/otCCPAiab.js": self.privacy,
            "/scripttemplates/{version}/sri-hashes.json": self.hashes,
            "/scripttemplates/{version}/{name}": self.script,
            "/consent/{site}/OtAutoBlock.js": self.auto_block,
            "/consent/{site}/google.js": self.google,
            "/consent/{site}/brief.json": self.brief,
            "/consent/{site}/origin.json": self.origin,
            "/vendorlist/{file}": self.vendor_list,
            "/consent/{site}/iab/{mark}/{file}": self.vendors,
            "/consent/{site}/words/{file}": self.words,
            "/consent/{site}/{file}": self.domain,
            "/consent/{site}/{rule}/{file}": self.language,
            "/consent/{site}/{rule}/variants/{variant}/{file}": self.language,
        }
        return [Route("GET", path, handler, self.face) for path, handler in paths.items()]

    async def stub(self, request: Request) -> Response:
        """The stub, under its stable names."""
        return answer(request, self._stories.scripts["otSDKStub.js"], SCRIPT, FOR_A_WHILE)

    async def early(self, request: Request) -> Response:
        """What stands in for `__tcfapi` before any other script, on pages that cannot wait for the stub."""
        return answer(request, self._stories.scripts["tcf.stub.js"], SCRIPT, FOR_A_WHILE)

    async def privacy(self, request: Request) -> Response:
        """The US Privacy string for pages that load it by its own tag."""
        return answer(request, self._stories.scripts["otCCPAiab.js"], SCRIPT, FOR_A_WHILE)

    async def script(self, request: Request) -> Response:
        """A script of this version. Asked for by an older hash, it is today's, to be kept for a while only."""
        packed = self._stories.scripts.files.get(request.params["name"])
        if packed is None or request.params["name"] in UNVERSIONED:
            raise Missing("there is no such script")
        for_ever = request.params["version"] == packed.mark
        return answer(request, packed, SCRIPT, FOR_EVER if for_ever else FOR_A_WHILE)

    async def hashes(self, request: Request) -> Response:
        """The integrity of every script."""
        return answer(request, pack(json.encode(self._stories.scripts.hashes)), JSON, FOR_A_WHILE)

    async def auto_block(self, request: Request) -> Response:
        """The blocking script with the site's own table."""
        published = self._find(request)
        script = self._stories.scripts["OtAutoBlock.js"]
        packed = self._keep((request.path,), published, lambda: auto_block(script, published.publication.site))
        return answer(request, packed, SCRIPT, FOR_A_WHILE)

    async def google(self, request: Request) -> Response:
        """Consent by region for Google's tags, to be run before them."""
        published = self._find(request)
        script = self._stories.scripts["google.js"]
        packed = self._keep((request.path,), published, lambda: google_script(script, published.publication))
        return answer(request, packed, SCRIPT, FOR_A_WHILE)

    async def brief(self, request: Request) -> Response:
        """Our short form, for this visitor's place and language."""
        published = self._find(request)
        query = request.query()
        place = read_place(query.get("geo", "")) or self._stories.locate(request)
        untracked = request.header(b"dnt") == "1"
        now = self._stories.now()
        view = view_of(published, place, query.get("lang", ""), now, untracked=untracked)
        day = now // DAY if view.ruling.framework else 0
        key = (request.path, place, view.language, untracked, day)
        packed = self._keep(key, published, lambda: pack(json.encode(self._brief(published, view))))
        return answer(request, packed, JSON, FOR_THIS_VISITOR)

    async def origin(self, request: Request) -> Response:
        """Whether receipts are taken from the asking page's origin: a browser cannot tell a page why it took none."""
        published, origin = self._find(request), request.header(b"origin")
        registered = self._stories.allows_origin(origin)
        if not registered:
            self._strangers.note(published.publication.site.id, origin, self._stories.now())
        return Response(200, json.encode({"origin": origin, "registered": registered}), (JSON, NO_STORE))

    def _brief(self, published: Published, view: View) -> dict[str, Any]:
        """The short form, with the scripts that speak the consent strings of this visitor's rule."""
        said = brief(view, self._stories.collection(published))
        strings = signals_part(view.ruling, view.publication.app_id, view.language, view.now)
        if not strings:
            return said
        names = ("otTCF.js", "otGPP.js") if "iab" in strings else ("otGPP.js",)
        return said | strings | {"more": [self._stories.scripts.named(name) for name in names]}

    async def vendors(self, request: Request) -> Response:
        """`iab/<hash>/rules.json` and `<language>.json` beside it: the vendors, as the vendor screen needs them."""
        published = self._find(request)
        found = next(((each, each.framework) for each in published.rulings.values() if each.framework), None)
        language, _, kind = request.params["file"].rpartition(".")
        languages = published.publication.site.languages
        if found is None or kind != "json" or language not in ("rules", *languages):
            raise Missing("there is no such list")
        (ruling, framework), now = found, self._stories.now()
        file = rules_file(framework, now) if language == "rules" else vendor_file(ruling, framework, language, now)
        for_ever = request.params["mark"] == mark(file)
        packed = self._keep((request.params["site"], "iab", mark(file)), published, lambda: pack(file))
        return answer(request, packed, JSON, FOR_EVER if for_ever else FOR_A_WHILE)

    async def words(self, request: Request) -> Response:
        """`words/<language>.json`: the words of what most visitors never see."""
        language, _, kind = request.params["file"].rpartition(".")
        if kind != "json" or language not in self._find(request).publication.site.languages:
            raise Missing("there is no such language")
        return answer(request, pack(json.encode(later_words(language))), JSON, FOR_A_WHILE)

    async def vendor_list(self, request: Request) -> Response:
        """The vendor list in force in its published form, where IAB's own library looks for it (iab.md §2)."""
        library, name = self._stories.library(), request.params["file"]
        if self._lists is None or self._lists[0] is not library:
            self._lists = (library, {})
        kept = self._lists[1]
        if name not in kept:
            kept[name] = pack(list_file(library, name))
        return answer(request, kept[name], JSON, FOR_A_WHILE)

    async def domain(self, request: Request) -> Response:
        """`<id>.json`: the long form of the site."""
        if request.params["file"] != f"{request.params['site']}.json":
            raise Missing("there is no such file")
        published, base = self._find(request), self._stories.base
        packed = self._keep(
            (request.path,), published, lambda: pack(json.encode(domain_json(published.publication, base)))
        )
        return answer(request, packed, JSON, FOR_A_WHILE)

    async def language(self, request: Request) -> Response:
        """`<rule>/<language>.json`: the long form of one rule in one language, or of a notice it has on trial."""
        published = self._find(request)
        ruling: Ruling | None = published.rulings.get(request.params["rule"])
        language, dot, kind = request.params["file"].rpartition(".")
        site = published.publication.site
        if ruling is None or not dot or kind != "json" or language not in site.languages:
            raise Missing("there is no such rule or language")
        view = View(published.publication, ruling, Place(), language, self._stories.now())
        if "variant" in request.params:
            view = on_trial(view, request.params["variant"])
        collection = self._stories.collection(published)
        told = (request.path, view.partners)
        packed = self._keep(told, published, lambda: pack(json.encode(language_json(view, collection))))
        return answer(request, packed, JSON, FOR_A_WHILE)

    def _find(self, request: Request) -> Published:
        """The publication a path names; sets the app id for the log."""
        request.app_id = request.params["site"].lower()
        return self._stories.published(request.app_id)

    def _keep(self, key: tuple[Any, ...], published: Published, make: Callable[[], Packed]) -> Packed:
        """What was packed for this publication, or is now; an older publication's answer is forgotten."""
        known = self._kept.get(key)
        if known is not None and known[0] is published:
            return known[1]
        packed = make()
        if len(self._kept) >= MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        self._kept[key] = (published, packed)
        return packed


def on_trial(view: View, name: str) -> View:
    """The same view with a variant of its rule. Raises Missing."""
    variant = next((each for each in view.ruling.rule.variants if each.id == name), None)
    if variant is None:
        raise Missing("there is no such variant")
    return structs.replace(view, variant=variant)


def list_file(library: Library, name: str) -> bytes:
    """One of the files below `/vendorlist`. Raises Missing."""
    if name in ("vendor-list.json", "iab2V2Data.json"):
        return write_list(library.vendors)
    if name == "googleData.json":
        rows = [
            {"id": each.id, "name": each.name, "policyUrl": safe_address(each.policy_url)}
            for each in library.providers.by_id.values()
        ]
        return json.encode({"vendors": rows})
    words: Headings | None = None
    if name.startswith("purposes-") and name.endswith(".json"):
        words = library.spoken(name.removeprefix("purposes-").removesuffix(".json"))
    if words is None:
        raise Missing("there is no such list")
    return json.encode(words)


def read_place(text: str) -> Place | None:
    """`DE;BE` as a place; None when it names none."""
    country, _, region = text.upper().partition(";")
    return Place(country, region[:8]) if len(country) == 2 and country.isalpha() else None
