"""The one error of this package: a text cannot be read, or a value cannot be written."""

from typing import Self


class Malformed(ValueError):
    """What is wrong, where (standard, segment, field) and what to do about it, for the sender of the text.

    The bit reader knows only the problem; callers that know the place add it with `within`.
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
        """The same error with places filled in that are still empty."""
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
