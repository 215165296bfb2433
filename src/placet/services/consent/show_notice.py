"""Show a person the notice that is due to them: banner, preferences or vendors."""

from msgspec import Struct

from placet.consent.context import ConsentStatus, RequestContext
from placet.consent.decide import evaluate_consent
from placet.consent.profile.person import Mismatch
from placet.consent.request import ConsentRequest, receive
from placet.errors import Contradiction
from placet.runtime.context import NodeContext
from placet.runtime.keep_signals import keep_signals
from placet.runtime.optimistic_retry import retry_on_conflict


class ShownNotice(Struct, frozen=True):
    """The call as it was understood, and where the person stands."""

    context: RequestContext
    status: ConsentStatus


async def show_notice(request: ConsentRequest, node_context: NodeContext, now: int, minted: str) -> ShownNotice:
    """Where this person stands, and whether to ask them now; `minted` is the id of a new device.

    Nothing is kept but a known person's opt-out signal that their profile does not have yet. Raises Missing (no such
    app is published), Invalid (identifier and memory contradict each other) or Busy.
    """
    context = understood(request, node_context, now, minted)
    return await retry_on_conflict(lambda: shown(context, node_context))


async def shown(context: RequestContext, node_context: NodeContext) -> ShownNotice:
    """Load, keep what a signal adds, answer. Raises Stale when the profile changed in between."""
    profile = await keep_signals(context, await node_context.load_profile(context), node_context)
    return ShownNotice(context, evaluate_consent(context, profile))


def show_to_stranger(request: ConsentRequest, node_context: NodeContext, now: int, minted: str) -> ShownNotice | None:
    """The same at once for whoever no profile is read for; None for the others. Raises Missing or Invalid."""
    context = understood(request, node_context, now, minted)
    return None if context.fetches else ShownNotice(context, evaluate_consent(context, None))


def understood(request: ConsentRequest, node_context: NodeContext, now: int, minted: str) -> RequestContext:
    """The call that an approach makes. Raises Missing or Invalid."""
    published = node_context.published_settings.published(request.app_id)
    context = receive(request, published, node_context.proves, minted, now)
    if isinstance(context, Mismatch):
        raise Contradiction("the identifier is not the one in the consent string; send Rename-Identifier to rename")
    return context
