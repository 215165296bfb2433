"""Settings become sources: gates, mapping, and what is wrong with filters."""

import pytest

from placet.events.policy.compile_source import sources_of
from placet.events.policy.data_filter import DataFilter, Switch
from placet.events.policy.forwarding_rules import (
    ConsentRow,
    ConsentRule,
    EventAttributeRule,
    ForwardingRules,
    SaleRow,
    UserAttributeRule,
)
from placet.settings.connections import ConsentBasis, Mode, Need
from placet.validation.checks.filters import check_filters
from tests.small_organisation import small

SEND = """    sources:
      - {id: web-events, name: E, write_keys: [key-key-1, key-key-2], site: web}
    destinations:
      - {id: hook, name: Hook, url: https://hook.example, enabled: true}
    connections:
      - {id: to-hook, source: web-events, destination: hook, purposes: ads}
consent_groups:"""


def organisation(*swaps: tuple[str, str]):
    text = SEND
    for old, new in swaps:
        assert old in text
        text = text.replace(old, new)
    return small(("consent_groups:", text))


def source(*swaps: tuple[str, str]):
    (found,) = sources_of(organisation(*swaps), 7)
    return found


def test_a_source_knows_its_place_its_keys_and_its_people():
    found = source()
    assert found.place == ("11111111-1111-4111-8111-111111111111", "shop/web-events")
    assert found.write_keys == ("key-key-1", "key-key-2")
    assert found.group is not None


def test_a_connection_carries_the_version_of_the_settings_and_its_gates():
    connection = source(("purposes: ads", "purposes: ads, need: any, mode: segment, truth: latest")).connection(
        "to-hook"
    )
    assert (connection.version, connection.names, connection.purposes) == (7, ("hook", "Hook"), ("ads",))
    assert (connection.need, connection.mode, connection.truth) == (Need.ANY, Mode.SEGMENT, ConsentBasis.LATEST)


def test_categories_and_profile_items_speak_for_purposes():
    mapping = source().routes.mapping
    assert mapping.categories == {"C0001": "run", "C0004": "ads"}
    assert sorted(mapping.items.values()) == ["ads", "run", "sale"]
    assert source().categories(source().connection("to-hook")) == ("C0004",)


RULES = """purposes: ads
        share: 25
        rules:
          consent: {forward: only, when: [ads, {purpose: sale, given: false}]}
          person: {forward: except, name: plan, value: gold}
          event: {forward: only, name: a, value: b}
          known_only: true
        data: {off: [[event, navigation, Clicked], [identity, email]], on: [[user, plan]], new: false}"""


def test_rules_shares_and_data_points_are_settings_of_a_connection():
    block = "      - id: to-hook\n        source: web-events\n        destination: hook\n        " + RULES
    flow = "      - {id: to-hook, source: web-events, destination: hook, purposes: ads}"
    connection = source((flow, block)).connection("to-hook")
    assert connection.rules == ForwardingRules(
        consent=ConsentRule(only=True, rows=(ConsentRow("ads"), SaleRow(present=True))),
        user=UserAttributeRule(only=False, name="plan", value="gold"),
        event=EventAttributeRule(only=True, name="a", value="b"),
        known_only=True,
    )
    assert connection.share == 0.25
    switches = (Switch(("event", "navigation", "Clicked"), False), Switch(("identity", "email"), False))
    assert connection.data == DataFilter((*switches, Switch(("user", "plan"), True)), new=False)


def test_an_input_opens_a_source_with_its_secret_alone():
    found = source(("write_keys: [key-key-1, key-key-2]", "inputs: [{key: us1-server, secret: sealed:x}]"))
    assert (found.write_keys, found.inputs) == ((), {"us1-server": "sealed:x"})


@pytest.mark.parametrize("part", ["enabled: true", "purposes: ads"])
def test_a_connection_is_off_when_it_or_its_destination_is(part: str):
    off = source((part, "enabled: false" if part.startswith("enabled") else "purposes: ads, enabled: false"))
    assert off.connection("to-hook").enabled is False


def test_a_filter_that_cannot_be_read_is_found_where_it_stands():
    assert check_filters(organisation(("purposes: ads", "purposes: ads, filter: 'type = \"track\"'"))) == ()
    (finding,) = check_filters(organisation(("purposes: ads", "purposes: ads, filter: 'type ='")))
    assert (finding.code, finding.path[-1]) == ("bad-filter", "filter")
    assert finding.cure


IN_PAGE = """    page_destinations:
      - {id: pixel, name: Pixel, source: web-events, script: https://pixel.example/p.js, library: pixel, purposes: ads}
consent_groups:"""


def test_a_source_knows_whom_its_pages_send_to():
    (pixel,) = source(("consent_groups:", IN_PAGE)).in_page
    assert (pixel.setting.id, pixel.categories) == ("pixel", ("C0004",))
    assert source(("consent_groups:", IN_PAGE.replace("purposes: ads", "enabled: false"))).in_page == ()


@pytest.mark.parametrize(
    "text, code", [("type =", "bad-filter"), ("typeof(userId) = 'null'", "doubtful-filter"), ("type = 'page'", "")]
)
def test_a_filter_for_pages_must_mean_the_same_there(text: str, code: str):
    filtered = IN_PAGE.replace("purposes: ads", f'purposes: ads, filter: "{text}"')
    found = [finding.code for finding in check_filters(organisation(("consent_groups:", filtered)))]
    assert found == ([code] if code else [])
