"""Which stacks a first layer may show in place of single purposes (iab.md section 2)."""

from collections.abc import Iterable, Iterator

from placet.formats.ids import Ids
from placet.formats.lists.gvl import VendorList
from placet.formats.lists.gvl_entries import Stack


def needed_purposes(vendors: VendorList, disclosed: Ids) -> Ids:
    """The purposes that at least one disclosed vendor declares, on any legal basis."""
    declared = (vendors.index.consent, vendors.index.interest)
    return Ids.of(purpose for by_id in declared for purpose, ids in by_id.items() if ids & disclosed)


def needed_special_features(vendors: VendorList, disclosed: Ids) -> Ids:
    """The special features that at least one disclosed vendor uses."""
    return Ids.of(feature for feature, ids in vendors.index.special_features.items() if ids & disclosed)


def usable_stacks(vendors: VendorList, disclosed: Ids) -> tuple[Stack, ...]:
    """The stacks whose purposes and special features are all needed by disclosed vendors."""
    purposes = needed_purposes(vendors, disclosed)
    features = needed_special_features(vendors, disclosed)
    return tuple(
        stack
        for stack in vendors.headings.stacks.values()
        if Ids.of(stack.purposes) <= purposes and Ids.of(stack.special_features) <= features
    )


def stack_faults(vendors: VendorList, chosen: Iterable[int], disclosed: Ids) -> Iterator[str]:
    """Why these stacks may not be shown together for these vendors, a sentence each; empty when they may."""
    usable = {stack.id for stack in usable_stacks(vendors, disclosed)}
    shown: dict[int, int] = {}
    for each in chosen:
        stack = vendors.headings.stacks.get(each)
        if stack is None:
            yield f"stack {each} is not in vendor list {vendors.version}"
            continue
        if each not in usable:
            yield f"stack {each} names a purpose or special feature that no disclosed vendor needs"
        for purpose in stack.purposes:
            if purpose in shown:
                yield f"purpose {purpose} stands in stack {shown[purpose]} and again in stack {each}"
            shown.setdefault(purpose, each)
