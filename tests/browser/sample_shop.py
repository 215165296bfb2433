"""A shop with a website for each layout, and rules for opt-in, opt-out and implied consent."""

from typing import Any, Final

from msgspec.structs import replace

from placet.api.web.words import table
from placet.settings.iab import Basis, IabSetting, RestrictionSetting, UsSetting
from placet.settings.notices import Button, Notice, Screen
from placet.settings.organisation import (
    CategorySetting,
    GroupSetting,
    KeySetting,
    Organisation,
    Purpose,
    RuleSet,
    SiteSetting,
    Workspace,
)
from placet.settings.purposes import CategoryKind, Cookie, GeneralVendor, Status, Texts
from placet.settings.regions import Model, Rule, Variant
from placet.settings.site import CookieManner

LAYOUTS: Final = ("bottom", "top", "corner", "center")
LOOKS: Final = ("choices", "list", "panel", "popup", "tab")
"""Sites with a banner that has switches, and with other looks of the preference centre."""
CLUB: Final = ("club", "club-small", "newer", "newer-small", "partners", "framed")
"""Sites in two consent groups; the small ones ask for fewer categories. In the second group the newer answer wins.
The last two are in no group: one has a partner beside its categories, one stands in other pages' frames."""
MANNERS: Final = {"framed": CookieManner(cross_site=True, partitioned=True, high_priority=True, iso_time=True)}
SWITCHED: Final = ("hosts",)
"""A site where people may switch each host of others by itself."""
ONE_BUTTON: Final = "one-button"
"""A site whose preference centre has one button, which saves."""
SMALL: Final = ("C0001", "C0002")
SECRET: Final = "a synthetic secret of the shop, 64 bytes long so that HS512 has it!"
APP: Final = {
    name: f"5d0c1b3e-0000-4000-8000-0000000000{at:02}"
    for at, name in enumerate((*LAYOUTS, *CLUB, *LOOKS, *SWITCHED, ONE_BUTTON))
}
LANGUAGES: Final = ("en", "de", "ar")

FRAMEWORK: Final = IabSetting(
    cmp_id=300,
    cmp_version=7,
    country="FR",
    vendors=(2, 8, 12, 25, 755),
    google_providers=(89, 108),
    stacks=(2,),
    restrictions=(
        RestrictionSetting(8, Basis.NOT_AT_ALL, (25,)),
        RestrictionSetting(9, Basis.CONSENT, (755,)),
    ),
    custom_purposes=("C0002",),
)
"""Five vendors of the bundled list, two of Google's providers, one stack, two restrictions."""

ALWAYS: Final = {"C0001": Status.ALWAYS_ACTIVE}
TEXT: Final = {
    "en": "We use cookies to keep this shop running, to count visits and, if you agree, to show you our offers "
    'elsewhere. You can change your mind at any time. Read our <a href="/cookies">cookie policy</a>.',
    "de": "Wir nutzen Cookies, damit der Laden läuft, um Besuche zu zählen und, wenn Sie zustimmen, um Ihnen unsere "
    'Angebote anderswo zu zeigen. Mehr in unserer <a href="/cookies">Cookie-Richtlinie</a>.',
    "ar": "نستخدم ملفات تعريف الارتباط لتشغيل هذا المتجر ولإحصاء الزيارات، وإذا وافقت، لعرض عروضنا في أماكن أخرى. "
    'يمكنك تغيير رأيك في أي وقت. اقرأ <a href="/cookies">سياسة ملفات تعريف الارتباط</a>.',
}
CATEGORIES: Final = (
    CategorySetting(
        "C0001",
        {"en": "Strictly necessary", "de": "Unbedingt erforderlich", "ar": "ضرورية تمامًا"},
        purpose="run",
        description={"en": "Keeps your basket and your login safe.", "ar": "يحافظ على سلة التسوق وتسجيل الدخول."},
        cookies=(Cookie("basket", life_days=7, description={"en": "What is in your basket."}),),
    ),
    CategorySetting(
        "C0002",
        {"en": "Performance", "de": "Leistung", "ar": "الأداء"},
        purpose="count",
        description={"en": "Counts visits so that we know <b>what works</b>.", "ar": "يحصي الزيارات لنعرف ما ينجح."},
        cookies=(Cookie("_tally*", life_days=90, description={"en": "Counts your visits."}),),
        hosts=("stats.test",),
        vendors=("tally",),
    ),
    CategorySetting("C0003", {"en": "Comfort", "de": "Komfort", "ar": "الراحة"}, purpose="comfort"),
    CategorySetting("BG1", {"en": "Marketing", "ar": "التسويق"}, kind=CategoryKind.BRANCH),
    CategorySetting(
        "C0004",
        {"en": "Advertising", "de": "Werbung", "ar": "الإعلانات"},
        parent="BG1",
        purpose="ads",
        description={"en": "Shows you our tents elsewhere.", "ar": "يعرض لك خيامنا في أماكن أخرى."},
        cookies=(Cookie("seen", "ads.test", 30, {"en": "Which tents you saw."}, third_party=True),),
        hosts=("ads.test", "video.test"),
    ),
    CategorySetting(
        "C0005",
        {"en": "Social media", "de": "Soziale Medien", "ar": "وسائل التواصل"},
        parent="BG1",
        purpose="social",
        description={"en": "Lets you share what you found.", "ar": "يتيح لك مشاركة ما وجدته."},
    ),
)


def our(word: str) -> Texts:
    """One of our own fixed words."""
    return {language: table()[language][word] for language in LANGUAGES}


def a_notice(layout: str) -> Notice:
    """The shop's notice, standing there."""
    return Notice(
        layout,
        banner=Screen(
            {"en": "Your choice of cookies", "de": "Ihre Cookie-Auswahl", "ar": "اختيارك لملفات تعريف الارتباط"},
            TEXT,
            accept=Button(our("accept"), 1),
            reject=Button(our("reject"), 0),
            manage=Button(our("manage"), 2),
        ),
        preferences=Screen(
            {"en": "Privacy preferences", "de": "Datenschutz-Einstellungen", "ar": "تفضيلات الخصوصية"},
            {"en": "Decide for each category what we may do. Necessary cookies are always on.", "ar": "قرر لكل فئة."},
            accept=Button(our("accept")),
            reject=Button(our("reject")),
            confirm=Button(our("save")),
            close=Button(our("close")),
        ),
        layout="bottom" if layout in LOOKS[1:] else layout,
        preferences_layout=layout if layout in LOOKS[1:] else "center",
        policy_url={"en": "https://www.shop.test/privacy"},
        policy_text={"en": "Privacy policy", "de": "Datenschutz", "ar": "سياسة الخصوصية"},
    )


def a_notice_with_one_button() -> Notice:
    """A notice whose preference centre can only be confirmed."""
    usual = a_notice("bottom")
    one = replace(usual.preferences, accept=None, reject=None, close=None)
    return replace(usual, id=ONE_BUTTON, preferences=one)


OPT_OUT: Final = {"model": Model.OPT_OUT}
GOOGLE: Final = {"ad_storage": "C0004", "analytics_storage": "C0002", "ad_user_data": "C0004"}
COLORADO: Final = UsSetting(
    ("usnat", "usco", "uspv1"), usp=True, sale=("C0004",), targeted_advertising=("C0004", "C0005")
)
ON_IN_JAPAN: Final = ALWAYS | dict.fromkeys(("C0002", "C0003"), Status.ACTIVE)
RULES: Final[tuple[tuple[str, str, str, dict[str, Any]], ...]] = (
    ("eu", "Europe", "EEA", {"default": True}),
    ("google", "United Kingdom", "GB", {"consent_mode": GOOGLE, "microsoft_consent": True, "meta_category": "C0004"}),
    ("us", "California", "US-CA", OPT_OUT | {"template": "CPRA", "signals_off": ("C0004", "C0005")}),
    ("tcf", "France", "FR", {"template": "IAB2V2"}),
    ("co", "Colorado", "US-CO", OPT_OUT | {"template": "COLORADO", "meta_category": "C0004", "us_strings": COLORADO}),
    ("va", "Virginia", "US-VA", OPT_OUT | {"template": "CDPA", "signals_off": ("C0004",), "consent_mode": GOOGLE}),
    ("trial", "Portugal", "PT", {}),
    ("br", "Brazil", "BR", {"model": Model.IMPLIED}),
    ("jp", "Japan", "JP", {"show_banner": False, "statuses": ON_IN_JAPAN, "do_not_track": ("C0002",)}),
)
"""The rules by id, with their names, places, and in what each differs from a plain opt-in."""


def some_rules(layout: str) -> RuleSet:
    """Europe is asked, France by the IAB's framework, California and Colorado may object, Brazil consents silently.

    In Portugal half of the visitors see the notice in another place.
    """
    on_trial = (Variant("small", "top" if layout == "corner" else "corner", 50),)
    rules = (Rule(id, name, layout, places=(place,), **{"statuses": ALWAYS} | more) for id, name, place, more in RULES)
    return RuleSet(layout, tuple(replace(rule, variants=on_trial) if rule.id == "trial" else rule for rule in rules))


def a_club_site(name: str, origins: tuple[str, ...]) -> SiteSetting:
    """A site of one of the clubs."""
    categories = SMALL if name.endswith("small") else ()
    return a_site(
        name,
        "bottom",
        origins,
        categories=categories,
        vendors=("tally",) if name == "partners" else (),
        cookies=MANNERS.get(name, CookieManner()),
    )


def a_site(name: str, rules: str, origins: tuple[str, ...], **more: Any) -> SiteSetting:
    """One of the shop's sites."""
    return SiteSetting(name, APP[name], f"Shop, {name}", rules=rules, origins=origins, **more)


def a_shop(origins: tuple[str, ...]) -> Organisation:
    """The shop, whose pages stand under these origins."""
    sites = (a_site(layout, layout, origins, vendors=()) for layout in (*LAYOUTS, *LOOKS, ONE_BUTTON))
    switched = (a_site(name, "bottom", origins, vendors=(), host_switches=True) for name in SWITCHED)
    club = (a_club_site(name, origins) for name in CLUB)
    return Organisation(
        "0a0b0000-0000-4000-8000-00000000000a",
        "The shop",
        purposes=tuple(Purpose(id, {"en": id}) for id in ("run", "count", "comfort", "ads", "social")),
        workspaces=(
            Workspace(
                "shop",
                "Shop",
                LANGUAGES,
                categories=CATEGORIES,
                vendors=(GeneralVendor("tally", "7a11e000-0000-4000-8000-000000000001", "Tally Ltd"),),
                notices=(*(a_notice(layout) for layout in (*LAYOUTS, *LOOKS)), a_notice_with_one_button()),
                region_rules=tuple(some_rules(layout) for layout in (*LAYOUTS, *LOOKS, ONE_BUTTON)),
                sites=(*sites, *club, *switched),
                iab=FRAMEWORK,
            ),
        ),
        consent_groups=(
            GroupSetting("club", "Club", ("shop/club", "shop/club-small"), sync_notice=True),
            GroupSetting("newer", "Newer", ("shop/newer", "shop/newer-small"), override=True),
        ),
        keys=(KeySetting("shop", "HS256", secret=SECRET),),
    )
