"""The pieces that lists are made of."""

from core.web.pieces import options


def test_options_are_escaped_and_the_chosen_ones_are_marked():
    html = options([("a", "<b>"), ('"', "Two")], ['"'])
    assert html == '<option value="a">&lt;b&gt;</option><option value="&#34;" selected>Two</option>'


def test_an_empty_choice_takes_the_place_of_options_without_text():
    assert options([("", ""), ("a", "A")], [""], "–") == '<option value="">–</option><option value="a">A</option>'


def test_an_option_that_is_chosen_once_is_not_chosen_the_next_time():
    pairs = [("a", "A"), ("b", "B")]
    assert "selected" in options(pairs, ["a"])
    assert "selected" not in options(pairs)
