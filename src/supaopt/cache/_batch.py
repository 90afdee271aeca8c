"""
The keys of one read of many: what is computed together is stored together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeVar

from supaopt.cache._guard import is_refusal
from supaopt.cache._slot import Slot

if TYPE_CHECKING:
    from collections.abc import Iterable

    from supaopt.cache._answer import Answer
    from supaopt.cache._ports import BulkStore, NewEntry

T = TypeVar("T")


class BatchSlot(Slot[T]):
    """
    The entry of one key among many.

    Attributes:
        fate: What became of its answer when it was stored with the others; ``open`` as long as
            it is to be stored by itself.
    """

    fate: Literal["open", "stored", "refused", "failed"] = "open"

    def new(self, answer: Answer, lease: str) -> NewEntry:
        """
        Return what the database is to keep.
        """
        return self._keeper.new(answer.data, lease, answer.terms)

    async def _store(self, answer: Answer, lease: str) -> bool:
        if self.fate == "open":
            return await super()._store(answer, lease)
        if self.fate != "failed":  # which has been told for all
            self.tell(self.fate, seconds=answer.seconds)
        return self.fate == "stored"


async def store_together(
    bulk: BulkStore, answers: Iterable[tuple[BatchSlot[T], Answer, str]]
) -> None:
    """
    Store answers in one round trip, and note the fate of each.

    Args:
        bulk: The store.
        answers: Each key with its answer and the lease that it was computed under.
    """
    slots, entries = [], []
    for slot, answer, lease in answers:
        slots.append(slot)
        entries.append(slot.new(answer, lease))
    if len(slots) < 2:
        return
    try:
        stored = await bulk.store_many(entries)
    except Exception as error:  # noqa: BLE001 - callers have their answers; keeping them is extra
        if is_refusal(error):
            return  # of one of them: each by itself shows which
        slots[0].tell("error", error)
        for slot in slots:
            slot.fate = "failed"
        return
    if stored is not None:
        for slot, kept in zip(slots, stored, strict=True):
            slot.fate = "stored" if kept else "refused"
