"""Forwarding rules: small frozen values that say why they object (mparticle.md §6.2, §6.3).

a row matches when the person's record for its purpose says what the row says
only forward:   an event goes out when some row matches
do not forward: an event goes out when no row does

rule                                          no record   agreed    refused
none                                          forward     forward   forward
only forward, given                           hold        forward   hold
only forward, rejected                        hold        hold      forward
do not forward, given                         forward *   hold      forward
do not forward, rejected                      forward *   forward   hold
only forward, sale opt-out present            hold        hold      forward      (agreed = not opted out)
only forward, sale opt-out not present        forward     forward   hold
do not forward, sale opt-out present          forward     forward   hold
do not forward, sale opt-out not present      hold        hold      forward

* the vendor's table; unless a connection asks for it, silence matches a row of "do not forward", so that
  nothing leaves because nobody was asked. Opting out of sale is different by law: silence is not an opt-out.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

from msgspec import Struct

from placet.events.filters.functions import to_string
from placet.events.policy.evaluation_context import EvaluationContext
from placet.events.policy.purposes import SALE, PurposeMapping

Objection: TypeAlias = Callable[[EvaluationContext], str]
"""Why an event must not go out; empty when it may."""


class ConsentRow(Struct, frozen=True, tag=True):
    """GDPR consent for a purpose was given, or rejected."""

    purpose: str
    given: bool = True

    def __str__(self) -> str:
        """As an operator reads it."""
        return f"consent for {self.purpose} is {'given' if self.given else 'rejected'}"


class SaleRow(Struct, frozen=True, tag=True):
    """The opt-out of the sale of data (CCPA) is present, or is not."""

    present: bool = True

    def __str__(self) -> str:
        """As an operator reads it."""
        return f"the data sale opt-out is {'present' if self.present else 'not present'}"


class ConsentRule(Struct, frozen=True):
    """Compliance: several rows are joined by "or"."""

    only: bool
    rows: tuple[ConsentRow | SaleRow, ...]

    def __str__(self) -> str:
        """As an operator reads it."""
        return f"{mode(self.only)} when {' or '.join(map(str, self.rows))}"

    def compile(self, mapping: PurposeMapping, place: int, closed: bool) -> Objection:
        """The rule over bits. `closed`: silence about a purpose matches a row of "do not forward"."""
        given = mapping.mask(tuple(r.purpose for r in self.rows if isinstance(r, ConsentRow) and r.given))
        rejected = mapping.mask(tuple(r.purpose for r in self.rows if isinstance(r, ConsentRow) and not r.given))
        rejected |= mapping.bits[SALE] if SaleRow(present=True) in self.rows else 0
        sellable = mapping.bits[SALE] if SaleRow(present=False) in self.rows else 0
        asked = (given | rejected) & ~mapping.bits[SALE] if closed and not self.only else 0
        only, why = self.only, str(self)

        def objection(context: EvaluationContext) -> str:
            yes, no = context.yes[place], context.no[place]
            match = yes & given or no & rejected or sellable & ~no or asked & ~(yes | no)
            return "" if only == bool(match) else why

        return objection


class UserAttributeRule(Struct, frozen=True):
    """The person has this attribute with exactly this value. Somebody without it does not match.

    What the event itself says about the person is newer than what is known.
    """

    only: bool
    name: str
    value: str

    def __str__(self) -> str:
        """As an operator reads it."""
        return f"{mode(self.only)} when the person's {self.name} is {self.value}"

    def objection(self, context: EvaluationContext) -> str:
        """Why not, if not."""
        return "" if self.only == has(attributes_of(context), self.name, self.value) else str(self)


class EventAttributeRule(Struct, frozen=True):
    """The event has this attribute with exactly this value. An event without it does not match."""

    only: bool
    name: str
    value: str

    def __str__(self) -> str:
        """As an operator reads it."""
        return f"{mode(self.only)} when the event's {self.name} is {self.value}"

    def objection(self, context: EvaluationContext) -> str:
        """Why not, if not."""
        return "" if self.only == has(context.facts["properties"], self.name, self.value) else str(self)


class ForwardingRules(Struct, frozen=True):
    """The four groups of a connection; an event must pass each of them. `known_only`: logged-in people alone."""

    consent: ConsentRule | None = None
    user: UserAttributeRule | None = None
    event: EventAttributeRule | None = None
    known_only: bool = False

    @property
    def gates_on_consent(self) -> bool:
        """Does a rule let events pass only where somebody agreed?"""
        return self.consent is not None and self.consent.only

    def compile(self, mapping: PurposeMapping, place: int, closed: bool) -> tuple[tuple[str, Objection], ...]:
        """The name of each rule and what it objects to, in order."""
        found: list[tuple[str, Objection]] = []
        if self.consent or self.user:
            found.append(("person", needs_somebody))
        if self.consent:
            found.append(("consent", self.consent.compile(mapping, place, closed)))
        if self.user:
            found.append(("user", self.user.objection))
        if self.event:
            found.append(("event", self.event.objection))
        if self.known_only:
            found.append(("known_only", needs_somebody_known))
        return tuple(found)


def needs_somebody(context: EvaluationContext) -> str:
    """Rules about a person hold back what nobody could be found for (mparticle.md §6.3, last row)."""
    return "" if context.subject.person else "there are rules about the person, but nobody was found for this event"


def needs_somebody_known(context: EvaluationContext) -> str:
    """Only people who said who they are."""
    return "" if context.subject.known else "only forward people who are logged in"


def attributes_of(context: EvaluationContext) -> dict[str, Any]:
    """The person's attributes, with what the event brings along. Raises as `Facts` does."""
    brought = (context.facts.at("context", "traits"), context.facts["traits"], context.facts["user_attributes"])
    found = dict(context.subject.attributes)
    for attributes in brought:
        found |= attributes if isinstance(attributes, dict) else {}
    return found


def has(attributes: Any, name: str, value: str) -> bool:
    """Is the attribute there, and written out exactly the value?"""
    return isinstance(attributes, dict) and name in attributes and to_string(attributes[name]) == value


def mode(only: bool) -> str:
    """The radio button above the rows."""
    return "only forward" if only else "do not forward"
