"""A destination that pages send to by themselves: what they are told so that they heed consent (segment.md §6.4)."""

from typing import Any

from msgspec import Struct

from placet.events.filters.actions import FilterRule, only_send
from placet.events.filters.ast import Compare, Literal, Path
from placet.events.filters.filter import Filter, read_filter
from placet.events.filters.routing import Routing, route
from placet.events.policy.purposes import PurposeMapping
from placet.settings.connections import PageDestinationSetting


class PageDestination(Struct, frozen=True):
    """The setting, the categories that must be granted (as pages know them), and the rules that hold events back."""

    setting: PageDestinationSetting
    categories: tuple[str, ...]
    routing: Routing

    @property
    def rules(self) -> tuple[dict[str, Any], ...]:
        """The rules in the CDN's shape."""
        return self.routing.rules


def page_destination(setting: PageDestinationSetting, mapping: PurposeMapping) -> PageDestination:
    """One destination, ready for pages. Raises BadFilter, and KeyError for a purpose the workspace does not have."""
    need = mapping.mask(setting.purposes)
    categories = tuple(sorted(category for category, bit in mapping.category_bits.items() if bit & need))
    rules = [agreed(category) for category in categories]
    if setting.filter:
        rules.append(only_send("filter", read_filter(setting.filter)))
    return PageDestination(setting, categories, route(setting.name, tuple(rules)))


def agreed(category: str) -> FilterRule:
    """Send nothing that is not stamped with this category's consent: no stamp is no consent."""
    stamp = Path(("context", "consent", "categoryPreferences", category))
    return only_send(f"consent to {category}", Filter(Compare("=", stamp, Literal(True))))


def reaches_pages(setting: PageDestinationSetting) -> bool:
    """Is a page told of it at all? Not while it is off, or nobody said what it is for."""
    return setting.enabled and bool(setting.purposes or setting.exempt)
