"""What has a number that a person types: breakpoints and watches."""

from __future__ import annotations

from typing import Generic, Protocol, TypeVar

from bpstep.errors import BpstepError
from bpstep.text import fill


class _HasNumber(Protocol):
    @property
    def id(self) -> int: ...


_Item = TypeVar("_Item", bound=_HasNumber)


class Numbered(Generic[_Item]):
    """The items by number; an event is a new or changed item, or deletes one."""

    item_type: type[_Item]
    drop_type: type[_HasNumber]
    no_such_item: str
    """The error's template for a number that no item has."""

    def __init__(self) -> None:
        self.by_id: dict[int, _Item] = {}
        self.next_id = 1
        """The number of the next one; numbers are not reused."""

    def apply(self, event: object) -> None:
        """Apply an event if it is about one of these items."""
        if isinstance(event, self.item_type):
            self.by_id[event.id] = event
            self.next_id = max(self.next_id, event.id + 1)
        elif isinstance(event, self.drop_type):
            if event.id not in self.by_id:
                raise BpstepError(fill(self.no_such_item, id=event.id))
            del self.by_id[event.id]
