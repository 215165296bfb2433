"""The paths a web page loads from (web-sdk.md §1, §2)."""

from collections.abc import Callable
from typing import Any, Final

from msgspec import Struct, json, structs

from placet.api.http.request import JSON, Header, Request, Response
from placet.api.http.routes import Dialect, Route
from placet.api.http.static_files import FOR_A_WHILE, FOR_EVER, SCRIPT, StaticFile, answer, pack
from placet.api.web.google import google_script
from placet.api.web.onetrust_site_data import domain_json, language_json
from placet.api.web.origins import Strangers
from placet.api.web.scripts import SdkScripts, auto_block
from placet.api.web.signals import mark, rules_file, signals_part, vendor_file
from placet.api.web.site_data import Collection, NoticeView, site_data, view_of
from placet.api.web.words import later_words
from placet.consent.rules.banner import DAY
from placet.consent.rules.effective_rule import EffectiveRule
from placet.consent.rules.published import Published
from placet.errors import Missing
from placet.formats.lists.gvl import write_list
from placet.formats.lists.gvl_entries import Headings
from placet.formats.lists.library import VendorLists
from placet.formats.web_address import safe_address
from placet.settings.regions import Place

FOR_THIS_VISITOR: Final = b"private, max-age=300"
"""For an answer that depends on where the visitor is."""

NO_STORE: Final[Header] = (b"cache-control", b"no-store")

UNVERSIONED: Final = frozenset({"otSDKStub.js", "OtAutoBlock.js", "google.js", "tcf.stub.js", "otCCPAiab.js"})
"""Scripts that have a stable name of their own."""

MAX_KEPT: Final = 2048
"""Answers kept packed; a site has one for each rule, place and language that is asked for."""


class WebServices(Struct, frozen=True):
    """What this dialect depends on.

    `published` finds a publication by app id and raises Missing; `locate` says where a request comes from;
    `collection` says where a site's receipts go; `base` is our own address, without a slash at its end;
    `vendor_lists` gives
    the vendor lists in force; `now` is epoch ms.
    """

    published: Callable[[str], Published]
    locate: Callable[[Request], Place]
    collection: Callable[[Published], Collection | None]
    base: str
    scripts: SdkScripts
    vendor_lists: Callable[[], VendorLists]
    now: Callable[[], int]
    allows_origin: Callable[[str], bool] = lambda _: True
    """May pages of this origin send receipts?"""


class WebDialect:
    """Scripts, and settings in both forms. Everything may be read by any page: it is what visitors see."""

    def __init__(self, services: WebServices) -> None:
        self._services = services
        self._kept: dict[tuple[Any, ...], tuple[Published, StaticFile]] = {}
        self._lists: tuple[VendorLists, dict[str, StaticFile]] | None = None
        self._strangers = Strangers()
        self.dialect = Dialect("web", allows=lambda *_: True)

    def routes(self) -> list[Route]:
        """Every path of this dialect; fixed names stand before those with places."""
        paths = {
            "/scripttemplates/otSDKStub.js": self.stub,
            "/consent/{site}/otSDKStub.js": self.stub,
            "/consent/tcf.stub.js": self.early,
            "/opt-out/otCCPAiab.js": self.privacy,
            "/scripttemplates/{version}/sri-hashes.json": self.hashes,
            "/scripttemplates/{version}/{name}": self.script,
            "/consent/{site}/OtAutoBlock.js": self.auto_block,
            "/consent/{site}/google.js": self.google,
            "/consent/{site}/brief.json": self.site_data,
            "/consent/{site}/origin.json": self.origin,
            "/vendorlist/{file}": self.vendor_list,
            "/consent/{site}/iab/{mark}/{file}": self.vendors,
            "/consent/{site}/words/{file}": self.words,
            "/consent/{site}/{file}": self.domain,
            "/consent/{site}/{rule}/{file}": self.language,
            "/consent/{site}/{rule}/variants/{variant}/{file}": self.language,
        }
        return [Route("GET", path, handler, self.dialect) for path, handler in paths.items()]

    async def stub(self, request: Request) -> Response:
        """The stub, under its stable names."""
        return answer(request, self._services.scripts["otSDKStub.js"], SCRIPT, FOR_A_WHILE)

    async def early(self, request: Request) -> Response:
        """What stands in for `__tcfapi` before any other script, on pages that cannot wait for the stub."""
        return answer(request, self._services.scripts["tcf.stub.js"], SCRIPT, FOR_A_WHILE)

    async def privacy(self, request: Request) -> Response:
        """The US Privacy string for pages that load it by its own tag."""
        return answer(request, self._services.scripts["otCCPAiab.js"], SCRIPT, FOR_A_WHILE)

    async def script(self, request: Request) -> Response:
        """A script of this version. Asked for by an older hash, it is today's, to be kept for a while only."""
        packed = self._services.scripts.files.get(request.params["name"])
        if packed is None or request.params["name"] in UNVERSIONED:
            raise Missing("there is no such script")
        for_ever = request.params["version"] == packed.mark
        return answer(request, packed, SCRIPT, FOR_EVER if for_ever else FOR_A_WHILE)

    async def hashes(self, request: Request) -> Response:
        """The integrity of every script."""
        return answer(request, pack(json.encode(self._services.scripts.hashes)), JSON, FOR_A_WHILE)

    async def auto_block(self, request: Request) -> Response:
        """The blocking script with the site's own table."""
        published = self._find(request)
        script = self._services.scripts["OtAutoBlock.js"]
        packed = self._keep((request.path,), published, lambda: auto_block(script, published.publication.site))
        return answer(request, packed, SCRIPT, FOR_A_WHILE)

    async def google(self, request: Request) -> Response:
        """Consent by region for Google's tags, to be run before them."""
        published = self._find(request)
        script = self._services.scripts["google.js"]
        packed = self._keep((request.path,), published, lambda: google_script(script, published.publication))
        return answer(request, packed, SCRIPT, FOR_A_WHILE)

    async def site_data(self, request: Request) -> Response:
        """Our short form, for this visitor's place and language."""
        published = self._find(request)
        query = request.query()
        place = read_place(query.get("geo", "")) or self._services.locate(request)
        untracked = request.header(b"dnt") == "1"
        now = self._services.now()
        view = view_of(published, place, query.get("lang", ""), now, untracked=untracked)
        day = now // DAY if view.ruling.framework else 0
        key = (request.path, place, view.language, untracked, day)
        packed = self._keep(key, published, lambda: pack(json.encode(self._site_data(published, view))))
        return answer(request, packed, JSON, FOR_THIS_VISITOR)

    async def origin(self, request: Request) -> Response:
        """Whether receipts are taken from the asking page's origin: a browser cannot tell a page why it took none."""
        published, origin = self._find(request), request.header(b"origin")
        registered = self._services.allows_origin(origin)
        if not registered:
            self._strangers.note(published.publication.site.id, origin, self._services.now())
        return Response(200, json.encode({"origin": origin, "registered": registered}), (JSON, NO_STORE))

    def _site_data(self, published: Published, view: NoticeView) -> dict[str, Any]:
        """The short form, with the scripts that speak the consent strings of this visitor's rule."""
        said = site_data(view, self._services.collection(published))
        strings = signals_part(view.ruling, view.publication.app_id, view.language, view.now)
        if not strings:
            return said
        names = ("otTCF.js", "otGPP.js") if "iab" in strings else ("otGPP.js",)
        return said | strings | {"more": [self._services.scripts.named(name) for name in names]}

    async def vendors(self, request: Request) -> Response:
        """`iab/<hash>/rules.json` and `<language>.json` beside it: the vendors, as the vendor screen needs them."""
        published = self._find(request)
        found = next(((each, each.framework) for each in published.rules.values() if each.framework), None)
        language, _, kind = request.params["file"].rpartition(".")
        languages = published.publication.site.languages
        if found is None or kind != "json" or language not in ("rules", *languages):
            raise Missing("there is no such list")
        (rule, framework), now = found, self._services.now()
        file = rules_file(framework, now) if language == "rules" else vendor_file(rule, framework, language, now)
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
        vendor_lists, name = self._services.vendor_lists(), request.params["file"]
        if self._lists is None or self._lists[0] is not vendor_lists:
            self._lists = (vendor_lists, {})
        kept = self._lists[1]
        if name not in kept:
            kept[name] = pack(list_file(vendor_lists, name))
        return answer(request, kept[name], JSON, FOR_A_WHILE)

    async def domain(self, request: Request) -> Response:
        """`<id>.json`: the long form of the site."""
        if request.params["file"] != f"{request.params['site']}.json":
            raise Missing("there is no such file")
        published, base = self._find(request), self._services.base
        packed = self._keep(
            (request.path,), published, lambda: pack(json.encode(domain_json(published.publication, base)))
        )
        return answer(request, packed, JSON, FOR_A_WHILE)

    async def language(self, request: Request) -> Response:
        """`<rule>/<language>.json`: the long form of one rule in one language, or of a notice it has on trial."""
        published = self._find(request)
        rule: EffectiveRule | None = published.rules.get(request.params["rule"])
        language, dot, kind = request.params["file"].rpartition(".")
        site = published.publication.site
        if rule is None or not dot or kind != "json" or language not in site.languages:
            raise Missing("there is no such rule or language")
        view = NoticeView(published.publication, rule, Place(), language, self._services.now())
        if "variant" in request.params:
            view = on_trial(view, request.params["variant"])
        collection = self._services.collection(published)
        told = (request.path, view.partners)
        packed = self._keep(told, published, lambda: pack(json.encode(language_json(view, collection))))
        return answer(request, packed, JSON, FOR_A_WHILE)

    def _find(self, request: Request) -> Published:
        """The publication a path names; sets the app id for the log."""
        request.app_id = request.params["site"].lower()
        return self._services.published(request.app_id)

    def _keep(self, key: tuple[Any, ...], published: Published, make: Callable[[], StaticFile]) -> StaticFile:
        """What was packed for this publication, or is now; an older publication's answer is forgotten."""
        known = self._kept.get(key)
        if known is not None and known[0] is published:
            return known[1]
        packed = make()
        if len(self._kept) >= MAX_KEPT:
            del self._kept[next(iter(self._kept))]
        self._kept[key] = (published, packed)
        return packed


def on_trial(view: NoticeView, name: str) -> NoticeView:
    """The same view with a variant of its rule. Raises Missing."""
    variant = next((each for each in view.ruling.rule.variants if each.id == name), None)
    if variant is None:
        raise Missing("there is no such variant")
    return structs.replace(view, variant=variant)


def list_file(vendor_lists: VendorLists, name: str) -> bytes:
    """One of the files below `/vendorlist`. Raises Missing."""
    if name in ("vendor-list.json", "iab2V2Data.json"):
        return write_list(vendor_lists.vendors)
    if name == "googleData.json":
        rows = [
            {"id": each.id, "name": each.name, "policyUrl": safe_address(each.policy_url)}
            for each in vendor_lists.providers.by_id.values()
        ]
        return json.encode({"vendors": rows})
    words: Headings | None = None
    if name.startswith("purposes-") and name.endswith(".json"):
        words = vendor_lists.spoken(name.removeprefix("purposes-").removesuffix(".json"))
    if words is None:
        raise Missing("there is no such list")
    return json.encode(words)


def read_place(text: str) -> Place | None:
    """`DE;BE` as a place; None when it names none."""
    country, _, region = text.upper().partition(";")
    return Place(country, region[:8]) if len(country) == 2 and country.isalpha() else None
