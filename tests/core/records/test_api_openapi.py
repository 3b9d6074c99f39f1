"""openapi.json: valid, complete, and no more than whoever asks may use."""

from openapi_spec_validator import OpenAPIV31SpecValidator


def test_the_description_is_valid_and_says_all(admin, people, work):
    from core.custom_fields.services import create_field

    with work("admin"):
        shelf = create_field("gadgets.gadget", None, {"label": "Shelf", "kind": "text", "searchable": True}).id
    document = admin.get("/api/v1/openapi.json").json
    OpenAPIV31SpecValidator(document).validate()
    paths = document["paths"]
    assert set(paths["/gadgets"]) == {"get", "post"}
    assert {"get", "patch", "delete"} <= set(paths["/gadgets/{id}"])
    assert {"/gadgets/{id}/lock", "/gadgets/{id}/measure", "/gadget-makers", "/users", "/profiles/{id}"} <= set(paths)
    parameters = {p["name"] for p in paths["/gadgets"]["get"]["parameters"]}
    assert {"q", "sort", "limit", "cursor", "price_from", "price_to", "owner_id", "dear", f"f{shelf}"} <= parameters
    schemas = document["components"]["schemas"]
    assert {f"f{shelf}", "screws", "total", "double", "id", "version"} <= set(schemas["GadgetsGadget"]["properties"])
    assert "secret" not in schemas["GadgetsGadget"]["properties"]
    assert not {"total", "double", "id", "locked", "secret"} & set(schemas["GadgetsGadgetCreate"]["properties"])
    assert schemas["GadgetsGadgetCreate"]["required"] == ["name"]
    assert {"maker_id", "password"} <= set(schemas["UserChange"]["properties"])


def test_it_describes_what_the_caller_has_and_nothing_else(user1, api_as, people):
    mine = user1.get("/api/v1/openapi.json").json
    OpenAPIV31SpecValidator(mine).validate()
    assert "/gadgets" in mine["paths"]
    assert "/users" not in mine["paths"]
    assert api_as("user2").get("/api/v1/openapi.json").json["paths"] == {}


def test_every_key_of_an_answer_is_described(user1, make):
    item = make("a", screws=[{"length": 1}])
    described = user1.get("/api/v1/openapi.json").json["components"]["schemas"]["GadgetsGadget"]["properties"]
    assert set(item) == set(described)
