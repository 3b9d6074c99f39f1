"""Many records into the trash and out of it again, and who is offered it."""

import re

from core.testing.contracts.html import Page


def test_many_go_into_the_trash_and_one_undo_brings_them_back(world, as_user, record_factory):
    made = [record_factory("companies.company")(name=f"Firm {n}").id for n in range(3)]
    client = as_user("admin")
    client.post("/companies/bulk/delete", data={"ids": [str(i) for i in made]})
    page = client.get("/companies/").text
    assert not set(made) & set(Page(page).rows)
    (undo,) = re.findall(r'action="(/companies/bulk/restore\?ids=[^"]+)"', page)
    client.post(undo.replace("&amp;", "&"))
    assert set(made) <= set(Page(client.get("/companies/").text).rows)


def test_nobody_takes_out_of_the_trash_what_somebody_else_put_there(world, as_user, record_factory):
    firm = record_factory("companies.company")(name="Firm", manager_id=world.users["user1"])
    as_user("admin").post("/companies/bulk/delete", data={"ids": [str(firm.id)]})
    as_user("user1").post(f"/companies/bulk/restore?ids={firm.id}")
    assert as_user("user1").get(f"/companies/{firm.id}").status_code == 404


def test_the_trash_is_offered_only_to_those_who_may_ever_delete(world, as_user, record_factory):
    record_factory("leads.lead")(owner_id=world.users["user1"], company_id=world.companies["My Company"])
    assert "/leads/bulk/delete" in as_user("manager1").get("/leads/").text
    assert "/leads/bulk/delete" not in (page := as_user("user1").get("/leads/").text)
    assert len(Page(page).rows) == 1
    assert 'name="ids"' not in page


def test_a_long_trash_has_pages_and_shows_each_record_once(world, record_factory, as_user):
    made = {record_factory("companies.company")(name=f"Firm {n}").id for n in range(53)}
    client = as_user("admin")
    client.post("/companies/bulk/delete", data={"ids": [str(i) for i in made]})
    first = Page(client.get("/companies/trash").text)
    (older,) = [link for link in first.links if "before=" in link]
    second = Page(client.get(older).text)
    posted = [address for page in (first, second) for address in page.posts_to("/restore")]
    shown = [int(found[1]) for address in posted if (found := re.fullmatch(r"/companies/(\d+)/restore", address))]
    assert len(shown) == len(set(shown)) == 53
    assert set(shown) == made
    assert not [link for link in second.links if "before=" in link]
    for wrong in ("x", "-1", "9" * 30, "0"):
        assert client.get(f"/companies/trash?before={wrong}").status_code == 200
