import json
import math

import numpy
import pytest
import torch

from gan_course.checks.claims import claim


@pytest.mark.parametrize(
    ("value", "op", "bound"),
    [
        (0.5, "<", 1),
        (1, "<=", 1),
        (2, ">", 1),
        (1, ">=", 1),
        (1, "==", 1),
        (True, "==", True),
        (numpy.float32(0.5), "<", 1),
        (numpy.array([[0.5]]), "<", 1),
        (torch.tensor(0.5, requires_grad=True), "<", torch.tensor(1)),
        (math.inf, ">", 5),
    ],
)
def test_a_claim_that_holds_prints_itself_without_the_value(value, op, bound, capsys):
    claim("one is one", value, op, bound)
    bound = bound.item() if isinstance(bound, torch.Tensor) else bound
    assert capsys.readouterr() == (f"✓ one is one: {op} {bound}\n", "")


def test_the_printed_line_can_name_what_was_measured(capsys):
    claim("the best answer is p / (p + q)", 0.00123, "<", 0.01, name="error")
    assert capsys.readouterr().out == "✓ the best answer is p / (p + q): error < 0.01\n"


@pytest.mark.parametrize(
    ("value", "op", "bound"),
    [
        (1, "<", 1),
        (1.5, "<=", 1),
        (1, ">", 1),
        (0.5, ">=", 1),
        (1.5, "==", 1),
        (math.nan, "<", 1),
        (math.nan, ">=", 1),
        (torch.tensor(math.nan), "==", math.inf),
    ],
)
def test_a_claim_that_fails_tells_text_value_and_bound(value, op, bound, capsys):
    with pytest.raises(AssertionError) as caught:
        claim("this is so", value, op, bound)
    assert str(caught.value) == (
        f"This claim does not hold: this is so: measured {float(value):g}, "
        f"expected {op} {bound}."
    )
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (torch.zeros(3), r"has shape \(3,\); reduce it to one number"),
        (numpy.zeros((2, 2)), r"has shape \(2, 2\); reduce"),
        (torch.zeros(0), r"has shape \(0,\); reduce"),
        ("0.5", "is '0.5', but must be one real number"),
        (None, "is None, but must be"),
        (1j, "is 1j, but must be"),
        ([0.5], r"is \[0.5\], but must be"),
    ],
)
def test_what_is_not_one_number_is_one_sentence(value, sentence):
    with pytest.raises(TypeError, match=f"The value of the claim 'so' {sentence}"):
        claim("so", value, "<", 1)
    with pytest.raises(TypeError, match=f"The bound of the claim 'so' {sentence}"):
        claim("so", 1, "<", value)


@pytest.mark.parametrize("op", ["!=", "is", "=", "=<", ""])
def test_an_unknown_comparison_names_the_known_ones(op):
    with pytest.raises(ValueError, match=r"choose one of <, <=, >, >=, ==\."):
        claim("so", 1, op, 1)


def test_nothing_is_compared_with_nan():
    with pytest.raises(ValueError, match="The bound is NaN"):
        claim("so", 1, "<", math.nan)


@pytest.mark.parametrize("text", ["", "  ", "two\nlines", None])
def test_a_claim_has_one_line_of_text(text):
    with pytest.raises(ValueError, match="write one line"):
        claim(text, 1, "==", 1)


def test_each_claim_leaves_a_line_with_its_value(tmp_path, monkeypatch):
    path = tmp_path / "margins.jsonl"
    monkeypatch.setenv("GAN_COURSE_MARGINS", str(path))
    monkeypatch.setenv("GAN_COURSE_NOTEBOOK", "05_train")
    monkeypatch.setenv("GAN_COURSE_SEED", "4")
    claim("größer", torch.tensor(3), ">", 1)
    with pytest.raises(AssertionError):
        claim("smaller", 3.5, "<", 1)
    with pytest.raises(AssertionError):
        claim("known", math.nan, "<", 1)
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    common = {"notebook": "05_train", "seed": 4}
    assert lines[0] == {"text": "größer", "value": 3, "op": ">", "bound": 1} | common
    assert lines[1] == {"text": "smaller", "value": 3.5, "op": "<", "bound": 1} | common
    assert math.isnan(lines[2]["value"])
