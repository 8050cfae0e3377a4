"""Tickets to a web shop with one right label each: 24 a label, two to a wording, in different words around it."""

import random

from recipes.item import Item

TICKETS = {
    "billing": (
        "I see two charges on my card for order {order}.",
        "Could you send the invoice for {month} once more? Our accountant lost it.",
        "The discount was accepted, but my card was charged the full price of {money} dollars.",
        "My refund of {money} dollars is still missing, please check with the bank.",
        "I cancelled the subscription in {month} and was charged again today.",
        "Can we pay the invoice for order {order} by bank transfer instead of by card?",
        "There is a fee of {money} dollars on my bill that nobody told me about.",
        "Please put our company name and VAT number on the invoice for {month}.",
        "My new card is declined every month when you charge the subscription.",
        "You refunded {money} dollars, but I paid more than that.",
        "Why was my credit card charged {money} dollars in {month}?",
        "The amount on the invoice and the charge on my card differ by {money} dollars.",
    ),
    "shipping": (
        "The tracking number you sent me for order {order} does not exist.",
        "My parcel has been in the same depot since {day}.",
        "I need the order before {day}, when will it be delivered?",
        "The courier left the parcel with a neighbour I do not know.",
        "Can I still change the delivery address of order {order}?",
        "Tracking says delivered on {day}, but there is no parcel at my door.",
        "Do you ship to {land}, and how long does delivery take?",
        "Half of order {order} was delivered, where is the other parcel?",
        "Nobody was at home, can the courier come again on {day}?",
        "You promised delivery for {day}, and the parcel is late again.",
        "Has order {order} been shipped yet? The tracking page is empty.",
        "The courier went to the wrong address in {land}.",
    ),
    "returns": (
        "The {thing} was broken when I opened the box.",
        "The {garment} is too long, can I exchange it for a shorter one?",
        "I received a blue {thing} and ordered a green one, please swap it.",
        "How do I send back a {thing} that I do not like?",
        "Part of the {thing} has a crack, I want a replacement.",
        "Is the return label free when I send back the {garment}?",
        "The {garment} does not fit, please exchange it for a larger size.",
        "I bought the {thing} {days} days ago, can I still return it?",
        "You sent me the wrong {thing}, how do I return it?",
        "The {thing} arrived with a scratch, I would like to send it back.",
        "I changed my mind about the {garment} and want to send it back.",
        "The colour of the {garment} is wrong, can I swap it for another?",
    ),
    "account": (
        "The password reset e-mail comes {days} hours late and the link has expired.",
        "I want my account, my profile and all my data deleted.",
        "My e-mail address has changed, how do I change it in my profile?",
        "I cannot sign in since {day}, it says that my username is unknown.",
        "The code to sign in goes to a phone I no longer have.",
        "Somebody else seems to use my login since {day}, please lock my account.",
        "How do I turn off the e-mail newsletter in my profile?",
        "I have two accounts by accident, can you merge the profiles?",
        "May my colleague in {land} and I share one login?",
        "I never get the e-mail with the code to sign in.",
        "I forgot my username and my password.",
        "Please correct the spelling of my name in my profile.",
    ),
    "technical": (
        "The app closes by itself as soon as I open my {thing} list.",
        "I press the button on the website and the page shows nothing.",
        "The page for gift cards shows an error {code}.",
        "Since the update on {day} the app is stuck on a white screen.",
        "The photos of the {thing} do not load in my browser.",
        "The search on the website ignores the word {thing}.",
        "The app freezes when I use the filter for {garment} sizes.",
        "The website shows an error {code} after every click.",
        "The newest version of the app crashes on my tablet.",
        "The menu of the page is missing when I open the website on my phone.",
        "The app shows an error {code} whenever I open the cart.",
        "Since {day} the page freezes after I pick a size.",
    ),
}
OPENERS = ("", "", "", "Hello, ", "Hi, ", "Good evening, ", "Once more: ", "Dear team, ")
CLOSERS = ("", "", "", " Thanks!", " Please help.", " Kind regards, {name}", " This is urgent.", " Thank you, {name}")
SLOTS = {
    "day": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"),
    "month": ("January", "February", "March", "April", "June", "September", "October"),
    "land": ("Norway", "Portugal", "Iceland", "Malta", "Estonia", "Ireland"),
    "thing": ("vase", "lamp", "kettle", "chair", "clock", "mirror", "teapot", "rug"),
    "garment": ("jacket", "coat", "dress", "shirt", "skirt", "sweater"),
    "name": ("Ada", "Bo", "Carla", "Deniz", "Elif", "Femi", "Grete"),
    "code": ("404", "403", "500", "502"),
}


def items() -> list[Item]:
    """All samples, labels mixed."""
    rng = random.Random("tickets")
    made = [
        _item(f"{label}-{2 * i + half:02d}", ticket, label)
        for label, wordings in TICKETS.items()
        for i, wording in enumerate(wordings)
        for half, ticket in enumerate(_two(wording, rng), 1)
    ]
    rng.shuffle(made)
    return made


def _two(wording: str, rng: random.Random) -> list[str]:
    """Two different tickets of one wording."""
    found: dict[str, None] = {}
    while len(found) < 2:
        found[_ticket(wording, rng)] = None
    return list(found)


def _ticket(wording: str, rng: random.Random) -> str:
    opener, closer = rng.choice(OPENERS), rng.choice(CLOSERS)
    slots = {key: rng.choice(values) for key, values in SLOTS.items()}
    figures = {"order": rng.randint(2_000, 9_999), "money": rng.randint(12, 95), "days": rng.randint(3, 28)}
    within = opener.endswith(", ") and not wording.startswith("I ")
    text = opener + (wording[0].lower() + wording[1:] if within else wording)
    return (text + closer).format(**slots, **figures)


def _item(name: str, ticket: str, label: str) -> Item:
    others = [other for other in TICKETS if other != label]
    return Item(
        {"id": name, "ticket": ticket, "check": [{"kind": "equals", "value": label}]},
        right=(label, label.capitalize(), f" {label}\n"),
        wrong=(*others, f"{label}, {others[0]}", f"not {label}", ""),
    )
