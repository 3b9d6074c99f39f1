from core.documents import expand, expand_text, unknown_macros

CASE_068 = (
    "<p>[_company_name_] [_company_] [_foo_bar_] [_custom_1_] [_custom_12_] [_custom_999_] [__date_end__] [_DATE_END_]</p>",
    {"company_name": "_date_end_ SL", "date_end": "2026-01-20", "custom_1": "uno", "custom_12": "doce"},
)


def test_each_known_macro_is_filled_once_and_the_rest_stays_as_typed():
    assert expand(*CASE_068).html == (
        "<p>[_date_end_ SL] [_company_] [_foo_bar_] [uno] [doce] [_custom_999_] [_2026-01-20_] [_DATE_END_]</p>"
    )


def test_what_looks_like_a_macro_and_is_none_is_told_in_order():
    assert expand(*CASE_068).unknown == ("_company_", "_foo_bar_", "_custom_999_")
    assert unknown_macros(*CASE_068) == ("_company_", "_foo_bar_", "_custom_999_")


def test_the_longest_name_wins():
    assert expand("_date_end_ _date_", {"date": "D", "date_end": "E"}).html == "E D"


def test_a_value_is_text_and_its_line_breaks_are_kept():
    assert expand("<p>_a_</p>", {"a": 'x < y & "z"\r\nsecond\nthird'}).html == "<p>x &lt; y &amp; &quot;z&quot;<br>second<br>third</p>"


def test_a_value_in_an_attribute_stays_that_attributes_value():
    value = {"a": "x\" onerror='alert(1)'\ny=z"}
    for typed in ('<img alt="_a_">', "<img alt='_a_'>", "<img alt=_a_>", "<img alt = _a_ title=b>", "<img _a_>"):
        filled = expand(typed, value).html
        assert " onerror" not in filled
        assert '" ' not in filled.replace('">', "")
        assert "<br>" not in filled


def test_a_bracket_inside_quotes_does_not_end_the_tag():
    assert expand('<a title="a > b _a_">_a_</a>', {"a": "1\n2"}).html == '<a title="a > b 1&#10;2">1<br>2</a>'


def test_what_only_begins_like_a_tag_is_escaped_as_one():
    assert expand("<a b <c title=_a_", {"a": "x y=1"}).html == "<a b <c title=x&#32;y&#61;1"


def test_comments_are_left_alone():
    assert expand("<!-- _a_ > _a_ -->_a_", {"a": "1"}).html == "<!-- _a_ > _a_ -->1"


def test_no_template_language_runs():
    typed = "{{7*7}} {% for x in y %} {0.__class__} %(a)s ${a} _a_"
    assert expand(typed, {"a": "{{7*7}}"}).html == typed.replace("_a_", "{{7*7}}")


def test_a_subject_stays_one_line():
    filled = expand_text("Re: _DEST_NAME_ & _NOBODY_ _here_", {"DEST_NAME": "Ana\r\nBcc: all@example.com\x00"})
    assert filled.text == "Re: Ana Bcc: all@example.com  & _NOBODY_ _here_"
    assert filled.unknown == ("_NOBODY_",)


def test_neighbouring_macros_each_count():
    assert expand("_a__b_ _a_b_ x_a_y", {"a": "1", "b": "2"}).html == "12 1b_ x1y"


def test_a_megabyte_of_almost_tags_is_filled_in_no_time(benchmark_seconds):
    for typed in ("<a " * 330_000 + '"', '<a "' * 250_000, "_" * 1_000_000, "_a" * 500_000, "<!--" * 250_000, "_a_b" * 250_000 + "!"):
        assert benchmark_seconds(lambda typed=typed: expand(typed, {"company_name": "x"})) < 5
