import json

import pytest

from app.scoring.batch import BatchEntry, evaluate_file, read_entries, run_evaluate
from app.scoring.evaluator import METRICS
from tests.local_server import Prepared

MODEL = "https://huggingface.co/acme/tiny-bert"
DATASET = "https://huggingface.co/datasets/acme/reviews"
CODE = "https://github.com/acme/tiny-bert-training"


def entries(*lines):
    return list(read_entries("\n".join(lines)))


def test_blank_lines_and_comments_are_skipped():
    assert entries("", "   ", "# a comment, with commas,", ",,", MODEL) == [BatchEntry(5, MODEL)]


def test_a_line_of_three_is_code_data_and_model():
    assert entries(f"{CODE}, {DATASET}, {MODEL}") == [BatchEntry(1, MODEL, CODE, DATASET)]
    assert entries(f",,{MODEL}") == [BatchEntry(1, MODEL)]
    assert entries(f"{CODE},,{MODEL}") == [BatchEntry(1, MODEL, CODE)]


def test_code_and_data_alone_belong_to_the_next_model():
    assert entries(CODE, DATASET, MODEL, MODEL) == [BatchEntry(3, MODEL, CODE, DATASET), BatchEntry(4, MODEL)]


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("nonsense", "not an http or https URL"),
        ("https://example.org/a/b", "example.org is not a known host"),
        (f"{CODE},{DATASET},", "names no model"),
        (f"{CODE},{MODEL}", "one URL, or three"),
        (f"{CODE},{DATASET},{DATASET}", "not that of a model"),
        (f"a,b,c,{MODEL}", "one URL, or three"),
        (f"{CODE},{DATASET},nonsense", "not an http or https URL"),
        (DATASET, "no model follows"),
        ("http://[::1", "not a URL"),
    ],
)
def test_a_bad_line_is_an_error_and_the_rest_go_on(line, error):
    first, second = sorted(entries(f",,{MODEL}", line), key=lambda entry: entry.line)
    assert first == BatchEntry(1, MODEL)
    assert second.line == 2
    assert error in second.error


async def test_a_file_gives_one_result_for_each_model_in_its_order(host, settings, tmp_path):
    # given a model that is there, a bad line, a model that is not there, and the first again
    path = tmp_path / "urls.txt"
    path.write_text(f"\ufeff{CODE}, {DATASET}, {MODEL}\nnonsense\nhttps://huggingface.co/acme/none\n{MODEL}\n")
    # when
    results = [result async for result in evaluate_file(path, settings)]
    # then
    scored, bad, absent, again = results
    assert (scored["name"], scored["category"], scored["url"]) == ("acme/tiny-bert", "MODEL", MODEL)
    for name in METRICS:
        assert isinstance(scored[f"{name}_latency_ms"], int)
        assert scored["reasons"][name].endswith(".")
        assert 0 <= scored["confidence"][name] <= 1
    assert {name for name in METRICS if scored[name] is None} == {"treescore"}
    assert 0 < scored["net_score"] <= 1
    assert scored["reviewedness"] == 0.6
    assert (bad["line"], bad["error"]) == (2, "that is not an http or https URL")
    assert absent["error"] == "the hub has no public model acme/none"
    assert again["bus_factor"] == 0.375  # by the authors of the model's page, without the repository


async def test_a_reader_that_stops_early_leaves_nothing_running(host, settings, tmp_path):
    path = tmp_path / "urls.txt"
    path.write_text(f"{MODEL}\n" * 6)
    results = evaluate_file(path, settings)
    assert (await anext(results))["name"] == "acme/tiny-bert"
    await results.aclose()


def test_the_command_prints_a_json_line_for_each(host, settings, tmp_path, capsys):
    # given
    path = tmp_path / "urls.txt"
    path.write_text(f"{MODEL}\nnonsense\n")
    # when
    status = run_evaluate(path, settings)
    # then
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert status == 1
    assert [line.get("name") or line["error"] for line in lines] == [
        "acme/tiny-bert",
        "that is not an http or https URL",
    ]


def test_the_command_succeeds_without_network(settings_without_network, tmp_path, capsys):
    path = tmp_path / "urls.txt"
    path.write_text(f",,{MODEL}\n")
    assert run_evaluate(path, settings_without_network) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["net_score"] is None


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_a_file_that_cannot_be_read_is_told(settings, tmp_path, capsys, content):
    path = tmp_path / "urls.txt"
    if content is not None:
        path.write_bytes(content)
    assert run_evaluate(path, settings) == 1
    assert "urls.txt: " in capsys.readouterr().err


async def test_a_host_that_fails_costs_only_its_metrics(host, settings, tmp_path):
    # given
    for path in list(host.answers):
        if path.startswith("/repos"):
            host.answers[path] = Prepared(b"{}", status=429)
    file = tmp_path / "urls.txt"
    file.write_text(f"{CODE},,{MODEL}\n")
    # when
    (result,) = [result async for result in evaluate_file(file, settings)]
    # then
    assert result["reviewedness"] is None
    assert "rate limit" in result["reasons"]["reviewedness"]
    assert result["license_score"] == 1
