"""Each thing the Content-Security-Policy refuses is found; what it allows is left alone."""

import pytest

from tools.templates_lint import main, problems

SINS = [
    "<script>alert(1)</script>",
    '<script type="module">import "x"</script>',
    "<style>p { color: red }</style>",
    '<p style="color: red">x</p>',
    "<p style='width: {{ n }}%'>x</p>",
    '<p {% if wide %}style="width: 9em"{% endif %}>x</p>',
    '<button onclick="go()">x</button>',
    '<img src="/a.png" onerror=go()>',
    '<button hx-on:click="go()">x</button>',
    '<button data-hx-on::after-request="go()">x</button>',
    '<a href="javascript:go()">x</a>',
    """<div hx-vals='js:{a: 1}'></div>""",
    '<div hx-headers="js: x()"></div>',
    '<input hx-trigger="keyup[ctrlKey] delay:1s">',
    "{{ note.html|safe }}",
    "{{ note.html | safe }}",
    "{% autoescape false %}{{ x }}{% endautoescape %}",
    '<script src="https://cdn.example/x.js"></script>',
    '<link rel="stylesheet" href="//cdn.example/x.css">',
    '<img alt="" src="http://example.com/x.png">',
    '<svg><use href="https://example.com/i.svg#x"/></svg>',
]
FINE = [
    '<script src="{{ url_for(\'static\', filename=\'app.js\') }}" defer></script>',
    '<script type="application/json" id="chart">{{ data|tojson }}</script>',
    '<a href="https://example.com/help">Help</a>',
    '<a href="{{ company.website }}">{{ company.website }}</a>',
    '<input hx-trigger="input changed delay:300ms, search">',
    '<form hx-post="/x" method="post" data-on="x" data-style="y"></form>',
    '{{ field(style="wide", onclick="x") }}',
    '{# <p style="x"> #}<!-- <script>old()</script> -->',
    '<svg class="bar"><rect class="f1" width="{{ share }}%" height="100%"/></svg>',
    '<p title="a > b" class="x">style="not an attribute"</p>',
    "<p>Is {{ name|safe_name }} safe? 1 < 2</p>",
]


@pytest.mark.parametrize("text", SINS)
def test_a_template_that_the_browser_would_refuse_is_found(text):
    assert len(list(problems(f"<main>\n{text}\n</main>"))) == 1
    assert next(problems(f"<main>\n{text}\n</main>"))[0] == 2


@pytest.mark.parametrize("text", FINE)
def test_a_template_that_keeps_the_policy_passes(text):
    assert list(problems(text)) == []


def test_a_mail_or_pdf_may_hold_styles_but_no_scripts():
    assert list(problems('{# lint: document #}\n<style>p {}</style><p style="margin: 0">x</p>')) == []
    assert len(list(problems("{# lint: document #}\n<script>x</script>{{ x|safe }}"))) == 2


def test_the_command_names_file_and_line_and_fails(tmp_path, capsys):
    page = tmp_path / "plugins/x/templates/x/page.html"
    page.parent.mkdir(parents=True)
    page.write_text('<p>\n<b onclick="x"></b></p>')
    assert main([str(tmp_path)]) == 1
    assert f"{page}:2: onclick=" in capsys.readouterr().out
    page.write_text("<p></p>")
    assert main([str(tmp_path)]) == 0
