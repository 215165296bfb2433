"""The one error of this floor: a text we were given cannot be read (or a value cannot be written)."""

from typing import Self


class Malformed(ValueError):
    """What is wrong, where (standard, segment, field) and what to do about it, in words for whoever sent the text.

    The bit reader knows only the problem; whoever knows the place adds it on the way out with `within`.
    """

    def __init__(
        self,
        problem: str,
        cure: str = "",
        *,
        standard: str = "",
        segment: str = "",
        field: str = "",
    ) -> None:
        super().__init__(problem, cure, standard, segment, field)
        self.problem = problem
        self.cure = cure
        self.standard = standard
        self.segment = segment
        self.field = field

    def within(self, *, standard: str = "", segment: str = "", field: str = "") -> Self:
        """The same error with the places filled in that nobody nearer to the problem has named yet."""
        return type(self)(
            self.problem,
            self.cure,
            standard=self.standard or standard,
            segment=self.segment or segment,
            field=self.field or field,
        )

    def __str__(self) -> str:
        place = ", ".join(
            part
            for part in (
                self.standard,
                self.segment and f"segment {self.segment}",
                self.field and f"field {self.field}",
            )
            if part
        )
        sentence = f"{place}: {self.problem}" if place else self.problem
        return f"{sentence}; {self.cure}" if self.cure else sentence
