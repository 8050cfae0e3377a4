"""The phrases that instructions can do without, in one table, with the positions where a sentence survives their loss.

Every pattern is tried on text in which quotations, code, variables and data are painted over: none reaches into them.
"""

import re
from typing import Literal

import msgspec

from optlab.cuts.wins.protected import PAINT

Position = Literal["start", "clause", "anywhere", "whole"]
"""Where a phrase is looked for: at the beginning of a sentence; there or where a clause begins (behind a comma, a
semicolon, `and`, `but`, `then`); wherever it stands; as the whole sentence."""


class Phrase(msgspec.Struct, frozen=True):
    """One phrase: the lower-case words by which it is noticed, its pattern and what takes its place.

    It is left alone where `unless` is found in what follows it, or where it follows `not_after`.
    """

    notice: str
    pattern: re.Pattern[str]
    into: str = ""
    position: Position = "anywhere"
    unless: re.Pattern[str] | None = None
    not_after: re.Pattern[str] | None = None


def _phrase(
    notice: str,
    pattern: str,
    into: str = "",
    position: Position = "anywhere",
    unless: str | None = None,
    not_after: str | None = None,
) -> Phrase:
    def compiled(words: str) -> re.Pattern[str]:
        return re.compile(words.replace(" ", r"\s+"), re.IGNORECASE)

    return Phrase(
        notice,
        compiled(pattern),
        into,
        position,
        compiled(unless) if unless else None,
        compiled(rf"(?:{not_after})\s*$") if not_after else None,
    )


_VERBS_GO_ON = rf"{PAINT}|(?:not|never|know|understand|imagine)\b|.*\b(?:and|or|but|then),? (?:also |not |never )?to\b"
"""`I want you to read it and to answer`: without the first `to` the second would hang in the air."""
_GOES_WITH_TO = (
    r"\b(?:is|are|be|was|were|put|keep|not|needs?|needed|have|has|had|used?|going|ought|like|want|wants|try|tries|tend)"
)
"""`what we need in order to`: with `to` alone the words would become one verb."""
_NO_VERB = (
    r"(?:are|were|have|had|can|could|will|would|may|might|must|should|and|or|who|understand|know)\b|.*\bthat you\b"
)
_MODAL = r"\b(?:must|should|to|can|could|will|would|shall|may|might|always|never|not|n't|don['’]t)"
_NOTED = r"(?:note|remember|mention|keep in mind|bear in mind|point out|understand|realise|realize)"
_WORTH = r"(?:noting|mentioning|remembering|pointing out)"

PHRASES: tuple[Phrase, ...] = (
    _phrase(
        "it",
        r"\bit(?: is|['’]s) (?:also |very |really )*"
        r"(?:(?:important|essential|crucial|useful|vital|necessary|good|worth)"
        rf" to (?:also )?{_NOTED}|(?:worth|important) {_WORTH}) that ",
        position="clause",
    ),
    _phrase("should be noted", r"\bit should (?:also )?be noted that ", position="clause"),
    _phrase("without saying", r"\bit goes without saying that ", position="start"),
    _phrase("needless to say", r"\bneedless to say,? ", position="clause"),
    _phrase("as you", r"\bas you (?:may |might |probably |already |surely )*know, ", position="start"),
    _phrase(
        "as ",
        r"\bas (?:already |previously |i )?(?:mentioned|stated|noted|said)"
        r"(?: (?:above|before|earlier|previously|already))?, ",
        position="start",
    ),
    _phrase(
        "that",
        r"(?:please )?(?:also )?(?:note|be advised|be aware|keep in mind|bear in mind|remember) (?:also )?that ",
        position="start",
    ),
    _phrase(
        "as an",
        r"\bas an? (?:ai|artificial intelligence|(?:large )?language model)"
        r"(?: (?:language )?(?:model|assistant|system))?, ",
        position="start",
    ),
    _phrase(
        "you to",
        r"(?:please )?(?:now )?i(?:(?: would|['’]d)(?: really)? like| want| need|['’]m asking| am asking) you to ",
        position="start",
        unless=_VERBS_GO_ON,
    ),
    _phrase("your", r"\byour (?:task|job|goal) is to ", position="start", unless=_VERBS_GO_ON),
    _phrase("sure", r"\b(?:make|be) sure (?:to not|not to) ", "do not ", position="clause"),
    _phrase("sure to", r"\b(?:make|be) sure to ", unless="not\\b", not_after=r"\b(?:not|never|n't|don['’]t)"),
    _phrase("sure", r"(?:please )?make sure (?:that )?you ", position="start", unless=_NO_VERB),
    _phrase("ensure", r"(?:please )?ensure (?:that )?you ", position="start", unless=_NO_VERB),
    _phrase("forget to", r"\b(?:do not|don['’]t) forget to ", position="clause"),
    _phrase("remember to", r"\bremember to ", position="clause"),
    _phrase("please", r",? please(?=\s*[.!;]?\s*$)", not_after=r"\b(?:to|you|they|we|say|says|word|write|with|or|and)"),
    _phrase(
        "please",
        r"\bplease,? (?:also )?",
        position="start",
        unless=rf"(?:find|and|or|is|are)\b|\s|[.,:;!?{PAINT}]|$",
    ),
    _phrase(
        "please",
        r"(?<=[,;:]\s)please |(?<=\band\s)please |(?<=\bthen\s)please |(?<=\bbut\s)please "
        r"|(?<=\bcould\syou\s)please |(?<=\bwould\syou\s)please |(?<=\bcan\syou\s)please |(?<=\bwill\syou\s)please ",
        unless=rf"(?:find|and|or|is|are)\b|[.,:;!?{PAINT}]|$",
    ),
    _phrase(
        "kindly",
        r"\bkindly ",
        position="start",
        unless=rf"[{PAINT}]|(?:and|but|or)\b|(?!reply|apply|supply|comply|rely)\w+(?:ed|ly)\b",
    ),
    _phrase(
        "kindly", r"(?<=\bcould\syou\s)kindly |(?<=\bwould\syou\s)kindly |(?<=,\s)kindly ", unless=r"(?:and|but|or)\b"
    ),
    _phrase("in order to", r"\bin order to\b", "to", not_after=_GOES_WITH_TO),
    _phrase("so as to", r"\bso as to\b", "to"),
    _phrase("due to the fact", r"\b(?:due to|because of|owing to) the fact that\b", "because"),
    _phrase("fact that", r"\b(?:in spite of|despite) the fact that\b", "although"),
    _phrase("in the", r"\bin the (?:event|case) that\b", "if"),
    _phrase("in time", r"\bat this (?:point|moment) in time\b", "now"),
    _phrase("at the present time", r"\bat the present time\b", "now"),
    _phrase("until such time", r"\buntil such time as\b", "until"),
    _phrase("on a regular basis", r"\bon a regular basis\b", "regularly"),
    _phrase("in a timely", r"\bin a timely (?:manner|fashion)\b", "promptly"),
    _phrase("each and every", r"\beach and every\b", "every"),
    _phrase("first and foremost", r"\bfirst and foremost\b", "first"),
    _phrase("with the exception", r"\bwith the exception of\b", "except"),
    _phrase("in close proximity", r"\bin close proximity to\b", "near"),
    _phrase("for the purpose", r"\bfor the purposes? of\b", "for"),
    _phrase("by means of", r"\bby means of\b", "by"),
    _phrase("prior to", r"\bprior to\b", "before"),
    _phrase("subsequent to", r"\bsubsequent to\b", "after"),
    _phrase("matter of fact", r"\bas a matter of fact, ", position="start"),
    _phrase(
        "thank",
        r"(?:many )?thank(?:s| you)(?: (?:so|very) much)?(?: in advance)?"
        r"(?: for your (?:help|time|assistance|attention|support|cooperation|understanding|work|effort)s?)?[.!\s]*",
        position="whole",
    ),
    _phrase(
        "appreciate",
        r"i (?:would |really |greatly )*appreciate (?:it|your (?:help|time|assistance|support|work|effort)s?)[.!\s]*"
        r"|your (?:help|time|assistance) is (?:much |greatly |very much )?appreciated[.!\s]*",
        position="whole",
    ),
    _phrase(
        "hope",
        r"i hope (?:that )?(?:you are|you['’]re|this (?:message )?finds you) (?:doing )?well[.!\s]*",
        position="whole",
    ),
    _phrase("luck", r"good luck[.!\s]*", position="whole"),
)
