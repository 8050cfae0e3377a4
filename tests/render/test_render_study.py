"""What stands over and under the findings of every study."""

from optlab.core.record import Provenance
from optlab.core.report import Caveat
from optlab.core.study import StudyHead
from optlab.render.sheet import Words, heading
from optlab.render.study import bill, caveats, study_title


def head(*warnings: Caveat, **more: object) -> StudyHead:
    given = {
        "study_id": "s1", "kind": "ceiling", "scenario": "S\x1b[31m", "source": "s.toml",
        "provenance": Provenance.SIMULATED, "sim_speed": 1.0, "server": "here", "seed": 7,
        "catalogue_as_of": "2026-01-02", "started_at": "2026-01-01", "status": "finished", "calls": 1200,
        "cost_usd": 0.5, "caveats": warnings,
    }  # fmt: skip
    return StudyHead(**{**given, **more})  # type: ignore[arg-type]


def test_caveats_stand_under_their_heading_and_none_under_none() -> None:
    assert caveats(head(Caveat("few", "take more"))) == (heading("Caveats"), Words(("take more",), "list"))
    assert caveats(head()) == ()


def test_the_title_says_where_figures_come_from_and_an_early_end() -> None:
    assert "SIMULATED" in study_title("a cascade", head()) and "ended" not in study_title("a cascade", head())
    assert study_title("a cascade", head(status="budget")).endswith("ended: budget")
    assert "\x1b" not in study_title("a cascade", head())


def test_the_bill_says_whose_money_it_is() -> None:
    assert bill(head()) == "1,200 calls, $0.50 of simulated money, prices as of 2026-01-02 · SIMULATED"
    assert "real money" in bill(head(provenance=Provenance.MEASURED))
