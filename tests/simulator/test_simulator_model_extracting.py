"""Fields into JSON: what the text says, typed as asked, null where it is absent, and one spoilt field when wrong."""

import json
import random
import re
from typing import Any

import msgspec
import pytest

from optlab.simulator.model import Desk, Prompt, answer, shaped
from optlab.simulator.model.skills.fields import iso_date

MAIL = (
    "Invoice\nDear Ms Jane Porter, thank you for your payment of $1,049.90 on March 3, 2025. "
    "Contact: jane.porter@mail.com"
)
FORM = "Order number: A-1772\nCustomer: Peter Lang\nItems: 3\nTotal: 88.20 EUR\nPaid: no"


def parsed(question: str, system: str = "", seed: int = 1) -> Any:
    text = answer(Prompt(system, "", question), random.Random(seed))
    return json.loads(re.sub(r"^```json\n|\n```$", "", text))


def filled(schema: dict[str, Any], text: str, seed: int = 1, strength: float = 0.65) -> Any:
    return shaped(schema, Desk(Prompt("", "", text, strength=strength), random.Random(seed)))


def schema(**fields: Any) -> dict[str, Any]:
    return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}


def test_fields_named_in_a_sentence() -> None:
    found = parsed(f"Extract the name, date, amount and email as JSON.\n\n{MAIL}")
    assert found["name"].endswith("Jane Porter")
    assert (found["date"], found["amount"], found["email"]) == ("March 3, 2025", 1049.9, "jane.porter@mail.com")


def test_fields_behind_labels() -> None:
    keys = "order_number, customer_name and total"
    question = f"Extract the order number, customer name and total as JSON with keys {keys}.\n\n{FORM}"
    assert parsed(question) == {"order_number": "A-1772", "customer_name": "Peter Lang", "total": 88.2}


def test_fields_of_a_template_and_of_a_list() -> None:
    message = "Please send 4 desk lamps to Berlin by 2025-04-02."
    template = 'Return {"quantity": 0, "product": "...", "delivery_date": "..."} for this message: '
    assert parsed(template + message) == {"quantity": 4, "product": "desk lamps", "delivery_date": "2025-04-02"}
    listed = f"Extract the following fields as JSON:\n- email\n- amount\n\n{MAIL}"
    assert parsed(listed) == {"email": "jane.porter@mail.com", "amount": 1049.9}


def test_json_is_bare_when_told_so_and_sometimes_fenced_otherwise() -> None:
    asked = f"Extract name and email as JSON.\n\n{MAIL}"
    free = [answer(Prompt("", "", asked), random.Random(i)) for i in range(40)]
    assert 3 <= sum(t.startswith("```json\n") for t in free) <= 25
    assert all(t.startswith(("```json\n", "{")) for t in free)
    told = [answer(Prompt("Reply with JSON only.", "", asked), random.Random(i)) for i in range(40)]
    assert all(t.startswith("{") for t in told)


def test_values_have_the_types_of_the_schema() -> None:
    wanted = schema(
        order_number={"type": "string"},
        customer={"type": "string"},
        items={"type": "integer"},
        total={"type": "number"},
        currency={"enum": ["USD", "EUR"]},
        paid={"type": "boolean"},
    )
    assert filled(wanted, FORM) == {
        "order_number": "A-1772",
        "customer": "Peter Lang",
        "items": 3,
        "total": 88.2,
        "currency": "EUR",
        "paid": False,
    }


def test_dates_take_the_form_the_schema_asks_for() -> None:
    assert filled(schema(date={"type": "string"}), MAIL) == {"date": "March 3, 2025"}
    assert filled(schema(date={"type": "string", "format": "date"}), MAIL) == {"date": "2025-03-03"}
    assert filled(schema(date={"type": "string", "description": "in ISO 8601"}), MAIL) == {"date": "2025-03-03"}
    assert [iso_date(t) for t in ("3 May 2024", "31/12/2024", "12.5.24", "May 2024", "31 February 2024")] == [
        "2024-05-03", "2024-12-31", "2024-05-12", None, None,
    ]  # fmt: skip


def test_the_nearest_words_decide_between_values_of_one_type() -> None:
    text = "The contract starts on 2025-01-10 and it ends on 2026-02-20. The fee is $40 and the deposit is $300."
    wanted = schema(
        end_date={"type": "string"},
        start_date={"type": "string"},
        deposit_amount={"type": "number"},
        fee={"type": "number"},
    )
    assert filled(wanted, text) == {
        "end_date": "2026-02-20",
        "start_date": "2025-01-10",
        "deposit_amount": 300,
        "fee": 40,
    }


def test_what_the_text_lacks_is_null_where_the_schema_allows_it() -> None:
    nullable = schema(email={"type": ["string", "null"]}, phone={"type": ["string", "null"]})
    assert filled(nullable, "Write to Ann at ann@mail.com please.") == {"email": "ann@mail.com", "phone": None}
    optional = {
        "type": "object",
        "properties": {"phone": {"type": "string"}, "email": {"type": "string"}},
        "required": ["email"],
    }
    assert filled(optional, "Write to Ann at ann@mail.com please.") == {"email": "ann@mail.com"}


def test_lists_hold_what_the_text_lists() -> None:
    wanted = schema(emails={"type": "array", "items": {"type": "string", "format": "email"}})
    assert filled(wanted, "Ask bo@x.org, cy@x.org or di@x.org.") == {"emails": ["bo@x.org", "cy@x.org", "di@x.org"]}


def test_cutting_the_sentence_loses_the_field() -> None:
    wanted = schema(email={"type": ["string", "null"]}, amount={"type": ["number", "null"]})
    cut = MAIL.replace(" Contact: jane.porter@mail.com", "")
    assert filled(wanted, MAIL)["email"] == "jane.porter@mail.com"
    assert filled(wanted, cut) == {"email": None, "amount": 1049.9}


def test_a_wrong_draw_spoils_one_field_with_a_plausible_value() -> None:
    text = "The contract starts on 2025-01-10 and it ends on 2026-02-20. Contact ann@mail.com or bob@mail.com."
    wanted = schema(start_date={"type": "string"}, end_date={"type": "string"}, email={"type": ["string", "null"]})
    right = {"start_date": "2025-01-10", "end_date": "2026-02-20", "email": "ann@mail.com"}
    weak = [filled(wanted, text, seed, strength=-3.0) for seed in range(60)]
    wrong = [found for found in weak if found != right]
    assert len(wrong) > 20
    assert all(sum(found[k] != right[k] for k in right) == 1 for found in wrong)
    assert {found["email"] for found in wrong} <= {"ann@mail.com", "bob@mail.com"}
    assert sum(filled(wanted, text, seed) != right for seed in range(60)) < len(wrong) / 3


@pytest.mark.parametrize("fields", [2, 8])
def test_more_fields_are_harder(fields: int) -> None:
    names = ("customer_name", "email", "order_number", "amount", "invoice_date", "due_date", "city", "phone")[:fields]
    text = (
        "Customer: Ada Lang. The invoice date is 2025-06-18 and it is due on 2025-10-08. The total amount is $769.50. "
        "Order number: B-5080. Contact ada@mail.com or +49 30 1234567. Delivery to the shop in Lisbon."
    )
    wanted = schema(**{n: {"type": "number" if n == "amount" else "string"} for n in names})
    found = [msgspec.json.encode(filled(wanted, text, seed, strength=-0.8)) for seed in range(60)]
    share = found.count(max(set(found), key=found.count)) / len(found)
    assert share > 0.85 if fields == 2 else 0.2 < share < 0.7


def test_labels_verdicts_and_results_come_from_their_skills() -> None:
    label = schema(sentiment={"type": "string", "enum": ["positive", "negative"]})
    assert filled(label, "Classify the review: I love it, great and fast.") == {"sentiment": "positive"}
    number = schema(answer={"type": "number"}, reasoning={"type": "string"})
    found = filled(number, "Tom has 5 apples. He buys 3 more. How many apples does he have?")
    assert found["answer"] == 8
    verdict = schema(verdict={"type": "string", "enum": ["PASS", "FAIL"]})
    graded = "Question: What is 6*7?\nAnswer: {}\n\nGrade the answer: PASS or FAIL."
    assert [filled(verdict, graded.format(n))["verdict"] for n in ("42", "48")] == ["PASS", "FAIL"]


def test_a_form_is_easier_to_read_than_a_letter() -> None:
    """Under its own name in the text no other value can be taken for a field's."""
    form = "Invoice number: A-{n}\nInvoice date: 2026-03-{d:02d}\nDue date: 2026-04-{d:02d}\nTotal: {n}.50 EUR"
    letter = (
        "We write about A-{n}, sent on 2026-03-{d:02d}; please pay {n}.50 EUR by 2026-04-{d:02d}, with {d}.25 EUR of "
        "postage, at 12 noon."
    )
    date = {"type": "string", "format": "date"}
    wanted = schema(invoice_number={"type": "string"}, invoice_date=date, due_date=date, total={"type": "number"})
    spoilt = {
        text: sum(
            filled(wanted, text.format(n=2_100 + d, d=d), seed, 0.0)
            != filled(wanted, text.format(n=2_100 + d, d=d), seed, 9.0)
            for d in range(10, 28)
            for seed in range(12)
        )
        for text in (form, letter)
    }
    assert spoilt[form] * 2 < spoilt[letter]
