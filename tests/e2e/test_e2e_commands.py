"""Every other command, and every way to go wrong: one sentence on stderr, nothing on stdout, the right exit code."""

import asyncio
import os
import signal
import socket
import urllib.request
from pathlib import Path
from typing import Any

import pytest

import optlab as package
from optlab.core import events
from optlab.core.run_events import ExperimentFinished, RunFinished
from optlab.levers import LEVERS
from rogue_server import Rogue, Seen, answer, plain_message, refusal, well_behaved

COMMANDS = ("run", "history", "show", "check", "scenarios", "models", "levers", "simulate")
FAST = ("--pairs", "1", "--sim-speed", "200")


# Lists.


async def test_help_and_version(optlab: Any) -> None:
    for arguments in (("--help",), ("-h",), ("run", "--help"), ("simulate", "--help")):
        done = await optlab(*arguments)
        assert (done.code, done.stderr) == (0, "")
        assert done.stdout.startswith(b"Usage: optlab")
    listed = (await optlab("--help")).stdout.decode()
    assert all(f"  {name} " in listed for name in COMMANDS)
    assert (await optlab("--version")).stdout.decode() == f"optlab, version {package.__version__}\n"


async def test_models(optlab: Any) -> None:
    found = {m["id"]: m for m in (await optlab("models", "--format", "json")).json["models"]}
    assert found["claude-sonnet-4-6"]["prices"]["tiers"][0]["input"] == 3
    text = (await optlab("models")).stdout.decode()
    assert all(model in text for model in found)
    assert "prompts above 100,000" in text


async def test_models_with_prices_of_ones_own(optlab: Any, own_env: dict[str, str]) -> None:
    folder = Path(own_env["XDG_CONFIG_HOME"]) / "optlab"
    folder.mkdir()
    (folder / "prices.toml").write_text('[models."mine"]\ninput = 1.5\noutput = 6\n')
    listed = await optlab("models")
    assert "your own price" in listed.stdout.decode() and str(folder / "prices.toml") in listed.stderr
    own = (await optlab("models", "--format", "json")).json["own_prices"]
    assert (own["mine"]["input"], own["mine"]["output"]) == (1.5, 6.0)
    (folder / "prices.toml").write_text("[models")
    assert "prices.toml" in (await optlab("models")).complaint(2)


async def test_scenarios(optlab: Any) -> None:
    found = {s["name"]: s for s in (await optlab("scenarios", "--format", "json")).json["scenarios"]}
    assert {"hamlet", "essay", "support_rules", "tickets", "invoices"} <= set(found)
    assert found["hamlet"]["model"] == "claude-sonnet-4-6" and found["hamlet"]["samples"] == 1
    assert found["invoices"]["checks"].keys() == {"json_schema", "fields"}
    text = (await optlab("scenarios")).stdout.decode()
    assert all(name in text for name in found)
    assert "`optlab scenarios`" in (await optlab("run", "--help")).stdout.decode()


async def test_check_says_what_is_worth_a_second_look(optlab: Any, tmp_path: Path) -> None:
    head = 'name = "S"\nmodel = "claude-sonnet-4-6"\nmax_tokens = 9\n[[segment]]\nname = "q"\nwhere = "user"\n'
    (tmp_path / "s.toml").write_text(f'{head}text = "Say hi to {{x}}."\n[[sample]]\nid = "a"\ny = 1\n')
    text = (await optlab("check", str(tmp_path / "s.toml"))).stdout.decode()
    assert "{x} in the prompt is filled in by no sample" in text
    assert "nothing in the prompt asks for {y}" in text
    run = await optlab("run", str(tmp_path / "s.toml"), *FAST)
    assert "Look at this: {x} in the prompt is filled in by no sample" in run.stderr
    assert "{x} in the prompt is filled in by no sample" in run.stdout.decode()


async def test_levers(optlab: Any) -> None:
    found = (await optlab("levers", "--format", "json")).json["levers"]
    assert [lever["name"] for lever in found] == [lever.spec.name for lever in LEVERS]
    text = (await optlab("levers", "--format", "markdown")).stdout.decode()
    assert text.startswith("|")
    assert "caching" in text


async def test_check(optlab: Any) -> None:
    found = (await optlab("check", "support_rules", "--format", "json")).json
    assert (found["model"], found["traffic"]) == ("claude-sonnet-4-6", {"per_minute": 4.0})
    assert found["prompt"]["segments"][0]["text"].startswith("You are a customer support agent.")
    assert "support_rules" not in (await optlab("check", "hamlet")).stdout.decode()


async def test_an_empty_history(optlab: Any) -> None:
    assert (await optlab("history", "--format", "json")).json == {"runs": []}
    done = await optlab("history")
    assert (done.code, done.stdout) == (0, b"")
    assert "No runs yet" in done.stderr
    assert "the history is empty" in (await optlab("show", "last")).complaint(2)


# Bad usage.


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('name = "x\n', "line 1"),
        ('name = "x"\nmodel = "m"\nmax_tokens = 10\ncolour = 3\n', "line 4, key 'colour'"),
        ('name = "x"\nmodel = "m"\nmax_tokens = "many"\n[[segment]]\nname="q"\nwhere="user"\ntext="Hi"', "line 3, key"),
        ('name = "x"\nmodel = "m"\nmax_tokens = 10\n', "segment"),
    ],
)
async def test_a_broken_scenario(optlab: Any, tmp_path: Path, text: str, expected: str) -> None:
    (tmp_path / "broken.toml").write_text(text)
    command = "run" if "colour" in text else "check"
    complaint = (await optlab(command, str(tmp_path / "broken.toml"))).complaint(2)
    assert "broken.toml" in complaint
    assert expected in complaint


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("run", "no_such_scenario"), "hamlet"),
        (("run", "hamlet", "--lever", "warp"), "there is no lever 'warp'"),
        (("run", "hamlet", "--lever", "max_tokens:cap=none"), "whole number"),
        (("run", "hamlet", "--lever", "max_tokens:tap=3"), "no parameter 'tap'"),
        (("run", "hamlet", "--lever", "streaming", "--lever", "streaming"), "twice"),
        (("run", "hamlet", "--aa", "--lever", "streaming"), "--aa"),
        (("run", "hamlet", "--lever", "max_tokens:cap=400"), "max_tokens:cap=400 changes nothing here"),
        (("run", "hamlet", "--budget", "nan"), "--budget is dollars"),
        (("show", "nothing"), "no run 'nothing'"),
    ],
)
async def test_bad_usage(optlab: Any, arguments: tuple[str, ...], words: str) -> None:
    assert words in (await optlab(*arguments)).complaint(2)


@pytest.mark.parametrize(
    "arguments",
    [
        ("dance",),
        ("run",),
        ("run", "hamlet", "--pairs", "0"),
        ("run", "hamlet", "--pairs", "many"),
        ("run", "hamlet", "--budget", "0"),
        ("run", "hamlet", "--sim-speed", "0"),
        ("run", "hamlet", "--format", "yaml"),
        ("history", "--limit", "0"),
        ("simulate", "--port", "70000"),
    ],
)
async def test_usage_that_the_command_line_itself_refuses(optlab: Any, arguments: tuple[str, ...]) -> None:
    done = await optlab(*arguments)
    assert (done.code, done.stdout) == (2, b"")
    assert "Error: " in done.stderr


async def test_a_model_without_a_price(optlab: Any, tmp_path: Path) -> None:
    """Refused before anything is started; a price of nothing that the user declares is legal."""
    text = 'name = "x"\nmodel = "my-llm"\nmax_tokens = 10\n[[segment]]\nname = "q"\nwhere = "user"\ntext = "Hi"\n'
    (tmp_path / "own.toml").write_text(text)
    complaint = (await optlab("run", str(tmp_path / "own.toml"), *FAST)).complaint(2)
    assert "no price is known for the model 'my-llm'" in complaint
    assert "prices.toml" in complaint
    config = Path(optlab.env["XDG_CONFIG_HOME"]) / "optlab"
    config.mkdir()
    (config / "prices.toml").write_text('[models."my-llm"]\ninput = 0\n')
    assert "prices.toml" in (await optlab("run", str(tmp_path / "own.toml"), *FAST)).complaint(2)


# The data folder.


async def test_a_data_folder_that_cannot_be_used(optlab: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("here")
    for arguments in (("run", "hamlet", *FAST), ("history",), ("show", "last")):
        complaint = (await optlab(*arguments, XDG_DATA_HOME=str(tmp_path / "file"))).complaint(2)
        assert "history.sqlite3 cannot be used" in complaint
        assert "XDG_DATA_HOME" in complaint


# Servers.


async def test_servers_that_do_not_let_us_in(optlab: Any, rogue: Rogue) -> None:
    rogue.models = refusal(401, "authentication_error")
    unreachable, refused, nameless = await asyncio.gather(
        optlab("run", "hamlet", "--yes", **optlab.at("http://127.0.0.1:9")),
        optlab("run", "hamlet", "--yes", **optlab.at(rogue.url)),
        optlab("run", "hamlet", "--backend", "api"),
    )
    assert "127.0.0.1:9 cannot be reached" in unreachable.complaint(5)
    assert "refused the credential" in refused.complaint(4)
    assert "no credential was found" in nameless.complaint(4)
    assert rogue.posts == []


@pytest.mark.parametrize(("status", "code"), [(401, 4), (400, 2)])
async def test_refusals_of_the_first_call(optlab: Any, rogue: Rogue, status: int, code: int) -> None:
    rogue.messages = refusal(status, "some_error")
    done = await optlab("run", "hamlet", "--yes", **optlab.at(rogue.url))
    assert (done.code, done.stdout) == (code, b"")
    assert len(rogue.posts) == 1
    plan, complaint = done.stderr.splitlines()
    assert "MEASURED" in plan
    assert f"answered {status} (some_error" in complaint


async def test_a_server_that_is_overloaded_at_every_warm_up_is_5(optlab: Any, rogue: Rogue) -> None:
    rogue.messages = refusal(529, "overloaded_error")
    done = await optlab("run", "hamlet", "--yes", **optlab.at(rogue.url))
    assert (done.code, done.stdout) == (5, b"")
    assert "answered 529 (overloaded_error" in done.stderr.splitlines()[-1]


async def test_not_confirmed_is_2_and_nothing_is_sent(optlab: Any, rogue: Rogue) -> None:
    """Nobody is at the keyboard to say yes."""
    done = await optlab("run", "hamlet", **optlab.at(rogue.url))
    assert (done.code, done.stdout) == (2, b"")
    assert rogue.posts == []
    plan, complaint = done.stderr.splitlines()
    assert "cap $0.50" in plan
    assert complaint == "optlab: nothing was sent: the run was not confirmed; --yes confirms it beforehand"


async def test_what_the_planned_pairs_show_is_told_before_and_then_by_the_last_run(optlab: Any, rogue: Rogue) -> None:
    run = ("run", "hamlet", "--lever", "streaming", "--yes", "--pairs", "8", "--format", "json")
    first = await optlab(*run, **optlab.at(rogue.url))
    assert (
        "; 8 pairs usually show a saving in first visible from 50% on (assuming that times vary as public"
        in first.stderr
    )
    again = await optlab(*run, **optlab.at(rogue.url))
    assert f"(going by the run {first.json['run_id']})" in again.stderr


async def test_a_server_that_says_it_simulates_needs_no_yes(optlab: Any, rogue: Rogue) -> None:
    rogue.models = answer(200, {"data": []}, optlab_simulated="10")
    rogue.messages = answer(200, plain_message(), optlab_simulated="10")
    done = await optlab("run", "hamlet", "--pairs", "1", "--format", "json", **optlab.at(rogue.url))
    assert (done.code, done.json["provenance"], done.json["sim_speed"]) == (0, "simulated", 10.0)


async def test_a_yes_beforehand_sends_and_a_dotenv_of_the_working_folder_counts(optlab: Any, rogue: Rogue) -> None:
    Path(optlab.folder, ".env").write_text(f"ANTHROPIC_API_KEY=from-file\nANTHROPIC_BASE_URL={rogue.url}\n")
    done = await optlab("run", "hamlet", "--yes", "--pairs", "1", "--format", "json")
    assert (done.code, done.json["provenance"], done.json["sim_speed"]) == (0, "measured", 1.0)
    assert len(rogue.posts) == 2
    assert {p.headers["authorization"] for p in rogue.posts} == {"Bearer from-file"}


async def test_the_budget_is_3_with_a_partial_report(optlab: Any) -> None:
    done = await optlab(
        "run", "hamlet", "--lever", "streaming", "--budget", "0.02", "--sim-speed", "200", "--format", "json"
    )
    assert done.code == 3
    report = done.json
    assert report["status"] == "budget"
    assert 0 < report["cost_usd"] <= 0.02
    assert 1 <= report["pairs"] < 12
    assert report["variants"][0]["runs"] == report["pairs"]
    assert "budget of $0.02" in done.stderr.splitlines()[-1]
    assert (await optlab("show", "last", "--format", "json")).json == report


async def test_a_credit_that_ends_in_mid_run_is_4_with_what_was_measured(optlab: Any, rogue: Rogue) -> None:
    """The ninth call is refused: report and card are there, the sentence on stderr, and `show last` has them too."""

    async def until_broke(writer: asyncio.StreamWriter, seen: Seen) -> None:
        await (refusal(402, "billing_error") if len(rogue.posts) == 9 else well_behaved)(writer, seen)

    rogue.messages = until_broke
    run = ("run", "hamlet", "--lever", "streaming", "--yes", "--format", "json")
    done = await optlab(*run, **optlab.at(rogue.url))
    assert (done.code, done.json["status"], done.json["pairs"]) == (4, "failed", 3)
    assert done.json["failure"]["error"] == "refused"
    _, complaint = done.stderr.splitlines()
    assert complaint == f"optlab: {done.json['failure']['sentence']}"
    assert done.json["cards"], "there is a card"
    assert (await optlab("show", "last", "--format", "json")).json == done.json
    shown = (await optlab("show", "last")).stdout.decode()
    assert "ended: failed" in shown and "the run broke off: " in shown


# Ctrl-C.


async def until_runs(process: asyncio.subprocess.Process, number: int) -> list[bytes]:
    """Lines of a jsonl run up to its n-th finished call."""
    assert process.stdout is not None
    lines: list[bytes] = []
    while sum(isinstance(events.decode(line), RunFinished) for line in lines) < number:
        line = await asyncio.wait_for(process.stdout.readline(), 30)
        assert line
        lines.append(line)
    return lines


async def test_ctrl_c_is_130_and_keeps_what_was_measured(optlab: Any) -> None:
    process = await optlab.start(
        "run", "hamlet", "--lever", "streaming", "--pairs", "300", "--sim-speed", "50", "--format", "jsonl"
    )
    lines = await until_runs(process, 4)
    process.send_signal(signal.SIGINT)
    stdout, stderr = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 130
    assert b"Traceback" not in stderr
    assert b"what was paid for is kept" in stderr
    last = events.decode(stdout.splitlines()[-1])
    assert isinstance(last, ExperimentFinished)
    assert last.report.status == "cancelled"
    told = [events.decode(line) for line in (*lines, *stdout.splitlines())]
    assert 4 <= sum(isinstance(e, RunFinished) for e in told) < 100
    (kept,) = (await optlab("history", "--format", "json")).json["runs"]
    assert (kept["status"], kept["cost_usd"]) == ("cancelled", last.report.cost_usd)
    assert (await optlab("show", "last", "--format", "json")).json["pairs"] == last.report.pairs >= 1


async def test_a_second_ctrl_c_ends_at_once_with_130_too(optlab: Any) -> None:
    """At the pace of the real API the call under way takes seconds."""
    process = await optlab.start("run", "essay", "--sim-speed", "1", "--format", "jsonl")
    assert process.stdout is not None
    assert process.stderr is not None
    line = b""
    while b"call_started" not in line:
        line = await asyncio.wait_for(process.stdout.readline(), 30)
        assert line
    process.send_signal(signal.SIGINT)
    while b"stopping" not in line:
        line = await asyncio.wait_for(process.stderr.readline(), 10)
        assert line
    process.send_signal(signal.SIGINT)
    _, stderr = await asyncio.wait_for(process.communicate(), 20)
    assert b"Traceback" not in stderr
    assert b"ended at once" in stderr
    assert process.returncode == 130


async def test_whoever_reads_may_go_away(optlab: Any) -> None:
    """`optlab run … --format jsonl | head -1`: no traceback, and no long wait."""
    process = await optlab.start("run", "hamlet", "--pairs", "300", "--sim-speed", "50", "--format", "jsonl")
    assert process.stdout is not None
    await asyncio.wait_for(process.stdout.readline(), 30)
    process._transport.get_pipe_transport(1).close()
    assert process.stderr is not None
    stderr = await asyncio.wait_for(process.stderr.read(), 20)
    await asyncio.wait_for(process.wait(), 20)
    assert b"Traceback" not in stderr


# The simulator.


async def test_simulate_says_where_it_is_and_answers(optlab: Any) -> None:
    process = await optlab.start("simulate", "--port", "0", "--seed", "4", "--speed", "50")
    assert process.stdout is not None
    try:
        url = (await asyncio.wait_for(process.stdout.readline(), 20)).decode().strip()
        assert url.startswith("http://127.0.0.1:")
        request = urllib.request.Request(
            f"{url}/v1/models", headers={"x-api-key": "k", "anthropic-version": "2023-06-01"}
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with await asyncio.to_thread(opener.open, request, timeout=10) as response:
            assert float(response.headers["optlab-simulated"]) == 50
        port = url.rsplit(":", 1)[1]
        complaint = (await optlab("simulate", "--port", port)).complaint(2)
        assert f"port {port} on 127.0.0.1 is already in use" in complaint
        # Somebody else's simulator by its address: no key is needed, and the word comes from the server.
        done = await optlab("run", "hamlet", "--pairs", "1", "--format", "json", ANTHROPIC_BASE_URL=url)
        assert (done.code, done.json["provenance"], done.json["sim_speed"]) == (0, "simulated", 50.0)
        assert url.removeprefix("http://") in done.stderr
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
    rest, stderr = await asyncio.wait_for(process.communicate(), 10)
    assert (process.returncode, rest, stderr) == (0, b"", b"")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may take any port")
async def test_a_port_that_may_not_be_had(optlab: Any) -> None:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", 1))
        except PermissionError:
            assert "cannot listen on port 1" in (await optlab("simulate", "--port", "1")).complaint(2)
