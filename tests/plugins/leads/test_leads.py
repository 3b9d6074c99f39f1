"""What a lead is: stages, owner and managing company, tags, types, track, warnings, files."""

import csv
import io

import pytest

pytestmark = pytest.mark.usefixtures("world")


def test_a_new_lead_is_mine_and_managed_by_my_company_unless_it_says_otherwise(rest, people):
    made = rest("user1").make()
    assert (made["owner_id"], made["company_id"], made["progress"], made["estimated_sale"], made["language"]) == (2, 1, 0, "0.00", "en")
    assert rest("manager1").make(owner_id=people["colleague"])["company_id"] == 1
    assert rest("outsider").make(company_id=None)["company_id"] is None


def test_the_form_proposes_owner_and_company_and_takes_the_own_one_out_of_sight(as_user):
    client = as_user("user1")
    page = client.get("/leads/new").text
    assert '<option value="1" selected>My Company</option>' in page
    assert '<option value="2" selected>user1</option>' in page
    assert "My Company" in client.get("/leads/pick/company_id?q=my").text
    posted = {"fullname": "Ana", "email": "ana@example.com", "owner_id": "2", "company_id": "1", "progress": "0"}
    made = client.post("/leads/new", data=posted)
    assert made.status_code == 302
    assert "My Company" in client.get(made.location).text


def test_another_owner_proposes_his_company_where_there_is_none(rest, people):
    api = rest()
    lead = api.make(owner_id=people["outsider"], company_id=None)["id"]
    assert api.change(lead, owner_id=2)["company_id"] == 1
    assert api.change(lead, owner_id=people["outsider"])["company_id"] == 1
    free = api.make(owner_id=None, company_id=None)["id"]
    assert rest("manager1").post(f"{free}/take").json["company_id"] == 1


def test_stages_are_called_as_setup_calls_them_everywhere(rest, as_user):
    admin = as_user("admin")
    names = {"progress_0": "Neu", "progress_40": "Bedarf <i>", "progress_200": "", "lead_warning_time": "9"}
    assert admin.post("/leads/setup", data=names).status_code == 302
    lead = rest("user1").make(progress=40)["id"]
    client = as_user("user1")
    for path in ("/leads/", f"/leads/{lead}", "/leads/pipeline", "/leads/statistics", "/leads/?progress=40"):
        page = client.get(path).text
        assert "Bedarf &lt;i&gt;" in page, path
        assert "Bedarf <i>" not in page
        assert "Needs discovered" not in page, path
    assert "Neu" in client.get("/leads/pipeline").text
    assert "Closed successfully" in client.get("/leads/statistics").text
    assert "after 9 days" in client.get("/leads/pipeline").text


def test_wrong_setup_values_are_told_beside_their_fields(as_user):
    admin = as_user("admin")
    page = admin.post("/leads/setup", data={"progress_20": "x" * 61, "lead_warning_time": "soon"})
    assert page.status_code == 422
    for name in ("progress_20", "lead_warning_time"):
        assert 'class="err"' in page.text[page.text.index(f'id="{name}"') :][:600], name
    assert as_user("manager1").get("/leads/setup").status_code == 404


def test_each_step_stands_in_the_track_with_who_from_what_to_what(rest, as_user):
    api = rest("user1")
    lead = api.make()["id"]
    api.post(f"{lead}/move", json={"progress": 60})
    api.change(lead, estimated_sale="1200.5", estimated_close_date="2026-12-24")
    api.change(lead, phone="+34 600 000 000")
    rest("manager1").post(f"{lead}/take")
    page = as_user("user1").get(f"/leads/{lead}").text
    track = page[page.index('id="panel-track"') :].split("</section>")[0]
    for words in ("New", "Proposal delivered", "1,200.50", 'datetime="2026-12-24"', "<b>user1</b>", "<b>manager1</b>"):
        assert words in track, words
    assert "Phone" not in track


def test_closing_is_noted_and_opening_again_takes_it_back(rest, app):
    from core.db import db
    from plugins.leads.models import Lead

    api = rest("user1")
    lead = api.make()["id"]

    def closed():
        with app.app_context():
            return db.session.get(Lead, lead).closed_at is not None

    assert not closed()
    api.post(f"{lead}/move", json={"progress": 200})
    assert closed()
    api.post(f"{lead}/move", json={"progress": 20})
    assert not closed()


def test_tags_have_names_of_their_own_and_one_in_use_stays(rest, as_user):
    client = as_user("manager1")
    assert client.post("/leads/tags/new", data={"name": "Hot", "colour": "red"}).status_code == 302
    assert client.post("/leads/tags/new", data={"name": " HOT ", "colour": "blue"}).status_code == 422
    assert client.post("/leads/tags/new", data={"name": "Odd", "colour": "#ff0000"}).status_code == 422
    assert client.post("/leads/tags/new", data={"name": "Cold", "colour": ""}).status_code == 302
    rest("manager1").make(tag_ids=[1])
    refused = client.post("/leads/tags/1/delete")
    assert refused.status_code == 409
    assert "on 1 lead" in refused.text
    assert client.post("/leads/tags/2/delete").status_code == 302
    assert as_user("user1").post("/leads/tags/new", data={"name": "Mine", "colour": "red"}).status_code == 403
    assert 'class="tag red">Hot' in client.get("/leads/").text


def test_types_have_fields_of_their_own_which_may_be_columns(rest, as_user, work):
    from core.custom_fields.services import create_field

    with work("admin"):
        level = create_field(
            "leads.lead", 1, {"label": "Level", "kind": "combo", "options": "Gold,Silver", "show_in_list": "1", "searchable": "1"}
        )
        number = level.id
    api = rest("user1")
    lead = api.make(type_id=1, **{f"f{number}": "Gold"})
    assert lead[f"f{number}"] == "Gold"
    assert list(api.make(422, type_id=1, **{f"f{number}": "Bronze"})["errors"]) == [f"f{number}"]
    assert f"f{number}" in api.make(422, **{f"f{number}": "Gold"})["errors"]
    page = as_user("user1").get("/leads/").text
    assert "Level" in page
    assert "Gold" in page
    assert api.ids(f"?f{number}=Gold") == [lead["id"]]
    assert as_user("manager1").get("/leads/types/1/fields/").status_code == 200
    assert as_user("manager1").post("/leads/types/1/delete").status_code == 409


def test_a_second_lead_of_one_address_is_kept_and_said(rest, as_user):
    api = rest("user1")
    first = api.make()
    assert "warnings" not in first
    second = api.make(email="ANA@example.com")
    assert f"#{first['id']}" in second["warnings"][0]["message"]
    posted = {"fullname": "Ana", "email": "ana@example.com", "owner_id": "2", "company_id": "1"}
    page = as_user("user1").post("/leads/new", data=posted, follow_redirects=True).text
    assert f"Lead #{first['id']} has this address, too" in page


def test_a_lead_of_a_machine_is_marked_with_what_it_lacks_until_it_is_filled(work, rest, as_user, app):
    from core.custom_fields.services import create_field
    from core.identity.services import create_user, set_api_password

    with work("admin"):
        number = create_field("leads.lead", 1, {"label": "Budget", "kind": "numeric", "required": "1"}).id
        set_api_password(create_user("robot", password="gravel under a sky", classic_api=True), "seven owls on a roof")
    call = "/include/api.php?user=robot&user_pass=gravel%20under%20a%20sky&pass=seven%20owls%20on%20a%20roof&op=create_lead&params="
    assert app.test_client().get(f"{call}Ana,ACME,ana@example.com,ES,0,0,,,,,,,1,0").text == "1"
    (lead,) = rest().ids()
    page = as_user("admin").get(f"/leads/{lead}").text
    assert "lacks: Budget" in page
    assert "Arrived by" in page
    assert rest().read(lead)["incomplete"] == "Budget"
    rest().change(lead, owner_id=2, company_id=1)
    assert rest("user1").change(lead, **{f"f{number}": "5000"})["incomplete"] is None
    assert "lacks" not in as_user("admin").get(f"/leads/{lead}").text


def test_a_token_that_only_creates_makes_leads_in_nobodys_name(rest, work, app):
    """`actor.facts["creates"]`: an API user without any permission of the CRM."""
    from core.identity.services import create_token, create_user

    with work("admin"):
        key = create_token(create_user("robot", password="gravel under a sky", classic_api=True), "form", scopes=("leads:create",)).key
    client = app.test_client()
    client.csrf = False
    made = client.post("/api/v1/leads", json={"fullname": "A", "email": "a@example.com"}, headers={"Authorization": f"Bearer {key}"})
    assert made.status_code == 201
    lead = rest().read(made.json["id"])
    assert (lead["owner_id"], lead["company_id"]) == (None, None)


def test_files_have_the_columns_of_the_trade_and_come_in_again(rest, as_user):
    admin = as_user("admin")
    admin.post("/leads/tags/new", data={"name": "Hot", "colour": "red"})
    rest("user1").make(company="ACME", estimated_sale="10.5", tag_ids=[1], country="ES", type_id=1)
    rest("user1").make(progress=200, fullname="Won")
    text = admin.get("/leads/export.csv").text
    header, row = list(csv.reader(io.StringIO(text)))
    assert ",".join(header) == (
        "fullname,email,company,country,estimated_sale,progress,phone,mobile,position,owner,language,description,id_lead_type,id_company,"
        "id_campaign,tags"
    )
    assert row == ["Ana Prueba", "ana@example.com", "ACME", "ES", "10.50", "0", "", "", "", "user1", "en", "", "1", "1", "", "Hot"]
    assert "Won" in admin.get("/leads/export.csv?finished=1").text
