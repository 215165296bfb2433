r"""Whole-text patterns (`*`, `?`, `[a-z]`, `[^…]`, `\x`), matched in one pass without ever going back.

A pattern is a row of steps, each of which accepts one character; a `*` lets the place before a step wait.
All places reached so far are the bits of one number, so a character costs the same whatever came before it:
no text and no pattern can make this explode (segment.md §6.3, trap "catastrophic patterns").
"""

from bisect import bisect_right
from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise
from typing import Final, TypeAlias

Span: TypeAlias = tuple[int, int]
"""First and last code point, both included."""

Accepts: TypeAlias = tuple[tuple[Span, ...], bool]
"""The characters one step takes: those in the spans, or (True) those outside them."""

ANY: Final[Accepts] = ((), True)
MAX_CHARACTERS: Final = 1024


class BadGlob(ValueError):
    """This pattern cannot be read; the text says why and what to write."""


@lru_cache(maxsize=512)
def glob(pattern: str) -> Callable[[str], bool]:
    """A test of whole texts against the pattern. Raises BadGlob. The same pattern is compiled once."""
    if len(pattern) > MAX_CHARACTERS:
        raise BadGlob(f"a pattern may have {MAX_CHARACTERS} characters, this one has {len(pattern)}")
    steps, waits = read_glob(pattern)
    if not all(is_letter(step) for step in steps):
        return one_pass(steps, waits)
    if waits:
        return plain_runs(steps, waits)
    return "".join(map(letter, steps)).__eq__


def read_glob(pattern: str) -> tuple[list[Accepts], set[int]]:
    """The steps, and the places (0 = before the first step) where any run of characters may stand."""
    steps: list[Accepts] = []
    waits: set[int] = set()
    at = 0
    while at < len(pattern):
        sign = pattern[at]
        at += 1
        if sign == "*":
            waits.add(len(steps))
        elif sign == "?":
            steps.append(ANY)
        elif sign == "[":
            step, at = read_class(pattern, at)
            steps.append(step)
        else:
            escaped = sign == "\\"
            steps.append(exactly(sign_at(pattern, at) if escaped else sign))
            at += escaped
    return steps, waits


def read_class(pattern: str, at: int) -> tuple[Accepts, int]:
    """One `[…]`, its opening bracket read; also where the pattern goes on."""
    outside = pattern[at : at + 1] == "^"
    at += outside
    spans: list[Span] = []
    while pattern[at : at + 1] != "]" or not spans:
        low, at = read_member(pattern, at)
        high = low
        if pattern[at : at + 1] == "-":
            high, at = read_member(pattern, at + 1)
        spans.append((ord(low), ord(high)))
    return (tuple(spans), outside), at + 1


def read_member(pattern: str, at: int) -> tuple[str, int]:
    r"""One character of a class; `-` and `]` must be written `\-` and `\]`."""
    sign = sign_at(pattern, at)
    if sign == "\\":
        return sign_at(pattern, at + 1), at + 2
    if sign in "-]":
        raise BadGlob(f"inside [ ] write \\{sign} for a {sign}, and at least one character")
    return sign, at + 1


def sign_at(pattern: str, at: int) -> str:
    """The character there; the pattern must not be over."""
    if at >= len(pattern):
        raise BadGlob("the pattern ends too early: close [ with ], and write \\\\ for a backslash")
    return pattern[at]


def exactly(sign: str) -> Accepts:
    """A step that takes this character alone."""
    return (((ord(sign), ord(sign)),), False)


def is_letter(step: Accepts) -> bool:
    """True when the step takes exactly one character."""
    spans, outside = step
    return not outside and len(spans) == 1 and spans[0][0] == spans[0][1]


def letter(step: Accepts) -> str:
    """The one character such a step takes."""
    return chr(step[0][0][0])


def plain_runs(steps: list[Accepts], waits: set[int]) -> Callable[[str], bool]:
    """The usual case, texts with stars between them: each is looked for behind the one before."""
    cuts = [0, *sorted(waits), len(steps)]
    head, *middle, tail = ["".join(map(letter, steps[a:b])) for a, b in pairwise(cuts)]

    def test(text: str) -> bool:
        if len(text) < len(head) + len(tail) or not text.startswith(head) or not text.endswith(tail):
            return False
        at, end = len(head), len(text) - len(tail)
        for run in middle:
            at = text.find(run, at, end)
            if at < 0:
                return False
            at += len(run)
        return True

    return test


def one_pass(steps: list[Accepts], waits: set[int]) -> Callable[[str], bool]:
    """The general case: every place reached is a bit; a character moves some of them on."""
    starts, masks = step_masks(steps)
    stay = sum(1 << place for place in waits)
    goal = 1 << len(steps)

    def test(text: str) -> bool:
        reached = 1
        for sign in text:
            moved = (reached & masks[bisect_right(starts, ord(sign)) - 1]) << 1
            reached = moved | (reached & stay)
            if not reached:
                return False
        return bool(reached & goal)

    return test


def step_masks(steps: list[Accepts]) -> tuple[list[int], list[int]]:
    """Where the alphabet changes its meaning, and which steps take the characters from there on."""
    edges = {0}
    for spans, _ in steps:
        edges.update(edge for low, high in spans if low <= high for edge in (low, high + 1))
    starts = sorted(edges)
    masks = [0] * len(starts)
    for place, step in enumerate(steps):
        for at in taken(step, starts):
            masks[at] |= 1 << place
    return starts, masks


def taken(step: Accepts, starts: list[int]) -> set[int]:
    """Which stretches of the alphabet (by index in `starts`) a step takes."""
    spans, outside = step
    inside: set[int] = set()
    for low, high in spans:
        inside.update(range(bisect_right(starts, low) - 1, bisect_right(starts, high)) if low <= high else ())
    return set(range(len(starts))) - inside if outside else inside
