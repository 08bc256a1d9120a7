"""What a network said last of how much it lets an account do. Pure."""

from msgspec import Struct

from chinwag.ports import Budget


class Allowance(Struct, frozen=True):
    """What an answer said of how much is left.

    Args:
        left: how many calls.
        of: of how many.
        resets: when there are all again, in seconds since the epoch.
    """

    left: int
    of: int
    resets: float

    @property
    def budget(self) -> Budget:
        """The same for an operator."""
        return Budget(self.left, self.of, round(self.resets * 1_000_000))

    def wait(self, now: float, longest: float) -> float:
        """How long nothing can be asked for, in seconds; 0 if something is left.

        Args:
            now: in seconds since the epoch.
            longest: what no limit of this network lasts beyond, in seconds.

        >>> Allowance(0, 300, 1060).wait(1000, 3600), Allowance(1, 300, 1060).wait(1000, 3600)
        (60, 0.0)
        """
        return 0.0 if self.left else min(max(self.resets - now, 0.0), longest)
