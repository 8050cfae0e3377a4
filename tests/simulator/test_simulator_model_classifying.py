"""Labels by example: the forms in which examples come, and that more examples make better answers."""

import random

import msgspec
import pytest

from optlab.simulator.model import Prompt, Turn, answer
from optlab.simulator.model.skills.examples import Example, item_of, lesson


def words(text: str) -> list[str]:
    return text.split()


WORDS = {
    "billing": words("invoice charged card payment refund statement receipt fee bill bank"),
    "shipping": words("parcel delivery courier tracking late address package box customs arrived"),
    "login": words("password account sign reset locked email code authenticate username access"),
    "hardware": words("screen battery keyboard broken cable charger noise overheats crack button"),
    "feature": words("wish option suggestion dark mode export calendar integrate add widget"),
    "cancel": words("subscription stop renewal end terminate plan leave close trial unsubscribe"),
}
FILLERS = words("I my the please today again since week tried help really cannot thing still yesterday")
RAIN, SUN = Example("the clouds are grey and wet", "rain"), Example("a bright and warm sky", "sun")
FORMS = {
    "Text: {0}\nLabel: {1}\n": "Text: {0}\nLabel:",
    "Input: {0}\nOutput: {1}\n\n": "Input: {0}\nOutput:",
    "Q: {0}\nA: {1}\n": "Q: {0}\nA:",
    '"{0}" -> {1}\n': '"{0}" ->',
    "{0} => {1}\n": "{0} =>",
    '- "{0}": {1}\n': 'Now classify: "{0}"',
    "<example>\n<input>{0}</input>\n<output>{1}</output>\n</example>\n": "<input>{0}</input>",
    "<example><text>{0}</text><label>{1}</label></example>\n": "Classify this.\n<text>{0}</text>",
}


def message(label: str, rng: random.Random) -> str:
    said = rng.sample(WORDS[label], 3) + rng.sample(FILLERS, 4)
    rng.shuffle(said)
    return " ".join(said)


def accuracy(examples: int, strength: float = 0.65, without: str = "", items: int = 60) -> tuple[float, list[str]]:
    rng = random.Random(4)
    shown = [(message(label, rng), label) for label in WORDS for _ in range(examples) if label != without]
    rng.shuffle(shown)
    system = f"Classify the message into one of: {', '.join(WORDS)}. Answer with the label only.\n"
    system += "".join(f"Text: {t}\nLabel: {label}\n" for t, label in shown)
    right, given = 0, []
    for i in range(items):
        label = list(WORDS)[i % len(WORDS)]
        question = f"Text: {message(label, random.Random(f'item {i}'))}\nLabel:"
        given.append(answer(Prompt(system, "", question, strength=strength), random.Random(i)))
        right += given[-1] == label
    return right / items, given


@pytest.mark.parametrize("form", FORMS)
def test_examples_are_recognised_in_common_forms(form: str) -> None:
    taught = "".join(form.format(e.text, e.label) for e in (RAIN, SUN))
    asked = FORMS[form].format("grey clouds again")
    for prompt in (Prompt(taught, "", asked), Prompt("", "", f"{taught}\n{asked}")):
        found = lesson(prompt).examples
        assert found[:2] == (RAIN, SUN)
        assert all(e.label in ("rain", "sun") for e in found)
    assert item_of(asked) == "grey clouds again"
    question = "What is the weather label? One of: rain, sun. Answer with the label only.\n"
    given = {answer(Prompt(question + taught, "", asked), random.Random(i)) for i in range(10)}
    assert "rain" in given


def test_earlier_turns_are_examples() -> None:
    turns = (Turn("user", RAIN.text), Turn("assistant", "rain"), Turn("user", SUN.text), Turn("assistant", "sun"))
    prompt = Prompt("Classify the text.", "", "a warm bright day", turns=turns)
    assert lesson(prompt).examples == (RAIN, SUN)
    assert [answer(prompt, random.Random(i)) for i in range(20)].count("sun") >= 16


def test_definitions_of_labels_decide_where_there_are_no_examples() -> None:
    system = (
        "Classify the ticket. Answer with the label only.\n"
        "- billing: questions about invoices, charges and refunds\n- transport: lorries, trains and ferries\n"
        "- garden: plants, lawns, hedges and soil\n"
    )
    asked = Prompt(system, "", "The hedges and the lawns look dry and the soil is hard.")
    assert [answer(asked, random.Random(i)) for i in range(30)].count("garden") >= 24


def test_cutting_examples_costs_accuracy() -> None:
    none, one, four = (accuracy(k)[0] for k in (0, 1, 4))
    assert none < 0.45
    assert none + 0.15 < one
    assert one + 0.12 < four
    assert four > 0.8


def test_a_label_whose_examples_are_cut_is_rarely_chosen() -> None:
    whole, cut = accuracy(4)[1], accuracy(4, without="hardware")[1]
    assert whole.count("hardware") >= 7
    assert cut.count("hardware") <= 2


def test_weaker_models_label_worse() -> None:
    assert accuracy(2, strength=-0.6)[0] + 0.05 < accuracy(2, strength=1.5)[0]


def test_a_wrong_label_is_one_of_the_labels() -> None:
    assert set(accuracy(1, strength=-2.0)[1]) <= set(WORDS)


def test_the_form_asked_for_is_kept() -> None:
    asked = Prompt("Classify the sentiment as positive or negative.", "", '"I love it, great and fast."')
    word = msgspec.structs.replace(asked, system=asked.system + " Reply with one word.")
    assert {answer(word, random.Random(i)) for i in range(20)} == {"positive"}
    free = {answer(asked, random.Random(i)) for i in range(40)}
    assert any("**positive**" in text for text in free)
    shaped = Prompt(
        'Classify the sentiment as positive or negative. Return only JSON like {"label": "..."}',
        "",
        "I love it, great.",
    )
    assert msgspec.json.decode(answer(shaped, random.Random(1))) == {"label": "positive"}
