"""What the tests of REST, search and the classic API share: an app with the plugin `gadgets` of tests/addons."""

from pathlib import Path

import pytest

GADGETS = Path(__file__).parents[2] / "addons" / "gadgets"


@pytest.fixture
def app_settings():
    return {"addons": (GADGETS,)}


@pytest.fixture
def people(work):
    """Users by login → id: admin, user1 (CR, CW), manager1 (CR, CW, CM), user2 (nothing of the CRM)."""
    from core.identity.services import create_user, find_profiles, find_user

    with work():
        found = {"admin": find_user("admin").id}
        for login, name in (("user1", "Standard user"), ("manager1", "CRM manager"), ("user2", "Support")):
            (profile,) = find_profiles([name])
            found[login] = create_user(login, email=f"{login}@example.com", profiles=[(profile.id, None)]).id
        return found


@pytest.fixture
def admin(people, api_as):
    """REST as a superadmin."""
    return api_as("admin")


@pytest.fixture
def user1(people, api_as):
    """REST as somebody who may write."""
    return api_as("user1")


@pytest.fixture
def make(people, user1):
    """`make("Lamp", price="5")`: a gadget of user1, by REST; gives its JSON."""

    def create(name="Lamp", **values):
        answer = user1.post("/api/v1/gadgets", json={"name": name, **values})
        assert answer.status_code == 201, answer.text
        return answer.json

    return create
