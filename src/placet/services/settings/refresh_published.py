"""Put what is newly published on the shelf, where every call finds it without asking a store."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from msgspec import Struct

from placet.consent.rules.published import Published
from placet.events.policy.compile_source import sources_of
from placet.formats.crypto.jwt_verify import Keyring
from placet.formats.crypto.secret_box import BrokenSecret, SecretBox
from placet.formats.crypto.signatures import VerifyKey
from placet.formats.errors import Malformed
from placet.formats.lists.library import VendorLists
from placet.runtime.context import NodeContext
from placet.runtime.published_settings import ActiveSource
from placet.settings.organisation import KeySetting, Organisation
from placet.settings.site import Publication
from placet.stores.ports.catalogue import Draft
from placet.validation.secrets import secrets_in


class KeyRules(Struct, frozen=True):
    """How profile tokens are checked: where secrets are opened, clock leeway (ms), and how many are remembered."""

    secret_box: SecretBox
    leeway: int
    remember: int


async def refresh_published(context: NodeContext, rules: KeyRules, warn: Callable[[str], None]) -> bool:
    """Bring the shelf up to date; False when nothing had changed.

    A key that cannot be used is left out, and `warn` is told why: its bearers are then anonymous, nobody else is
    affected. Raises Busy.
    """
    if await context.stores.catalogue.revision() == context.published_settings.revision:
        return False
    fresh = await context.stores.catalogue.snapshot()

    known, vendor_lists = context.published_settings.current(), context.published_settings.vendor_lists
    by_app = {one.app_id: kept_or_new(one, known, vendor_lists) for one in fresh.publications}
    keyrings = {draft.organisation.id.lower(): keyring(draft.organisation, rules, warn) for draft in fresh.drafts}

    suppressed = await context.stores.suppressions.every()
    sources = [source for draft in fresh.drafts for source in open_sources(draft, rules, warn)]

    # All of it or nothing: a shelf at this revision is not looked at again before the next.
    context.published_settings.replace_suppressed(suppressed)
    context.published_settings.replace_sources(sources)
    context.published_settings.replace(fresh.revision, by_app, keyrings)
    return True


def kept_or_new(publication: Publication, current: dict[str, Published], vendor_lists: VendorLists) -> Published:
    """What is on the shelf already, with all that was worked out for it, when it is still the current one."""
    known = current.get(publication.app_id)
    return known if known and known.publication == publication else Published(publication, vendor_lists)


def keyring(organisation: Organisation, rules: KeyRules, warn: Callable[[str], None]) -> Keyring:
    """The organisation's active keys, ready to check tokens with."""
    usable = []
    for key in organisation.keys:
        try:
            opened = VerifyKey(key.id, key.algorithm, material(key, organisation, rules.secret_box))
            Keyring([opened])
        except (BrokenSecret, Malformed) as why:
            warn(f"the key {key.id} of {organisation.name} cannot be used: {why}")
            continue
        if key.active:
            usable.append(opened)
    return Keyring(usable, rules.leeway, rules.remember)


def open_sources(draft: Draft, rules: KeyRules, warn: Callable[[str], None]) -> Iterator[ActiveSource]:
    """The organisation's sources, compiled, with the secrets that can be opened.

    Events are taken in all the same: what goes to a destination whose secret is missing waits until it is mended.
    """
    for source in sources_of(draft.organisation, draft.version):
        secrets, inputs = {}, {}
        for connection, one in source.destinations.items():
            with told(warn, f"the destination {one.id} of {source.id} in {draft.organisation.name}"):
                held = secrets_in(one).items()
                secrets[connection] = {
                    name: rules.secret_box.open(secret, source.organisation) for name, secret in held
                }
        for key, secret in source.inputs.items():
            with told(warn, f"an input of {source.id} in {draft.organisation.name}"):
                inputs[key] = rules.secret_box.open(secret, source.organisation)
        yield ActiveSource(source, secrets, inputs)


@contextmanager
def told(warn: Callable[[str], None], what: str) -> Iterator[None]:
    """Go on without what cannot be opened, and say so."""
    try:
        yield
    except BrokenSecret as why:
        warn(f"{what} cannot be used: one of its secrets: {why}")


def material(key: KeySetting, organisation: Organisation, secret_box: SecretBox) -> str:
    """The key itself: opened, where it was sealed. Raises Broken."""
    if not key.secret:
        return key.public_key
    return secret_box.open(key.secret, organisation.id.lower()).decode()
