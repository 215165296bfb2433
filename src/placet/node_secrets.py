"""The secrets of a node, each for one purpose, all derived from one master secret."""

from msgspec import Struct

from placet.formats.vault import Vault
from placet.formats.vault import make as make_vault
from placet.master import derive


class NodeSecrets(Struct, frozen=True):
    """What hides people behind pseudonyms, what signs receipts and tokens, what seals the secrets of others."""

    pepper: bytes
    receipts: bytes
    vault: Vault


def secrets_of(master: bytes) -> NodeSecrets:
    """Derive every secret from the master's; the same on every node."""
    return NodeSecrets(
        pepper=derive(master, "pseudonyms"),
        receipts=derive(master, "receipts"),
        vault=make_vault(master),
    )
