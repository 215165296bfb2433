"""The hosts of others: which ones a category reaches, under ids that never pass from one to another."""

from msgspec.structs import replace

from placet.api.web.hosts import hosts_of, lasting_id, switched
from placet.settings.purposes import Category, Cookie

ADS = Category(
    "C0004",
    {"en": "Advertising"},
    "ads",
    hosts=("ads.test", "video.test"),
    cookies=(
        Cookie("seen", "ads.test", third_party=True),
        Cookie("mark", "mark.test", third_party=True),
        Cookie("own", "shop.test"),
    ),
)


def test_hosts_are_those_of_tags_and_of_strange_cookies():
    assert hosts_of(ADS) == ("ads.test", "video.test", "mark.test")


def test_an_id_stays_when_other_hosts_come():
    more = replace(ADS, hosts=("new.test", *ADS.hosts))
    assert set(switched(ADS)) < set(switched(more))
    assert len(set(switched(more))) == 4


def test_a_host_in_two_categories_is_two_questions():
    assert lasting_id("C0002", "ads.test") != lasting_id("C0004", "ads.test")
