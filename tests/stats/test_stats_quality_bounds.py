"""What a set of items could rule out, and how many it takes, also where scores lie between pass and fail."""

import pytest

from optlab.stats import decide_quality, excluded_loss, fewest_items


@pytest.mark.parametrize(
    ("margin", "graded", "fewest"), [(0.05, False, 73), (0.10, False, 35), (0.05, True, 117), (0.10, True, 57)]
)
def test_without_a_discordant_item_so_many_are_the_fewest(margin: float, graded: bool, fewest: int) -> None:
    """73 (margin 5) or 35 (margin 10) at the last look, 117 or 57 on the way."""
    assert fewest_items(margin, graded=graded) == fewest
    same = 0.5 if graded else 1.0
    for items, word in ((fewest - 1, "inconclusive"), (fewest, "non-inferior")):
        assert decide_quality([(same, same)] * items, margin, items).verdict == word


def test_the_excluded_loss_is_the_margin_at_which_the_bets_decide() -> None:
    scores = [(0.8, 0.6)] * 16 + [(0.9, 0.9)] * 32
    bound = excluded_loss([c - b for b, c in scores])
    assert 0.07 < bound < 0.25, "the mean loss is 0.067; a third of the items lost a fifth each, none a whole answer"
    assert decide_quality(scores, bound + 1e-6, 1_000).verdict == "non-inferior"
    assert decide_quality(scores, bound - 1e-6, 1_000).verdict == "inconclusive"


def test_more_items_exclude_smaller_losses() -> None:
    bounds = [excluded_loss([0.0] * items) for items in (3, 10, 57, 117)]
    assert bounds == sorted(bounds, reverse=True)
    assert bounds[2] < 0.1 and bounds[3] < 0.05
    assert excluded_loss([-1.0] * 20) == 1.0
