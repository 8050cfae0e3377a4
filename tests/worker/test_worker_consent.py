"""When real money is asked for: once a sitting, or by the user's own threshold."""

from pathlib import Path

import pytest

from optlab.core.plan_events import Estimate, ExperimentPlanned
from optlab.core.record import Provenance
from optlab.worker.sitting import Sitting


def planned(high_usd: float, retries_usd: float, budget_usd: float | None = None) -> ExperimentPlanned:
    return ExperimentPlanned(
        run_id="r",
        scenario="s",
        model="m",
        variants=("baseline",),
        pairs=1,
        primary="e2e",
        primary_reason="a test",
        provenance=Provenance.MEASURED,
        why_backend="a test",
        sim_speed=1.0,
        server="there",
        estimate=Estimate(2, 0.0, high_usd, None, retries_usd=retries_usd),
        budget_usd=budget_usd,
        needs_consent=True,
        dry=False,
    )


@pytest.mark.parametrize(
    "plan, asked",
    [
        (planned(0.2, 0.0), False),
        (planned(0.2, 0.2), True),
        (planned(0.4, 0.0), True),
        (planned(0.2, 0.2, budget_usd=0.3), False),
    ],
)
def test_what_may_cost_more_with_its_retries_is_asked_about(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plan: ExperimentPlanned, asked: bool
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "optlab").mkdir()
    (tmp_path / "optlab" / "config.toml").write_text("ask_above_usd = 0.3\n")
    assert Sitting(lambda _: None)._asks(plan) is asked
