"""The secrets of a node, each for one purpose, all derived from one master secret."""

from msgspec import Struct

from placet.app.master_secret import derive
from placet.formats.crypto.secret_box import SecretBox
from placet.formats.crypto.secret_box import make as make_vault


class NodeSecrets(Struct, frozen=True):
    """What hides people behind pseudonyms, what signs receipts and tokens, what seals the secrets of others."""

    pepper: bytes
    receipts: bytes
    secret_box: SecretBox


def secrets_of(master: bytes) -> NodeSecrets:
    """Derive every secret from the master's; the same on every node."""
    return NodeSecrets(
        pepper=derive(master, "pseudonyms"),
        receipts=derive(master, "receipts"),
        secret_box=make_vault(master),
    )
