"""One line over a few nodes: who gives how much, in whole packs.

A node gives whole packs; the odd rest of a line (ordered 30 in packs of 12: 6) only goes along
with the node that completes the line, never alone to make a short line a little less short.
"""

from collections.abc import Sequence

Key = tuple[int, ...]


def fill(quantity: int, pack: int, free: Sequence[int], keys: Sequence[Key]) -> list[int]:
    """Return what each node gives, cheapest possible among those that give the most.

    `free` and `keys` (the price of a unit) are by node, in ascending order of key. Among equal
    keys a node that can give everything left comes before a split.
    """
    rest = quantity % pack
    if rest == 0:
        return _cheapest(quantity, _whole(free, pack), keys)
    whole = quantity - rest
    best: list[int] = []
    best_price: tuple[Key, int] | None = None
    for last, stock in enumerate(free):
        if stock < rest:
            continue
        caps = _whole(free, pack)
        caps[last] = (stock - rest) // pack * pack
        takes = _cheapest(whole, caps, keys)
        if sum(takes) < whole:
            continue
        takes[last] += rest
        price = _price(takes, keys)
        if best_price is None or price < best_price:
            best, best_price = takes, price
    return best or _cheapest(whole, _whole(free, pack), keys)


def fill_worth(
    quantity: int, pack: int, free: Sequence[int], keys: Sequence[Key], left: Key
) -> list[int]:
    """Return what each node gives where a unit may be left at the price `left`.

    Either the line is completed the cheapest way, or each whole pack goes where it is cheaper than
    leaving it.
    """
    worth = [stock if key < left else 0 for stock, key in zip(free, keys, strict=True)]
    some = _cheapest(quantity // pack * pack, _whole(worth, pack), keys)
    every = fill(quantity, pack, free, keys)

    def price(takes: Sequence[int]) -> tuple[Key, int]:
        paid, count = _price(takes, keys)
        rest = quantity - sum(takes)
        return tuple(a + rest * b for a, b in zip(paid, left, strict=True)), count

    return min(some, every, key=price)


def fill_or_whole(
    quantity: int,
    pack: int,
    free: Sequence[int],
    keys: Sequence[Key],
    whole: Sequence[bool],
    left: Key | None,
) -> list[int]:
    """Return what each node gives where those of `whole` give all of the line or nothing.

    `left` is the price of a unit nobody ships; None: no unit is left for its price.
    """
    others = [0 if all_ else stock for stock, all_ in zip(free, whole, strict=True)]
    if left is None:
        ways = [fill(quantity, pack, others, keys)]
    else:
        ways = [fill_worth(quantity, pack, others, keys, left)]
    for place, stock in enumerate(free):
        if whole[place] and stock >= quantity:
            ways.append([quantity if at == place else 0 for at in range(len(free))])

    def price(takes: Sequence[int]) -> tuple[int, Key, int]:
        paid, count = _price(takes, keys)
        rest = quantity - sum(takes)
        if left is None:
            return rest, paid, count
        return 0, tuple(a + rest * b for a, b in zip(paid, left, strict=True)), count

    return min(ways, key=price)


def most(quantity: int, pack: int, stock: int) -> int:
    """Return the most one node can give to a line, with whatever others give."""
    whole = stock // pack * pack
    rest = quantity % pack
    return min(quantity, whole + rest if rest <= stock - whole else whole)


def _whole(free: Sequence[int], pack: int) -> list[int]:
    return [stock // pack * pack for stock in free]


def _cheapest(quantity: int, free: Sequence[int], keys: Sequence[Key]) -> list[int]:
    takes = [0] * len(free)
    left = quantity
    for place, stock in enumerate(free):
        if left == 0:
            break
        if stock < left:
            alone = next(
                (
                    other
                    for other in range(place + 1, len(free))
                    if free[other] >= left and keys[other] == keys[place]
                ),
                place,
            )
            if alone != place:
                takes[alone] += left
                return takes
        takes[place] = min(stock, left)
        left -= takes[place]
    return takes


def _price(takes: Sequence[int], keys: Sequence[Key]) -> tuple[Key, int]:
    """Return the price of `takes` in the order of the goals, then how many nodes it needs."""
    width = len(keys[0])
    total = tuple(
        sum(take * key[part] for take, key in zip(takes, keys, strict=True))
        for part in range(width)
    )
    return total, sum(1 for take in takes if take)
