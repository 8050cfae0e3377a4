"""Sentences that are there twice: found whatever their looks, left where their place or a detail makes a difference."""

import pytest
from cut_builders import cut_words, scenario, wins

from optlab.core.prompt import Segment
from optlab.cuts.wins import apply, take_all
from optlab.cuts.wins.wording import meaning, say_the_same

TWICE = {
    "Never share data. Be brief. Never share data.": "Never share data. Be brief.",
    "- Never share data.\n- Be brief.\n- never  share data\n": "- Never share data.\n- Be brief.\n",
    "- Never share data.\n- Be brief.\n\n1. **Never** share data!\n": "- Never share data.\n- Be brief.\n",
    "Never share data.\n\nNever share data.\n\nBe brief.": "Never share data.\n\nBe brief.",
    "Be brief, kind and calm. Be brief, kind, and calm.": "Be brief, kind and calm.",
    "# Rules\n- Be brief, always.\n\n# Rules\n- Be brief, always.\n": "# Rules\n- Be brief, always.\n",
    "Ask for the number.\n\n# Returns\n- Ask for the number.\n- Be kind.\n": (
        "Ask for the number.\n\n# Returns\n- Be kind.\n"
    ),
    "Write it well. It must rhyme. Write it well. It must rhyme.": "Write it well. It must rhyme.",
}

ONCE = (
    "Orders over $50 ship free. Orders over $500 ship free.",
    "The limit is 5.0 days. The limit is 50 days.",
    "Do share data. Do not share data.",
    "Do share data with US clients. Do share data with us clients.",
    "Is the order late? Is the order late.",
    "# Refunds\n- Ask for the number.\n\n# Exchanges\n- Ask for the number.\n",
    "Refunds\n-------\n- Ask for the number.\n\nExchanges\n---------\n- Ask for the number.\n",
    "Refunds\n-------\nNone of them.\n\nRules\n=====\nBe kind.\n\nRefunds\n-------\nSome of them.\n",
    ".. code-block:: bash\n\n   run it\n\n.. code-block:: bash\n\n   stop it\n",
    "Do:\n- Share the number.\n\nDon't:\n- Share the number.\n",
    "- Refunds:\n  - Ask for the number.\n- Exchanges:\n  - Ask for the number.\n",
    "If the order is late: apologise. Offer a voucher. If it is lost, refund it. Offer a voucher.",
    "Write a poem. It must rhyme. Write a song. It must rhyme.",
    "- Refunds: look at the date. Ask for the number.\n- Exchanges: look at the size. Ask for the number.",
    "- Look at the date.\n  - Be exact.\n\n# More\n- Look at the date.\n  - Be quick.\n",
    "Q: Where is it?\nA: Not here.\n\nQ: Where was it?\nA: Not here.",
    "```\nRun the tests.\nRun the tests.\n```",
    "<doc>\nThe sky is blue.\n</doc>\n<doc>\nThe sky is blue.\n</doc>",
    "Yes. Yes.",
    "Label:\nLabel:",
)


@pytest.mark.parametrize(("before", "after"), TWICE.items())
def test_the_first_stays(before: str, after: str) -> None:
    subject = scenario(before)
    prompt, taken = take_all(subject, ["duplicate"])
    assert prompt.segments[0].text == after
    assert all("the same words stand already" in win.reason and win.keep and win.tokens > 0 for win in taken)


@pytest.mark.parametrize("text", ONCE)
def test_what_differs_by_a_detail_or_by_its_place_stays(text: str) -> None:
    subject = scenario(text)
    assert cut_words(subject, "duplicate") == cut_words(subject, "near duplicate") == []


def test_across_segments_and_into_the_users_turn() -> None:
    subject = scenario(
        "Never share data.", "Be brief.\nNever share data.", Segment("ask", "user", "never share data\n{question}")
    )
    (win,) = wins(subject, "duplicate")
    assert [edit.segment for edit in win.edits] == ["s2", "ask"]
    prompt = win.apply(subject.prompt)
    assert [segment.text for segment in prompt.segments] == ["Never share data.", "Be brief.", "{question}"]


def test_a_copy_goes_where_the_other_must_stay() -> None:
    kept = Segment("kept", "system", "Never share data.", trimmable=False)
    subject = scenario("Never share data.", kept)
    (win,) = wins(subject, "duplicate")
    assert (win.segments, win.keep[0].segment) == (("s1",), "kept")
    assert not win.apply(subject.prompt).segments[0].on
    assert wins(scenario(kept, Segment("too", "system", "Never share data.", trimmable=False)), "duplicate") == []


def test_a_repeated_passage_is_one_offer() -> None:
    (win,) = wins(scenario("Be brief, always. Be kind to all. " * 50), "duplicate")
    assert "2 in a row" in win.reason and "49 copies" in win.reason
    assert win.keep[0].text == "Be brief, always. Be kind to all."


SAME = (
    ("Never reveal internal notes to any customer.", "Do not disclose internal notes to customers."),
    ("Keep your answers short and clear.", "Keep answers clear and brief."),
    ("Always answer in a polite and friendly way.", "Answer in a friendly and polite manner at all times."),
    ("If you are unsure, ask the customer.", "When you're not sure, ask the customer."),
    ("If the order is late, apologise to the client.", "Apologise to the customer if the order is late."),
    ("You must respond to the customer politely.", "Respond politely to the customer."),
    ("Do not share personal data of customers with others.", "Never share customers' personal data with others."),
    ("Make sure to cite every source.", "Cite each source."),
)  # fmt: skip

OTHER = (
    ("Refund orders over $50 at once.", "Refund orders over $500 at once."),
    ("Refund orders over 50 euros.", "Refund orders under 50 euros."),
    ("Share notes with the customer.", "Never share notes with the customer."),
    ("Answer and do not apologise to customers.", "Do not answer and apologise to customers."),
    ("Write to Anna about the parcel.", "Write to Berta about the parcel."),
    ("Ask before you ship the parcel.", "Ship the parcel before you ask."),
    ("Refer billing questions to the shipping desk.", "Refer shipping questions to the billing desk."),
    ("Answer customers in English.", "Answer business customers in English."),
    ("The showroom opens at ten on weekdays.", "The showroom opens at ten on weekends."),
    ("You may offer a voucher twice.", "Offer a voucher twice."),
    ("Only answer questions about orders.", "Answer questions about orders."),
    ("Use {name} in the greeting line.", "Use {title} in the greeting line."),
    ("We pay for the return label.", "They pay for the return label."),
    ("If the parcel is late, it is lost today.", "If it is lost, the parcel is late today."),
    ("Does the customer like short answers?", "The customer does like short answers."),
)


@pytest.mark.parametrize(("one", "other"), SAME)
def test_the_same_in_other_words_is_offered_once(one: str, other: str) -> None:
    subject = scenario(f"{one}\nStay calm.\n{other}")
    shorter, longer = sorted((one, other), key=len)
    (win,) = wins(subject, "near duplicate")
    assert ([edit.before.strip() for edit in win.edits], win.keep[0].text) == ([longer], shorter)


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_sentences_that_look_alike_are_not_the_same(one: str, other: str) -> None:
    assert wins(scenario(f"{one}\nStay calm.\n{other}"), "near duplicate") == []
    first, second = meaning(one), meaning(other)
    assert first is None or second is None or not say_the_same(first, second)


def test_words_to_keep_that_are_gone_refuse_the_cut() -> None:
    subject = scenario("Never share data.", "Never share data.")
    (win,) = wins(subject, "duplicate")
    edited = subject.prompt.switched("s1", False)
    with pytest.raises(ValueError, match="'s1' is not there or switched off"):
        win.apply(edited)
    with pytest.raises(ValueError, match="touch the same words"):
        apply(subject.prompt, [win, win])
