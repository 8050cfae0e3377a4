"""The history of an interval: a look a pair, never many, the last of a bill told apart."""

import msgspec

from charts_script import finished
from optlab.core.verdict import Card, Interval
from optlab.render.looks import MOST, Look, looked

CARD = finished().cards[0]


def card(seen: int, *, variant: str = "streaming", metric: str = "first_visible") -> Card:
    found = msgspec.structs.replace(CARD.primary, metric=metric, seen=seen, estimate=0.5, interval=Interval(0.25, None))
    return msgspec.structs.replace(CARD, variant=variant, primary=found)


def test_a_look_holds_what_the_card_says() -> None:
    assert looked((), [card(3)], 3, 12) == (Look("streaming", "first_visible", 3, 0.5, 0.25, None),)


def test_a_second_look_after_the_same_pair_takes_the_place_of_the_first() -> None:
    twice = looked(looked((), [card(3)], 3, 12), [card(3), card(3, variant="other")], 3, 12)
    assert [(look.variant, look.pairs) for look in twice] == [("streaming", 3), ("other", 3)]


def test_only_a_bill_has_a_single_look_once_all_pairs_are_in() -> None:
    def single(seen: int, planned: int, metric: str) -> bool:
        return looked((), [card(seen, metric=metric)], seen, planned)[0].single

    assert single(12, 12, "cost_usd")
    assert not single(11, 12, "cost_usd") and not single(12, 12, "e2e") and not single(12, 0, "cost_usd")


def test_a_bill_judged_on_items_stands_at_its_pairs() -> None:
    """Six items asked about twice each: the bill has seen six of them after twelve pairs."""
    on_the_way = looked((), [card(6, metric="cost_usd")], 6, 12)
    assert [(look.pairs, look.single) for look in looked(on_the_way, [card(6, metric="cost_usd")], 12, 12)] == [
        (6, False),
        (12, True),
    ]


def test_looks_stay_few_and_keep_the_newest() -> None:
    looks: tuple[Look, ...] = ()
    for seen in range(1, 3 * MOST):
        looks = looked(looks, [card(seen), card(seen, variant="other")], seen, 5000)
        assert sum(look.variant == "streaming" for look in looks) <= MOST
    own = [look.pairs for look in looks if look.variant == "other"]
    assert own == sorted(own) and own[-1] == 3 * MOST - 1 and len(own) > MOST // 3
