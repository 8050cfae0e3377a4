"""Requests and logs of requests on the command line: every command takes them, `check --write` makes files of them."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PICTURE = {"role": "user", "content": [{"type": "image", "source": {}}]}


def body(question: str, **more: Any) -> str:
    message = {"role": "user", "content": f"What is the capital?\n{question}"}
    return json.dumps({"model": "claude-sonnet-4-6", "max_tokens": 20, "messages": [message], **more})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "one.json").write_text(body("Peru?", system="One word.", stream=True, temperature=0))
    (tmp_path / "log.jsonl").write_text("\n".join(body(f"Country {n}?", at=n) for n in range(15)))
    (tmp_path / "cat.json").write_text(json.dumps({**json.loads(body("?")), "messages": [PICTURE]}))
    return tmp_path


def optlab(folder: Path, env: dict[str, str], *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "optlab", *arguments]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=60, check=False)


def test_a_log_becomes_a_scenario_file_that_says_the_same(folder: Path, own_env: dict[str, str]) -> None:
    done = optlab(folder, own_env, "check", "log.jsonl", "--write", "desk.toml", "--format", "json")
    assert done.returncode == 0 and "the scenario is in desk.toml" in done.stderr
    made = json.loads(done.stdout)
    assert {path.name for path in folder.glob("desk.*")} == {"desk.toml", "desk.samples.jsonl"}
    again = json.loads(optlab(folder, own_env, "check", "desk.toml", "--format", "json").stdout)
    assert {**again, "source": ""} == {**made, "source": ""} and len(made["samples"]) == 15
    refused = optlab(folder, own_env, "check", "log.jsonl", "--write", "desk.toml")
    assert refused.returncode == 2 and "desk.samples.jsonl is there already" in refused.stderr


def test_a_request_is_measured_like_any_scenario(folder: Path, own_env: dict[str, str]) -> None:
    arguments = ("--lever", "streaming", "--pairs", "2", "--sim-speed", "500", "--format", "json")
    done = optlab(folder, own_env, "run", "one.json", *arguments)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["scenario"] == "one"
    assert "Look at this: left out of the request: stream (pull the lever streaming), temperature.\n" in done.stderr
    left = "left out of the request: stream (pull the lever streaming), temperature"
    assert left in optlab(folder, own_env, "check", "one.json").stdout
    assert f"Look at this: {left}." in optlab(folder, own_env, "check", "one.json", "--format", "json").stderr


def test_what_no_scenario_holds_is_one_sentence(folder: Path, own_env: dict[str, str]) -> None:
    done = optlab(folder, own_env, "check", "cat.json", "--write", "cat.toml")
    assert done.returncode == 2 and not (folder / "cat.toml").exists()
    assert done.stderr == (
        "optlab: cat.json: a scenario holds texts and tools, but not messages[0].content[0] (image); "
        "take that out of the request\n"
    )
