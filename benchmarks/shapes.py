"""Where in the numbered packages the shapes of lineage lie, and the edges between them.

A package descends only from packages with smaller numbers, so that no cycle can be. In order: the root of a fan, a
ladder of diamonds, long chains, then families, each of which holds ancestries of a few hundred packages at its end.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

LARGEST_FAN = 10_000
MOST_DIAMONDS = 60
CHAINS = 8
LONGEST_CHAIN = 500
FAMILY = 400
FAMILY_WINDOW = 60
MOST_PARENTS = 6

Edge = tuple[int, int]
"""(parent, child), by number."""


@dataclass(frozen=True)
class Shapes:
    """The layout for a number of packages."""

    packages: int

    @property
    def fan(self) -> int:
        """How many children the package 0 has."""
        return min(LARGEST_FAN, self.packages // 10)

    @property
    def diamonds(self) -> int:
        """How many diamonds the ladder has; it takes three packages each and one more, from number 1."""
        return min(MOST_DIAMONDS, self.packages // 10)

    @property
    def ladder_end(self) -> int:
        """The package at the end of the ladder, whose ancestry is all of it."""
        return 1 + 3 * self.diamonds

    @property
    def chain(self) -> int:
        """How many packages each chain has."""
        return min(LONGEST_CHAIN, self.packages // 50)

    @property
    def chain_ends(self) -> list[int]:
        """The last package of each chain."""
        return [self.ladder_end + self.chain * (number + 1) for number in range(CHAINS)]

    @property
    def landmarks(self) -> list[int]:
        """The packages that stand for a shape: the fan's root, and the ends of the ladder and of the chains."""
        return [0, self.ladder_end, *self.chain_ends]

    @property
    def families(self) -> list[range]:
        """The packages of each family; the last may be smaller."""
        start = self.chain_ends[-1] + 1
        return [range(first, min(first + FAMILY, self.packages)) for first in range(start, self.packages, FAMILY)]

    @property
    def descendants_of_many(self) -> list[int]:
        """The last packages of whole families (or of the one there is), whose ancestries hold several hundred."""
        whole = [family for family in self.families if len(family) == FAMILY] or self.families[:1]
        return [number for family in whole for number in family[-10:]]

    def edges(self, random: Random) -> Iterator[Edge]:
        """All edges, ordered by child: about three for each package. No pair comes twice."""
        yield from self._ladder()
        for end in self.chain_ends:
            yield from ((number, number + 1) for number in range(end - self.chain + 1, end))
        members = range(self.families[0].start, self.packages)
        fan = set(random.sample(members, min(self.fan, len(members))))
        for family in self.families:
            for child in family:
                if child in fan:
                    yield 0, child
                near = range(max(family.start, child - FAMILY_WINDOW), child)
                count = random.choice((1, 2, 2, 3, 3, 4, 4, MOST_PARENTS))
                yield from ((parent, child) for parent in sorted(random.sample(near, min(count, len(near)))))

    def _ladder(self) -> Iterator[Edge]:
        for top in range(1, self.ladder_end, 3):
            left, right, bottom = top + 1, top + 2, top + 3
            yield from ((top, left), (top, right), (left, bottom), (right, bottom))
