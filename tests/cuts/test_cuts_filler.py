"""Filler goes where a sentence survives it, and stays in quotations, code, documents, letters and other meanings."""

import pytest
from cut_builders import scenario, wins

from optlab.core.prompt import Segment
from optlab.cuts.wins import take_all

SHORTER = {
    "Please answer in French.": "Answer in French.",
    "Please, answer in French.": "Answer in French.",
    "Please kindly make sure to answer in French.": "Answer in French.",
    "please answer in lower case.": "answer in lower case.",
    "PLEASE ANSWER IN FRENCH.": "ANSWER IN FRENCH.",
    "Answer in French, please.": "Answer in French.",
    "Answer in French please!": "Answer in French!",
    "Could you please summarise the text?": "Could you summarise the text?",
    "Be brief, and please do not guess.": "Be brief, and do not guess.",
    "Read the mail, please answer it.": "Read the mail, answer it.",
    "- Please greet first.": "- Greet first.",
    "3. Please greet first.": "3. Greet first.",
    "Kindly reply in English.": "Reply in English.",
    "Please don't answer twice.": "Don't answer twice.",
    "I would like you to read the mail and answer it.": "Read the mail and answer it.",
    "I'd like you to be concise.": "Be concise.",
    "I want you to classify the ticket.": "Classify the ticket.",
    "Your task is to classify the ticket.": "Classify the ticket.",
    "It is important to note that refunds take 5 days.": "Refunds take 5 days.",
    "However, it is worth noting that refunds take 5 days.": "However, refunds take 5 days.",
    "Please note that refunds take 5 days.": "Refunds take 5 days.",
    "Keep in mind that refunds take 5 days.": "Refunds take 5 days.",
    "Note that {product} is sold out.": "{product} is sold out.",
    "Note that `refund` is a table.": "`refund` is a table.",
    "It should be noted that prices are net.": "Prices are net.",
    "Needless to say, be honest.": "Be honest.",
    "As mentioned above, prices are net.": "Prices are net.",
    "As you know, prices are net.": "Prices are net.",
    "As an AI language model, you never give legal advice.": "You never give legal advice.",
    "Make sure to cite the source.": "Cite the source.",
    "Always make sure to cite the source.": "Always cite the source.",
    "You must make sure to cite the source.": "You must cite the source.",
    "Answer briefly and make sure to greet.": "Answer briefly and greet.",
    "When you answer, be sure to greet.": "When you answer, greet.",
    "Make sure not to cite the source.": "Do not cite the source.",
    "Be brief and make sure to not guess.": "Be brief and do not guess.",
    "Please make sure that you cite the source.": "Cite the source.",
    "Do not forget to greet.": "Greet.",
    "Remember to greet; remember that Sundays are free.": "Greet; remember that Sundays are free.",
    "In order to cancel, the customer must call us.": "To cancel, the customer must call us.",
    "Ask for the number in order to find the order.": "Ask for the number to find the order.",
    "Due to the fact that stock is low, we ration.": "Because stock is low, we ration.",
    "You may, in the event that stock is low, wait.": "You may, if stock is low, wait.",
    "Each and every customer counts.": "Every customer counts.",
    "Call the customer prior to shipping.": "Call the customer before shipping.",
    "Please\nanswer in French.": "Answer in French.",
    "Be brief. Please use French. Please be kind.": "Be brief. Use French. Be kind.",
    "- Be brief. Please use French.\n- Please be kind.": "- Be brief. Use French.\n- Be kind.",
    "<rules>\nPlease be kind.\n</rules>": "<rules>\nBe kind.\n</rules>",
    "Please say \"please\" and `please`.": "Say \"please\" and `please`.",
    "Be brief.\n\nThank you!": "Be brief.",
    "Be brief. Thanks in advance for your help.": "Be brief.",
    "Ünwahr İst: Please be brief.\nPlease be kind.": "Ünwahr İst: Be brief.\nBe kind.",
}  # fmt: skip

AS_THEY_ARE = (
    "I would like you to read the mail and to answer it.",
    "Your task is to read the ticket and to classify it.",
    "I want you to not be rude.",
    "I want you to know that we care.",
    "If I want you to stop, I will say so.",
    "Make sure you are polite.",
    "Make sure that you cite the source and that you check it.",
    "We make sure that you get a refund.",
    "Never make sure to be late.",
    "Our aim is to please the customer.",
    "Tell the customer to please wait.",
    "Always say please and thank you.",
    "Please and thank you are part of every answer.",
    "Do as you please.",
    "You can please everybody.",
    "You are pleased to help.",
    "Please find the order in the table.",
    "Please: be brief.",
    "Reply kindly to angry customers.",
    "Kindly and patiently explain the steps.",
    "Kindly worded answers are liked.",
    "You should kindly remind the customer.",
    "Everything must be in order to be shipped.",
    "We keep what we need in order to send a parcel.",
    "Name the parts that you would like it to have in order to work.",
    "This is the address they used in order to write to us.",
    "Please `read the handbook` first.",
    "I want you to “greet” first.",
    "Customers who remember to call get a gift.",
    "Thank you for your order.",
    'Never say "Please note that I am an AI" or “please wait”.',
    "Sign off with: Please do not hesitate to call.",
    "Write `please` in the subject.",
    "```\nPlease keep this.\n```",
    "<document>\nPlease keep this.\n</document>",
    "<email>Please note that it rains.</email>",
    "> Please keep this.",
    "Dear customer,\nPlease call us.\nKind regards",
    "Agents must:\n- note that the parcel is late\n- remember to call",
    "Use these phrases:\n- Please hold the line.\n- Thank you!",
    "Q: Please help me.\nA: Please hold.\n\nQ: Please stop.\nA: Please wait.",
    "{please}",
)


@pytest.mark.parametrize(("before", "after"), SHORTER.items())
def test_what_says_nothing_goes_and_the_sentence_stands(before: str, after: str) -> None:
    subject = scenario(before)
    prompt, taken = take_all(subject, ["filler"])
    assert prompt.segments[0].text == after
    assert all(win.tokens > 0 and "nothing" in win.reason for win in taken) and taken


@pytest.mark.parametrize("text", AS_THEY_ARE)
def test_what_says_something_stays(text: str) -> None:
    assert wins(scenario(text), "filler") == []


@pytest.mark.parametrize(
    "segment",
    [
        Segment("kept", "system", "Please be brief.", trimmable=False),
        Segment("off", "system", "Please be brief.", on=False),
        Segment("turn", "history", "Please be brief.", role="user"),
        Segment("tools", "tools", '{"name": "a", "description": "Please be brief."}'),
    ],
)
def test_only_the_prompts_own_words(segment: Segment) -> None:
    assert wins(scenario(segment), "filler") == []


def test_a_user_segment_is_the_prompts_own() -> None:
    (win,) = wins(scenario(Segment("ask", "user", "Please answer: {question}")), "filler")
    assert (win.segments, win.edits[0].after) == (("ask",), "Answer: {question}")
    assert win.reason == "says nothing: “Please”"
