"""What stands over and under the findings of every study: where they come from, and the cost they caused."""

from optlab.core.study import StudyHead
from optlab.render import format as spell
from optlab.render.sheet import Sheet, Words, heading


def study_title(name: str, head: StudyHead) -> str:
    """Which study of which scenario, and where its figures come from."""
    where = spell.provenance(head.provenance, head.sim_speed)
    ended = "" if head.status == "finished" else f" · ended: {head.status}"
    return f"{spell.line(head.scenario)}: {name} · {where} · seed {head.seed} · study {head.study_id}{ended}"


def bill(head: StudyHead) -> str:
    """All that the study sent and cost."""
    kind = "simulated money" if head.provenance == "simulated" else "real money"
    return (
        f"{head.calls:,} calls, {spell.usd(head.cost_usd)} of {kind}, prices as of {head.catalogue_as_of} · "
        f"{head.provenance.value.upper()}"
    )


def caveats(head: StudyHead) -> Sheet:
    """What the study warns of, under its heading; nothing where it warns of nothing."""
    if not head.caveats:
        return ()
    return heading("Caveats"), Words(tuple(caveat.sentence for caveat in head.caveats), "list")
