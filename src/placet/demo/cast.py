"""The sites and the person of the tour."""

from placet.demo.device import Api, Device, profile_token
from placet.demo.sample_destinations import SampleDestinations

SHOP_WEB = "b46795ad-9e18-4330-83f2-9b8e3c31c07f"
SHOP_IOS = "fa08756c-9033-4296-b810-baf1a64fa63c"
NEWS_WEB = "2791b295-3ce6-49bb-be1a-d397e62d7116"
STREAM_APP = "a410e0c4-bf0a-44c2-aebe-589079a8d01d"
STREAM_TV = "2f0f611f-6ed5-4211-8160-b9ef627ad4f3"
TENANT = "74415a07-57d5-4663-8f6f-9501d34cf56f"


class Cast:
    """Everyone who appears, the secret with which the company's login server signs, and where events may go."""

    def __init__(self, api: Api, secret: str, destinations: SampleDestinations) -> None:
        self.api = api
        self.destinations = destinations
        self.secret = secret
        self.phone = Device(api, "Ada's phone", SHOP_IOS, "DE")
        self.browser = Device(api, "Ada's laptop", SHOP_WEB, "DE")

    def token(self, person: str) -> str:
        """The profile token of a person."""
        return profile_token(person, self.secret)
