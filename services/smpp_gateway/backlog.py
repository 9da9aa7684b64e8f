"""A bounded queue in memory: the urgent go before the others, and of equally urgent ones each advertiser has its turn. Pure."""

from collections import OrderedDict
from collections.abc import Iterable, Sequence

from services.smpp_gateway.work import PRIORITY_TRANSACTIONAL, Work

#: What is urgent may fill up so much more than the rest, as a share of `most`: a mailing can't keep it out.
RESERVED = 0.2

#: The messages of one advertiser, oldest first, by their ids.
Line = OrderedDict[str, Work]


class Backlog:
    """Each message once: one that was claimed again replaces its older self. `most`: messages, urgent ones excepted."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._lines: dict[int, OrderedDict[str, Line]] = {}
        self._places: dict[str, tuple[int, str]] = {}
        self._shut: frozenset[str] = frozenset()
        self._shut_mailings: frozenset[tuple[str, str]] = frozenset()

    def __len__(self) -> int:
        return len(self._places)

    @property
    def room(self) -> int:
        return max(0, self.most - len(self._places))

    @property
    def most_urgent(self) -> int | None:
        """The priority of what goes first, None where nothing waits."""
        return min(self._lines, default=None)

    def room_for(self, priority: int, most: int | None = None) -> int:
        """How many messages of this priority it has room for; `most`: as if it were to hold so many."""
        most = self.most if most is None else most
        reserved = int(most * RESERVED) if priority <= PRIORITY_TRANSACTIONAL else 0
        return max(0, most + reserved - len(self._places))

    def put(self, works: Iterable[Work]) -> None:
        for work in works:
            if self._is_shut(work):
                continue
            place = work.priority, work.advertiser_id
            if self._places.get(work.id, place) != place:
                self.drop((work.id,))
            self._places[work.id] = place
            self._line(place)[work.id] = work

    def put_back(self, works: Sequence[Work]) -> None:
        """To the front, in their order."""
        works = [work for work in works if not self._is_shut(work)]
        self.put(works)
        for work in reversed(works):
            lines = self._lines[work.priority]
            lines.move_to_end(work.advertiser_id, last=False)
            lines[work.advertiser_id].move_to_end(work.id, last=False)

    def take(self, most: int) -> list[Work]:
        return [self._pop() for _ in range(min(most, len(self._places)))]

    def take_parts(self, most: int, widest: int) -> list[Work]:
        """Messages whose parts fit into `most` together, in order; the parts of one message stay together.

        A message with more parts than `widest`, the most there ever is room for, goes when all of that is free.
        """
        taken: list[Work] = []
        left = most
        while self._places and left > 0:
            first = self._first()
            if first.parts > left and (taken or left < widest):
                break
            left -= first.parts
            taken.append(self._pop())
        return taken

    def drop(self, ids: Iterable[str]) -> None:
        """Those of these messages that are here are here no longer."""
        for key in ids:
            place = self._places.pop(key, None)
            if place is not None:
                del self._lines[place[0]][place[1]][key]
                self._tidy(*place)

    def drop_owners(self, owners: Iterable[str]) -> list[Work]:
        """From now on nothing of these advertisers (of these alone) is kept; what of theirs was here is returned."""
        self._shut = frozenset(owners)
        keys = [key for key, place in self._places.items() if place[1] in self._shut] if self._shut else []
        works = [self._lines[priority][owner][key] for key in keys for priority, owner in (self._places[key],)]
        self.drop(keys)
        return works

    def drop_mailings(self, mailings: Iterable[tuple[str, str]]) -> list[Work]:
        """The same of mailings, each by its advertiser and name."""
        self._shut_mailings = frozenset(mailings)
        if not self._shut_mailings:
            return []
        held = [self._lines[place[0]][place[1]][key] for key, place in self._places.items()]
        works = [work for work in held if self._is_shut(work)]
        self.drop([work.id for work in works])
        return works

    def _is_shut(self, work: Work) -> bool:
        if work.advertiser_id in self._shut:
            return True
        return work.mailing is not None and (work.advertiser_id, work.mailing) in self._shut_mailings

    def _line(self, place: tuple[int, str]) -> Line:
        lines = self._lines.setdefault(place[0], OrderedDict())
        line = lines.get(place[1])
        if line is None:
            line = lines[place[1]] = OrderedDict()
        return line

    def _front(self) -> tuple[int, str, Line]:
        priority = min(self._lines)
        advertiser_id, line = next(iter(self._lines[priority].items()))
        return priority, advertiser_id, line

    def _first(self) -> Work:
        return next(iter(self._front()[2].values()))

    def _pop(self) -> Work:
        priority, advertiser_id, line = self._front()
        key, work = line.popitem(last=False)
        del self._places[key]
        self._lines[priority].move_to_end(advertiser_id)
        self._tidy(priority, advertiser_id)
        return work

    def _tidy(self, priority: int, advertiser_id: str) -> None:
        lines = self._lines[priority]
        if not lines[advertiser_id]:
            del lines[advertiser_id]
        if not lines:
            del self._lines[priority]
