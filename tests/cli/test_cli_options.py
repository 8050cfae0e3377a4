"""Options that several commands share: what no worker could use is refused before one is started."""

import pytest

from optlab.cli.options import connection
from optlab.core.commands import LARGEST_SEED
from optlab.core.errors import UsageError


def test_a_seed_that_no_history_could_keep_is_refused() -> None:
    for seed in (-LARGEST_SEED, LARGEST_SEED):
        assert connection("sim", seed, 1.0).seed == seed < 2**63
    for seed in (LARGEST_SEED + 1, -(10**30)):
        with pytest.raises(UsageError, match="--seed is a whole number of at most 18 digits"):
            connection("sim", seed, 1.0)
