"""A device that keeps consent strings as the TV client does: they survive a trip through regions without them."""

from dataclasses import dataclass, field
from typing import Any

from placet.formats import additional
from placet.formats.additional import AdditionalConsent
from placet.formats.gpp import gpp
from placet.formats.gpp.gpp import Gpp
from placet.formats.tcf import tcf
from placet.formats.tcf.tcf import TcString
from tests.api.cmp.device import Device
from tests.api.node_context import Answer

NEWS = "news/news-app"
STRINGS = {
    "OT_Tcf_Eu2v2_Consent_String": "IABTCF_TCString",
    "OT_Addtl_Consent_String": "IABTCF_AddtlConsent",
    "OT_GPP_String": "IABGPP_HDR_GppString",
}


@dataclass
class Reader(Device):
    """Somebody who reads the newspaper on their phone (cmp-api.md §13.3: the shared value is sent, else the backup)."""

    site: str = NEWS
    country: str = "NL"
    backup: dict[str, str] = field(default_factory=dict)
    gpc: bool = False

    def headers(self, **more: str) -> dict[str, str]:
        """What it sends: its strings beside everything else."""
        strings = {header: self.keys.get(key) or self.backup.get(key, "") for header, key in STRINGS.items()}
        return super().headers(**(strings | ({"Sec_GPC": "1"} if self.gpc else {}) | more))

    def take(self, answer: Answer) -> Any:
        """Backs up the strings, deletes all keys, writes the new ones."""
        old = {key: self.keys[key] for key in STRINGS.values() if self.keys.get(key)}
        said = super().take(answer)
        self.backup = {key: text for key, text in (self.backup | old).items() if key not in self.keys}
        return said

    @property
    def tc(self) -> TcString:
        """The TC string it holds, read."""
        return tcf.decode(self.keys["IABTCF_TCString"])

    @property
    def ac(self) -> AdditionalConsent:
        """The AC string it holds, read."""
        return additional.decode(self.keys["IABTCF_AddtlConsent"])

    @property
    def gpp(self) -> Gpp:
        """The GPP string it holds, read."""
        return gpp.decode(self.keys["IABGPP_HDR_GppString"])

    def field(self, name: str) -> Any:
        """A field of the one US section it holds."""
        (section,) = self.gpp.sections
        return section.flat()[name]


def iab_keys(said: Any) -> set[str]:
    """The IAB keys an answer hands out."""
    return {key for key in said["storageKeys"] if key.startswith("IAB")}
