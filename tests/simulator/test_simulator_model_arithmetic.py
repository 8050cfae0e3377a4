"""Sums, counts and word problems: right where they are easy, one slip where not, bare or with working as asked."""

import random
import re

import pytest

from optlab.simulator.model import Prompt, answer
from optlab.simulator.model.asking import asking_sentence
from optlab.simulator.model.skills.expressions import count, expression
from optlab.simulator.model.skills.wordproblems import solve

PROBLEMS: list[tuple[str, float]] = [
    ("Tom has 5 apples. He buys 3 more and gives 2 to Ann. How many apples does he have left?", 6),
    ("Mia sold 48 clips in April, and then she sold half as many in May. How many did she sell altogether?", 72),
    ("A box holds 12 eggs. How many eggs are in 7 boxes?", 84),
    ("Each ticket costs $15. Maria buys 4 tickets and pays with a $100 bill. How much change does she get?", 40),
    ("A shirt costs $40 and is 25% off. What is the sale price?", 30),
    ("A train travels at 60 km/h for 3 hours. How far does it go?", 180),
    ("Weng earns $12 an hour for babysitting. Yesterday, she did 50 minutes of it. How much did she earn?", 10),
    ("Sarah has 3 times as many marbles as Tom. Tom has 4 marbles. How many marbles do they have together?", 16),
    ("There are 24 students. They are divided into 4 groups equally. How many students are in each group?", 6),
    ("Ben reads 12 pages per day for 5 days. His book has 100 pages. How many pages are left?", 40),
    ("Anna has 15 stickers and Ben has 9 stickers. How many more stickers does Anna have than Ben?", 6),
    ("Lisa buys 3 books for $8 each and 2 pens for $1.50 each. How much does she spend in total?", 27),
    ("There are 5 shelves with 14 books on each shelf. 20 books are sold. How many books remain?", 50),
    ("Mike earned $200 and spent 40% of it. How much money does he have left?", 120),
    ("A rope is 36 metres long. It is cut into 4 equal pieces. How long is each piece?", 9),
    ("A worker packs 15 boxes per hour. How many hours does he need to pack 90 boxes?", 6),
    ("The scores are 70, 80 and 90. What is the average score?", 80),
    ("A meal costs $50. They add a 20% tip. What is the total cost?", 60),
    ("On a bus are 25 people. At the first stop 8 get off and 5 get on. How many people are on the bus now?", 22),
    ("Nora buys 6 packs of pencils. Each pack has 8 pencils. She gives 10 away. How many pencils are left?", 38),
    ("Leo runs 4 miles a day, 5 days a week. How many miles does he run in 3 weeks?", 60),
    ("Three friends share 45 sweets equally. How many sweets does each friend get?", 15),
    ("A cinema has 12 rows with 15 seats in each row. 140 seats are taken. How many seats are free?", 40),
    ("A tank contains 90 litres. 6 litres leak out every hour. How many litres remain after 4 hours?", 66),
    ("Nina had 35 stamps. Her uncle gave her 20 more. She lost 8. How many stamps does she have?", 47),
    ("Paul has 7 coins and Rita has 5 more coins than Paul. How many coins do they have altogether?", 19),
]  # fmt: skip


@pytest.mark.parametrize(("problem", "result"), PROBLEMS)
def test_usual_word_problems_are_understood(problem: str, result: float) -> None:
    solution = solve(problem, asking_sentence(problem))
    assert solution is not None
    assert solution.value == pytest.approx(result)


REDUCED: list[tuple[str, float]] = [
    ("A $60 kettle is lowered by 10% and then by another $6. What is the final price?", 48),
    ("A sofa costs $500. It is marked down 20%, then another $50 is taken off. How much does it cost now?", 350),
    ("A radio is priced at $150. Its price falls by 20% and then by a further 10%. What is the final price?", 108),
    ("A $90 tent is discounted by $15 and then by 20%. How much does it cost now?", 60),
    ("A desk costs $120. Its price is raised by 25% and then by an additional $10. What is the final price?", 160),
]
SPEEDS: list[tuple[str, float]] = [
    ("A ship sails 96 miles in 4 hours. What is its average speed?", 24),
    ("It took Omar 5 hours to ride 110 km. How fast did he go?", 22),
    ("A swimmer covers 3 km in 45 minutes. What is her average speed in km/h?", 4),
    ("A van drove 100 km in 2 hours, then 50 km in 1 hour. What was its average speed?", 50),
]
SHARED: list[tuple[str, float]] = [
    ("Eva is three times as old as Max. Together they are 44. How old is Max?", 11),
    ("Eva is three times as old as Max. Together they are 44. How old is Eva?", 33),
    ("Nick is 6 years older than Lena. The sum of their ages is 40. How old is Lena?", 17),
    ("Lena is 6 years younger than Nick. Their ages add up to 40. How old is Lena?", 17),
    ("Kim has half as many coins as Joe. They have 27 coins in total. How many coins does Joe have?", 18),
    ("Ida has twice as many pens as Rob. Rob has 3 more pens than Tim. "
     "Together they have 29 pens. How many pens does Tim have?", 5),
]  # fmt: skip


@pytest.mark.parametrize(("problem", "result"), [*REDUCED, *SPEEDS, *SHARED])
def test_reductions_in_a_row_speeds_and_shares_of_a_whole(problem: str, result: float) -> None:
    solution = solve(problem, asking_sentence(problem))
    assert solution is not None
    assert solution.value == pytest.approx(result)


def test_more_steps_are_harder() -> None:
    short, long = (
        solve(p, asking_sentence(p))
        for p in (
            "A box holds 12 eggs. How many eggs are in 7 boxes?",
            "Leo runs 4 miles a day, 5 days a week. How many miles does he run in 3 weeks?",
        )
    )
    assert short is not None and long is not None
    assert short.difficulty < long.difficulty


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("What is (12+5)*3 - 4?", 47.0),
        ("Compute 3/4 + 2", 2.75),
        ("What is 12 times 12 plus 1?", 145.0),
        ("What is 2^10?", 1024.0),
        ("17 − 20 = ?", -3.0),
        ("What is 7 divided by 0?", None),
        ("What is 9**9**9?", None),
        ("The meeting is on 2026-03-14.", None),
        ("Call 555-123-4567.", None),
        ("__import__('os').getcwd()", None),
    ],
)
def test_expressions(text: str, value: float | None) -> None:
    found = expression(text)
    assert (found.value if found else None) == (pytest.approx(value) if value is not None else None)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("How many letters are in the word strawberry?", 10),
        ("How many r's are in the word strawberry?", 3),
        ('How many words are in "the cat sat on the mat"?', 6),
        ('How many times does the word "tea" appear in "tea and tea with toast"?', 2),
        ('How many vowels are in "banana"?', 3),
    ],
)
def test_counting(text: str, number: int) -> None:
    found = count(text)
    assert found is not None
    assert found.value == number


def test_comparisons() -> None:
    assert "9.9" in answer(Prompt("", "", "Which is larger, 9.11 or 9.9?"), random.Random(1))
    assert answer(Prompt("", "", "Which is smaller, 40 or 4? Reply with only the number."), random.Random(1)) == "4"


def test_working_is_shown_unless_the_number_alone_is_asked_for() -> None:
    problem = PROBLEMS[0][0]
    shown = answer(Prompt("", "", problem), random.Random(2))
    assert "5 + 3 = 8; 8 - 2 = 6." in shown
    assert shown.endswith("6.")
    assert answer(Prompt("", "", f"{problem} Answer with the number only."), random.Random(2)) == "6"


def test_a_wrong_answer_is_a_slip_in_a_step() -> None:
    problem = (
        "Tom has 431 apples. He buys 287 more and gives 145 to Ann. Then he finds 68. How many apples does he have now?"
    )
    texts = {answer(Prompt("", "", problem, strength=-3.0), random.Random(i)) for i in range(60)}
    wrong = [t for t in texts if not t.endswith(" 641.")]
    assert len(wrong) > 10
    for text in wrong:
        steps = re.findall(r"(\d+) ([-+]) (\d+) = (\d+)", text)
        slips = [s for s in steps if int(s[3]) != (int(s[0]) + int(s[2]) if s[1] == "+" else int(s[0]) - int(s[2]))]
        assert len(slips) == 1 or len(steps) == 2
        assert 0 < int(re.findall(r"\d+", text)[-1]) < 2_000


def test_what_is_not_understood_gets_some_number_or_words() -> None:
    puzzle = "A clock strikes 4 in 3 seconds. How many seconds does it take to strike 12?"
    assert all(answer(Prompt("", "", puzzle), random.Random(i)) for i in range(20))
