"""Where keys stand in a file, also between comments, quotes and multi-line texts."""

import pytest

from optlab.engine.toml_lines import TomlLines

TEXT = '''\
# a comment with [brackets] and name = "x"
name = "S"
"quoted" = 1
about = """
[not.a.table]
model = "inside a text"
"""
model = 'm'
lead = \'\'\'one line\'\'\'
max_tokens = 4

[[segment]]  # the first
name = "a"
  where = "user"

[ [segment] ]
[[segment]]
name = "b"
text = \'\'\'
where = "no"
\'\'\'
where = "system"

[[sample]]
id = "one"
[[sample.check]]
kind = "regex"
[[sample.check]]
kind = "equals"
[[sample]]
[[sample.check]]
kind = "contains"

[lever.caching]
ttl = "5m"
[lever."smaller_model"]
model = "m"
[ plan ]
pairs = 12
'''


@pytest.mark.parametrize(
    "path, line",
    [
        ("name", 2),
        ("quoted", 3),
        ("about", 4),
        ("model", 8),
        ("lead", 9),
        ("max_tokens", 10),
        ("segment[0]", 12),
        ("segment[0].name", 13),
        ("segment[0].where", 14),
        ("segment[1]", 17),
        ("segment[1].name", 18),
        ("segment[1].text", 19),
        ("segment[1].where", 22),
        ("sample[0].id", 25),
        ("sample[0].check[0]", 26),
        ("sample[0].check[0].kind", 27),
        ("sample[0].check[1].kind", 29),
        ("sample[1]", 30),
        ("sample[1].check[0].kind", 32),
        ("lever.caching.ttl", 35),
        ("lever.smaller_model.model", 37),
        ("plan", 38),
        ("plan.pairs", 39),
    ],
)
def test_every_key_has_its_line(path: str, line: int) -> None:
    assert TomlLines(TEXT).find(path) == (line, path)


@pytest.mark.parametrize(
    "path, line, shown",
    [
        ("$.segment[1].where", 22, "segment[1].where"),
        ("$.max_tokens", 10, "max_tokens"),
        ("segment[1].colour", 17, "segment[1].colour"),
        ("segment[0].where[2].deeper", 14, "segment[0].where[2].deeper"),
        ("lever.caching.size", 34, "lever.caching.size"),
        ("nowhere", 1, "nowhere"),
        ("plan.delta_min", 38, "plan.delta_min"),
        ("", 1, ""),
        ("$", 1, ""),
    ],
)
def test_what_is_not_there_is_found_at_the_deepest_part_that_is(path: str, line: int, shown: str) -> None:
    assert TomlLines(TEXT).find(path) == (line, shown)


def test_no_text_has_line_one() -> None:
    assert TomlLines("").find("name") == (1, "name")


@pytest.mark.parametrize("separator", ["\u2028", "\x85"])
def test_only_newlines_count(separator: str) -> None:
    assert TomlLines(f'about = "a{separator}b"\nname = "x"\n').find("name") == (2, "name")


def test_quotes_in_a_comment_open_nothing() -> None:
    assert TomlLines('name = "x" # """\nmodel = "m"\n').find("model") == (2, "model")
