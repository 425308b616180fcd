import pytest

from gan_course.preprocess.report import (
    KINDS,
    MOST_LINES,
    Finding,
    Report,
    columns,
    shown,
    spread,
)


def findings():
    return (
        Finding("a.png", "kept"),
        Finding("b.png", "dropped", "is the same file as a.png", "same file"),
        Finding("c.png", "repaired", "CMYK made RGB"),
        Finding("d.png", "dropped", "is truncated", "broken"),
        Finding("longer name.png", "kept"),
    )


def test_the_table_is_aligned_and_ends_with_a_summary():
    assert str(Report(findings())).splitlines() == [
        "dropped   d.png  is truncated",
        "dropped   b.png  is the same file as a.png",
        "repaired  c.png  CMYK made RGB",
        "",
        "5 files: 2 kept as they are, 1 repaired, 2 dropped",
    ]


def test_nothing_to_tell_is_one_line():
    report = Report((Finding("a.png", "kept"),))
    assert str(report) == "1 file: 1 kept as they are, 0 repaired, 0 dropped"


def test_dropped_files_are_counted_by_kind_in_the_order_of_kinds():
    report = Report((*findings(), Finding("e.png", "dropped", "is bad", "broken")))
    assert list(report.counts().items()) == [("broken", 2), ("same file", 1)]
    assert len(set(KINDS)) == len(KINDS)


def test_long_reports_are_cut_but_every_kind_stays():
    rows = [Finding(f"{i}.png", "dropped", "is bad", "broken") for i in range(1000)]
    rows += [Finding("last.png", "dropped", "is empty", "blank")]
    lines = str(Report(tuple(rows))).splitlines()
    assert len(lines) == MOST_LINES + 3
    assert any("is empty" in line for line in lines)
    assert lines[-3] == f"dropped   … and {1001 - MOST_LINES} more"
    assert lines[-1].startswith("1,001 files: 0 kept")
    assert spread(rows, 2) == [rows[0], rows[1000]]
    assert spread(rows[:3], 5) == rows[:3]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Größe 漢字.png", "Größe 漢字.png"),
        ("two\nlines\t.png", r"two\nlines\t.png"),
        ("\x1b[31mred.png", r"\x1b[31mred.png"),
        ("not utf-8 \udcff.png", r"not utf-8 \udcff.png"),
        ("left\u202eright.png", r"left\u202eright.png"),
        ("n" * 30 + "middle" + "m" * 30, "n" * 19 + "…" + "m" * 20),
    ],
)
def test_any_name_stands_on_one_printable_line(name, expected):
    assert shown(name) == expected
    report = Report((Finding(name, "dropped", "is bad", "broken"),))
    first, _, summary = str(report).splitlines()
    assert first == f"dropped   {expected}  is bad"
    assert str(report).encode() and summary.startswith("1 file")


def test_wide_and_combining_letters_are_counted_as_they_are_seen():
    assert columns("漢字") == 4
    assert columns("e\u0301a\u0308") == 2
    wide = Report(
        tuple(Finding(n, "dropped", "is bad", "broken") for n in ("漢字.png", "a.png"))
    )
    first, second, *_ = str(wide).splitlines()
    assert columns(first) == columns(second)
    assert columns(shown("漢" * 100)) <= 40
