import json
import math

import pytest

from tools.claim_margins import Claim, gather, table
from tools.margins import main

NAME = "00_count_dots"


def claim(op, bound, values):
    return Claim("text", op, [bound] * len(values), values, len(values), len(values))


@pytest.mark.parametrize(
    ("op", "bound", "values", "share"),
    [
        ("<", 1.0, [0.0, 0.0, 0.5], 0.5),
        ("<", 1.0, [0.0, 0.0, 0.6], 0.6),
        ("<=", 1.0, [0.5, 0.5, 0.25], 0.0),
        (">", 40, [60, 60, 50], 0.5),
        (">=", 40, [60, 60, 39], 1.05),
        (">", 40, [30, 30, 50], math.inf),
        (">=", 9, [9, 9, 9], 0.0),
        (">", 9, [9, 9, 9], math.inf),
        ("<=", 0, [0, 0, 1], math.inf),
        ("==", 2, [2, 2, 2], 0.0),
        ("==", 2, [2, 2, 3], math.inf),
        ("==", "a", ["a", "a"], 0.0),
        ("<", 1.0, [0.0, math.nan], math.inf),
        ("<", 1.0, [0.0, None], math.inf),
    ],
)
def test_share_of_the_margin(op, bound, values, share):
    found = claim(op, bound, values)
    assert found.share == pytest.approx(share)
    assert found.safe is (share <= 0.5)


def test_a_claim_that_a_run_did_not_reach_is_unsafe():
    line = {"text": "text", "op": "<", "value": 0.1, "bound": 1}
    [found] = gather([[line], [line], []])
    assert (found.recorded, found.runs, found.share) == (2, 3, 0.0)
    assert not found.safe
    assert "made in 2 of 3 runs" in table([found])


def test_the_strictest_bound_counts():
    found = Claim("text", "<", [1.0, 0.5], [0.1, 0.1], 2, 2)
    assert found.bound == 0.5


def test_table_shows_bound_typical_worst_and_share():
    row = table([claim("<", 0.01, [0.002, 0.002, 0.008])]).splitlines()[1]
    assert row.split() == ["text", "<", "0.01", "0.002", "0.008", "75%", "UNSAFE"]


def test_failing_claims_are_measured_with_every_seed_and_cpu(course, edit, capsys):
    edit(
        f"notebooks/src/{NAME}.py",
        'claim("two is two", two(), "==", 2)',
        "import os\n"
        'seed = int(os.environ["GAN_COURSE_SEED"])\n'
        'threads = os.environ.get("OMP_NUM_THREADS")\n'
        'claim("small", seed + (threads == "1") / 4, "<", 0.9)\n'
        'claim("never fails", 1, "==", 1)',
    )
    assert main(["00", "--seeds", "2"], course) == 1
    printed = capsys.readouterr().out
    [small, last] = json.loads((course.build_folder / "margins.json").read_text())
    assert set(small["values"]) >= {0.25, 1.25}
    assert (small["recorded"], small["runs"]) == (4, 4)
    assert (last["recorded"], last["runs"]) == (2, 4)
    assert "seed 1, other CPU, code cell 3 of 5: AssertionError: small" in printed
    assert printed.splitlines()[-1] == "2 claims, 2 unsafe, 2 cells raised."


def test_safe_claims_pass(course, capsys):
    assert main(["00", "--seeds", "1", "--cpu", "this"], course) == 0
    assert capsys.readouterr().out.endswith("1 claims, 0 unsafe, 0 cells raised.\n")


def test_zero_seeds_are_refused(course, capsys):
    with pytest.raises(SystemExit):
        main(["--seeds", "0"], course)
    assert "0 is not a number of seeds" in capsys.readouterr().err
