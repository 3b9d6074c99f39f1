"""`op=create_lead` with query strings exactly as forms of other people's sites send them (cases 130 to 140)."""

import pytest

AS = "/include/api.php?user=api_user&user_pass=gravel%20under%20a%20sky&pass=seven%20owls%20on%20a%20roof&op=create_lead&"


@pytest.fixture
def send(world, app, work):
    """`send("params=…")` as an API user who has no permission of the CRM; gives the body."""
    from core.identity.services import create_user, set_api_password

    with work():
        set_api_password(create_user("api_user", password="gravel under a sky", classic_api=True), "seven owls on a roof")
    return lambda query: app.test_client().get(AS + query).text


@pytest.fixture
def leads(api_as, world):
    """All leads as an administrator reads them, oldest first."""
    return lambda: sorted(api_as("admin").get("/api/v1/leads").json["items"], key=lambda lead: lead["id"])


@pytest.mark.both_databases
def test_a_comma_inside_an_encoded_value_survives(send, leads):
    assert send("params=Ana%20Prueba,ACME%20SA,ana@example.net,ES,0,0,,,CTO,,,Hola%2C%20busco%20precio%2C%20gracias,1,0") == "1"
    (lead,) = leads()
    assert {name: lead[name] for name in ("fullname", "company", "position", "description", "type_id", "company_id", "country")} == {
        "fullname": "Ana Prueba",
        "company": "ACME SA",
        "position": "CTO",
        "description": "Hola, busco precio, gracias",
        "type_id": 1,
        "company_id": None,
        "country": "ES",
    }


def test_a_form_in_latin_1_is_understood(send, leads):
    assert send("params=Jos%E9%20Mu%F1oz,Caf%E9%20Sol,jose132@example.net,ES,0,0,,,,,,Precio%20en%20%80,1,0") == "1"
    (lead,) = leads()
    assert (lead["fullname"], lead["company"], lead["description"]) == ("José Muñoz", "Café Sol", "Precio en €")


def test_other_separators_encoded_or_not(send, leads):
    bars = "%7C".join(
        ["Ana,%20la%20de%20ventas", "ACME", "ana134@example.net", "ES", "0", "0", *[""] * 5, "hola,%20qu%C3%A9%20tal", "1", "0"]
    )
    assert send(f"token=%7C&params={bars}") == "1"
    assert send("token=;;&params=Eva;;ACME;;eva134@example.net;;ES;;0;;0;;;;;;;;;;;;uno;dos;;1;;0") == "1"
    first, second = leads()
    assert (first["fullname"], first["description"], first["type_id"]) == ("Ana, la de ventas", "hola, qué tal", 1)
    assert (second["fullname"], second["description"], second["type_id"]) == ("Eva", "uno;dos", 1)


def test_who_writes_twice_makes_two_leads_with_both_texts(send, leads):
    assert send("params=Ana,ACME,ana136@example.net,ES,0,0,,,,,,primera,1,0") == "1"
    assert send("params=Ana,ACME,ANA136@Example.NET,ES,0,0,,,,,,segunda,1,0") == "1"
    assert [(lead["fullname"], lead["description"]) for lead in leads()] == [("Ana", "primera"), ("Ana", "segunda")]


def test_without_a_name_or_an_address_nothing_is_made(send, leads):
    """The manual's form calls each time its page is shown."""
    assert [send("params=,,,,0,0,,,,,,,1,0"), send("params=Ana"), send("params="), send("")] == ["0"] * 4
    assert leads() == []


def test_an_apostrophe_a_tag_and_line_breaks_stay_what_they_are(send, leads):
    assert send("params=O%27Hara%20%3Cb%3E,A%20%26%20B,o'hara@example.com,ES,0,0,,,,,,uno%0D%0Ados%3Cscript%3E,1,0") == "1"
    (lead,) = leads()
    assert (lead["fullname"], lead["company"], lead["email"]) == ("O'Hara <b>", "A & B", "o'hara@example.com")
    assert lead["description"] == "uno\ndos<script>"


def test_a_token_that_only_creates_leads_does_so_by_rest(send, leads, app, work):
    from core.identity.services import create_token, find_user

    with work():
        key = create_token(find_user("api_user"), "form", scopes=("leads:create",)).key
    client = app.test_client()
    client.csrf = False
    header = {"Authorization": f"Bearer {key}"}
    made = client.post("/api/v1/leads", json={"fullname": "Ana", "email": "ana@example.com"}, headers=header)
    assert (made.status_code, made.json) == (201, {"id": leads()[0]["id"], "version": 1})
    assert client.post("/api/v1/companies", json={"name": "x"}, headers=header).status_code == 403
    assert client.get(f"/api/v1/leads/{made.json['id']}", headers=header).status_code == 403


@pytest.mark.both_databases
def test_tags_are_named_whatever_their_case_and_spaces(send, leads, as_user):
    for name in ("Año Nuevo", "Hot", "Ano nuevo"):
        assert as_user("manager1").post("/leads/tags/new", data={"name": name, "colour": "red"}).status_code == 302
    assert send("params=Ana,ACME,tags@example.net,ES,0,0,,,,,,hola,1,0,0,;,%20hOT;A%C3%91O%20%20nuevo;unknown") == "1"
    (lead,) = leads()
    assert lead["tag_ids"] == [1, 2]


def test_a_lead_of_the_same_address_is_marked_in_any_script(send, leads):
    for name in ("%C3%B1and%C3%BA", "%C3%91AND%C3%9A", "nandu"):
        assert send(f"params=Ana,ACME,{name}@example.net,ES,0,0,,,,,,hola,1,0") == "1"
    first, second, third = leads()
    assert [lead["duplicate_of_id"] for lead in (first, second, third)] == [None, first["id"], None]
