"""Checks of destination filters."""

from placet.events.filters.actions import object_to_filters
from placet.events.filters.ast import BadFilter
from placet.events.filters.device_mode import doubts
from placet.events.filters.filter import read_filter
from placet.events.filters.from_settings import rule_of
from placet.settings.organisation import Organisation
from placet.validation.checks.connections import connections
from placet.validation.checks.device_mode import in_pages
from placet.validation.finding import Finding, Severity
from placet.validation.paths import Path


def check_filters(organisation: Organisation) -> tuple[Finding, ...]:
    """Filters that cannot be read. `consent.check` cannot see this: it knows nothing of events."""
    found = []
    for path, _, setting in connections(organisation):
        texts = [((*path, "filter"), setting.filter or "all")]
        texts += [((*path, "filters", at, "when"), one.when) for at, one in enumerate(setting.filters)]
        for spot, text in texts:
            try:
                read_filter(text)
            except BadFilter as why:
                found.append(unreadable(spot, why))
        if not found:
            wrong = object_to_filters(tuple(map(rule_of, setting.filters)))
            cure = "change the filter"
            found += [Finding(Severity.ERROR, "bad-filter", (*path, "filters"), why, cure) for why in wrong]
    for path, _, destination in in_pages(organisation):
        found += check_for_pages((*path, "filter"), destination.filter or "all")
    return tuple(found)


def check_for_pages(spot: Path, text: str) -> list[Finding]:
    """What is wrong with a filter that browsers run: we cannot read it, or they would read it otherwise."""
    try:
        condition = read_filter(text)
    except BadFilter as why:
        return [unreadable(spot, why)]
    cure = "write it another way, or nothing goes there: no page can be trusted to read it as we do"
    return [Finding(Severity.WARNING, "doubtful-filter", spot, doubt, cure) for doubt in doubts(condition.tree)]


def unreadable(spot: Path, why: BadFilter) -> Finding:
    """A filter that is none."""
    return Finding(Severity.ERROR, "bad-filter", spot, why.problem, why.cure)
