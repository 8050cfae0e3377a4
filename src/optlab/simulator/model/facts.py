"""A short general-knowledge table: what any model of this kind would know by heart."""

import re

CAPITALS = {
    "france": "Paris", "germany": "Berlin", "italy": "Rome", "spain": "Madrid", "portugal": "Lisbon", "japan": "Tokyo",
    "china": "Beijing", "india": "New Delhi", "brazil": "Brasília", "canada": "Ottawa", "australia": "Canberra",
    "egypt": "Cairo", "kenya": "Nairobi", "norway": "Oslo", "sweden": "Stockholm", "finland": "Helsinki",
    "poland": "Warsaw", "austria": "Vienna", "greece": "Athens", "ireland": "Dublin", "mexico": "Mexico City",
    "argentina": "Buenos Aires", "turkey": "Ankara", "russia": "Moscow", "south korea": "Seoul",
    "united kingdom": "London", "england": "London", "united states": "Washington, D.C.",
}  # fmt: skip

_ALIKE: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), answer)
    for pattern, answer in (
        (r"\b(?:largest|biggest) planet\b", "Jupiter"),
        (r"\b(?:smallest) planet\b", "Mercury"),
        (r"\bclosest planet to the sun\b", "Mercury"),
        (r"\bhow many (?:days|nights) .{0,12}\b(?:a|one|the) week\b", "7"),
        (r"\bhow many continents\b", "7"),
        (r"\bhow many planets\b", "8"),
        (r"\bchemical symbol (?:for|of) gold\b", "Au"),
        (r"\bchemical (?:formula|symbol) (?:for|of) water\b", "H2O"),
        (r"\b(?:longest) river\b", "Nile"),
        (r"\b(?:highest|tallest) mountain\b", "Everest"),
        (r"\bwrote hamlet\b", "Shakespeare"),
        (r"\bcolou?r (?:is|of) (?:the )?(?:clear )?sky\b", "Blue"),
        (r"\bopposite of hot\b", "Cold"),
    )
)
_CAPITAL = re.compile(r"\bcapital(?: city)? of (?:the )?([a-z ]+?)(?=[^a-z ]|$| in\b| with\b)", re.IGNORECASE)
_CUES = {
    "positive": "good great lovely excellent love loved happy perfect wonderful best friendly fast delicious amazing",
    "negative": "bad terrible awful hate hated broken slow rude worst poor disappointed late never refund",
    "urgent": "now immediately asap down outage urgent emergency critical",
    "billing": "invoice charge charged refund payment card paid billing price money",
    "technical": "error crash bug login password broken install update screen",
    "spam": "winner prize free click offer lottery urgent claim",
}


def cues(label: str) -> list[str]:
    """Words of a text that speak for a label: the label's own, and for common labels a short list."""
    own = re.findall(r"\w+", label.lower())
    return own + [word for o in own for word in _CUES.get(o, "").split()]


def recall(question: str) -> str | None:
    """The short answer to a question of general knowledge; None where it is not known."""
    found = _CAPITAL.search(question)
    if found and found[1].strip().lower() in CAPITALS:
        return CAPITALS[found[1].strip().lower()]
    for pattern, answer in _ALIKE:
        if pattern.search(question):
            return answer
    return None
