"""A picture in the notebook that is drawn anew."""

import pytest
from matplotlib.figure import Figure

from gan_course.widgets import redrawn
from gan_course.widgets.redrawn import MOST_REFRESHES, Redrawn


@pytest.fixture
def displayed(monkeypatch):
    """What is displayed in a notebook: PNG, alt text and how it is placed."""
    calls = []

    def display_png(png, alt, *, display_id, update):
        calls.append((png, alt, display_id, update))

    monkeypatch.setattr(redrawn, "in_notebook", lambda: True)
    monkeypatch.setattr(redrawn, "display_png", display_png)
    return calls


def test_the_second_figure_takes_the_place_of_the_first(displayed):
    view = Redrawn(alt="Two hills.")
    view.show(Figure())
    view.show(Figure())
    (png, alt, first, update), (_, _, second, update_again) = displayed
    assert png.startswith(b"\x89PNG")
    assert alt == "Two hills."
    assert first == second
    assert (update, update_again) == (False, True)


def test_two_views_have_places_of_their_own(displayed):
    Redrawn(alt="One.").show(Figure())
    Redrawn(alt="Two.").show(Figure())
    assert displayed[0][2] != displayed[1][2]
    assert not displayed[1][3]


def test_what_stays_is_the_last_picture_in_few_bytes(displayed):
    with Redrawn(alt="One.") as view:
        view.show(Figure())
    (before, *_), (after, _, _, update) = displayed
    assert update
    assert len(after) < len(before)


def test_after_an_error_the_last_picture_stays(displayed):
    view = Redrawn(alt="One.")
    view.show(Figure())
    view.__exit__(KeyboardInterrupt, None, None)
    assert len(displayed) == 2


def test_closing_without_a_picture_displays_nothing(displayed):
    Redrawn(alt="One.").close()
    assert displayed == []


def test_outside_a_notebook_nothing_is_drawn(capsys):
    with Redrawn(alt="One.") as view:
        view.show(Figure())
    assert capsys.readouterr().out == ""


def test_it_refuses_to_flicker():
    view = Redrawn(alt="One.")
    view.shown = MOST_REFRESHES
    with pytest.raises(RuntimeError, match="drawn 200 times"):
        view.show(Figure())


def test_it_wants_a_description():
    with pytest.raises(ValueError, match="alt text"):
        Redrawn(alt=" ")
