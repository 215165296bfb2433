"""What every gate said about every event of a batch, with each distinct answer written once."""

from collections.abc import Sequence

from msgspec import Struct, json

from placet.events.policy.verdict import Allowed, Verdict


class Verdicts(Struct, frozen=True):
    """`said` are the distinct verdicts, `rows` the distinct rows of places among them, `of` the row of each event.

    A row has a place for each gate, in the order in which the gates are kept.
    """

    said: tuple[Verdict, ...] = ()
    rows: tuple[tuple[int, ...], ...] = ()
    of: tuple[int, ...] = ()

    def about(self, event: int) -> tuple[Verdict, ...]:
        """What each gate said about the event in this place, in their order."""
        return tuple(self.said[place] for place in self.rows[self.of[event]])

    def allowing(self) -> list[tuple[int, ...]]:
        """For each row, the gates that let its events pass."""
        may = [isinstance(verdict, Allowed) for verdict in self.said]
        return [tuple(gate for gate, place in enumerate(row) if may[place]) for row in self.rows]

    def count(self) -> tuple[int, int]:
        """How many verdicts let an event pass, and how many hold one."""
        gates = len(self.rows[0]) if self.rows else 0
        plugin_event = [len(row) for row in self.allowing()]
        allowed = sum(plugin_event[row] for row in self.of)
        return allowed, gates * len(self.of) - allowed


class VerdictTable:
    """Verdicts as they are given. Gates give the same few objects again and again, so most are known by sight."""

    def __init__(self) -> None:
        """None was given yet."""
        self.sight: dict[int, int] = {}
        self.texts: dict[bytes, int] = {}
        self.said: list[Verdict] = []
        self.met: list[Verdict] = []
        self.rows: dict[tuple[int | None, ...], int] = {}
        self.of: list[int] = []

    def add(self, verdicts: Sequence[Verdict]) -> None:
        """The verdicts on the next event, a verdict of each gate."""
        row = tuple(map(self.sight.get, map(id, verdicts)))
        if None in row:
            row = tuple(map(self.place, verdicts))
        self.of.append(self.rows.setdefault(row, len(self.rows)))

    def place(self, verdict: Verdict) -> int:
        """Where a verdict stands among those that differ."""
        place = self.sight.get(id(verdict))
        if place is None:
            place = self.texts.setdefault(json.encode(verdict), len(self.said))
            if place == len(self.said):
                self.said.append(verdict)
            # An object that is kept is the only one with its id.
            self.met.append(verdict)
            self.sight[id(verdict)] = place
        return place

    def settled(self) -> Verdicts:
        """All that were given."""
        rows = tuple(tuple(place for place in row if place is not None) for row in self.rows)
        return Verdicts(tuple(self.said), rows, tuple(self.of))
