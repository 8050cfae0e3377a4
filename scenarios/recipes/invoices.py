"""Invoices in six layouts, 20 of each, and the five fields to be read from them."""

import datetime
import json
import random
from collections.abc import Iterator
from typing import Any

from recipes.item import Item

SELLERS = (
    "Bluebird Services", "Northwind Supplies", "Harbour Office Ltd", "Alder & Finch", "Quarry Print", "Maple Works",
    "Tidewater Systems", "Old Mill Catering", "Sparrow Logistics", "Granite Tools",
)  # fmt: skip
GOODS = (
    "office chairs", "printer paper", "two standing desks", "a coffee machine", "network cables", "desk lamps",
    "window cleaning", "a set of tools", "catering for twelve", "business cards", "storage boxes", "a projector",
)  # fmt: skip
SIGNS = {"USD": "$", "EUR": "€", "GBP": "£"}
LAYOUTS = (
    "{seller}\nInvoice number: {number}\nInvoice date: {iso}\nFor: {goods}\nTotal: {total} {currency}\n"
    "Due date: {due_iso}",
    "Invoice {number} of {date}.\n\nDear customer, for {goods} we charge {sign}{net} plus tax. "
    "The total of {sign}{total} is due on {due}.\n\n{seller}",
    "INVOICE\nNo.: {number}\nDate of invoice: {date}\nPayable until (due date): {due}\n\n"
    "{goods}, delivery included\nTotal: {total} {currency}\n\n{seller}",
    "{seller}\nInvoice number: {number}\nInvoice date: {date}\n"
    "Thank you for ordering {goods}. Please pay the total of {sign}{total}.\nDue date: {due}",
    "Invoice date: {iso}\nDue date: {due_iso}\nInvoice number: {number}\nSeller: {seller}\n"
    "Goods: {goods}\nTotal: {total} {currency}",
    "{seller}\n\nInvoice number: {number}\nInvoice date: {date}\nDue date: {due}\n\n"
    "{goods}: {sign}{net}\nTax: {sign}{tax}\nTotal: {sign}{total}",
)


def items() -> list[Item]:
    """All samples, layouts mixed."""
    rng = random.Random("invoices")
    made = list(_items(rng))
    rng.shuffle(made)
    return made


def _items(rng: random.Random) -> Iterator[Item]:
    numbers = rng.sample(range(1_000, 10_000), k=120)
    for i, number in enumerate(numbers):
        currency = rng.choice(list(SIGNS))
        day = datetime.date(2026, 1, 5) + datetime.timedelta(days=rng.randrange(180))
        due = day + datetime.timedelta(days=rng.choice((14, 21, 30)))
        cents = rng.randint(9_000, 290_000)
        total = (cents * 119 + 50) // 100
        expected = {
            "invoice_number": rng.choice(("INV-2026-{}", "A-{}", "R-{}", "2026-{}")).format(number),
            "invoice_date": day.isoformat(),
            "due_date": due.isoformat(),
            "total": total / 100,
            "currency": currency,
        }
        text = LAYOUTS[i % len(LAYOUTS)].format(
            seller=rng.choice(SELLERS),
            goods=rng.choice(GOODS),
            number=expected["invoice_number"],
            iso=day.isoformat(),
            due_iso=due.isoformat(),
            date=_spoken(day),
            due=_spoken(due),
            net=f"{cents / 100:,.2f}",
            tax=f"{(total - cents) / 100:,.2f}",
            total=f"{total / 100:,.2f}",
            sign=SIGNS[currency],
            currency=currency,
        )
        check = {"kind": "fields", "expected": expected, "tolerance": 0.005}
        net = cents / 100
        yield Item(
            {"id": f"invoice-{i + 1:03d}", "invoice": text, "check": [check]},
            right=(json.dumps(expected), f"```json\n{json.dumps(expected, indent=2)}\n```"),
            wrong=tuple(_wrong(expected, net)),
        )


def _wrong(expected: dict[str, Any], net: float) -> Iterator[str]:
    """The fields with one taken for another, cut, or not there."""
    swapped = expected | {"invoice_date": expected["due_date"], "due_date": expected["invoice_date"]}
    others = [c for c in SIGNS if c != expected["currency"]]
    changed = (
        swapped,
        expected | {"due_date": expected["invoice_date"]},
        expected | {"total": net},
        expected | {"total": round(expected["total"] + 0.01, 2)},
        expected | {"total": str(expected["total"])},
        expected | {"invoice_number": expected["invoice_number"][:-1]},
        *(expected | {"currency": other} for other in others),
        *({k: v for k, v in expected.items() if k != name} for name in expected),
    )
    yield from (json.dumps(value) for value in changed)
    yield json.dumps(expected)[:-12]
    yield f"Here is the invoice: {expected['invoice_number']}, {expected['total']} {expected['currency']}."


def _spoken(day: datetime.date) -> str:
    return f"{day.day} {day:%B %Y}"
