"""Users, passwords, tokens, profiles and groups."""

import time
from datetime import timedelta
from importlib.util import find_spec, module_from_spec

import pytest
from sqlalchemy import event, select

from core.access.actors import actor_of, actor_of_token, actors_of
from core.db import db, unit_of_work, utcnow
from core.errors import Conflict, Invalid
from core.identity import passwords, profiles, services
from core.identity.models import ApiToken, Group, Profile, User
from core.identity.tokens import note_use
from tests.core.identity.small_app import SECRET


@pytest.fixture
def work(ctx, people):
    """Inside one unit of work; gives user by login."""
    with unit_of_work():
        yield lambda login: db.session.get(User, people[login])


def test_a_login_is_unique_whatever_its_case(work):
    with pytest.raises(Invalid) as refusal:
        services.create_user("USER1")
    assert list(refusal.value.errors) == ["login"]
    with pytest.raises(Invalid):
        services.update_user(work("boss"), login="User1")
    assert services.update_user(work("user1"), login="User1").login == "User1"


@pytest.mark.parametrize("login", ["", " ", "a b", "<x>", "a" * 101, "a\nb", "a/b"])
def test_a_login_holds_letters_digits_and_a_few_signs(work, login):
    with pytest.raises(Invalid):
        services.create_user(login or "")


def test_all_that_is_wrong_with_a_user_is_told_at_once(work):
    with pytest.raises(Invalid) as refusal:
        services.create_user("x y", name=" ", email="no", language="xx", timezone="Mars/Base", theme="pink", api_addresses=["300.1.1.1"])
    assert set(refusal.value.errors) == {"login", "name", "email", "language", "timezone", "theme", "api_addresses"}
    with pytest.raises(Invalid) as refusal:
        services.update_user(work("user1"), name=" " * 3)
    assert set(refusal.value.errors) == {"name"}


def test_a_field_that_a_form_must_not_set_is_no_field(work):
    with pytest.raises(TypeError):
        services.update_user(work("user1"), password_hash="x")
    with pytest.raises(TypeError):
        services.create_user("eve", disabled=False)


def test_the_last_superadmin_can_be_neither_disabled_nor_demoted(work):
    with pytest.raises(Conflict):
        services.disable_user(work("ana"))
    with pytest.raises(Conflict):
        services.update_user(work("ana"), superadmin=False)
    services.update_user(work("boss"), superadmin=True)
    services.update_user(work("ana"), superadmin=False)
    with pytest.raises(Conflict):
        services.disable_user(work("boss"))


def test_an_heir_is_somebody_else_who_is_not_disabled(work):
    services.disable_user(work("user2"))
    for heir in ("user1", "user2"):
        with pytest.raises(Invalid) as refusal:
            services.disable_user(work("user1"), heir=work(heir))
        assert list(refusal.value.errors) == ["heir"]
    services.disable_user(work("user1"), heir=work("boss"))
    assert work("user1").disabled


def test_plugins_hear_of_the_heir_and_may_refuse(ctx, people, monkeypatch):
    addons = ctx.extensions["cartera"].addons
    heard = []
    monkeypatch.setattr(addons, "call", lambda event, **kw: heard.append((event, kw)) or [])
    with unit_of_work():
        services.disable_user(db.session.get(User, people["user1"]), heir=db.session.get(User, people["boss"]))
    assert heard == [("user_disabling", {"user_id": people["user1"], "heir_id": people["boss"], "confirmed": False})]

    def refuse(event, **kw):
        raise Conflict("he owns the moon")

    monkeypatch.setattr(addons, "call", refuse)
    with pytest.raises(Conflict), unit_of_work():
        services.disable_user(db.session.get(User, people["user2"]))
    assert not db.session.get(User, people["user2"], populate_existing=True).disabled


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "elevenchars", "x" * 129, "Password2024!", "p@ssw0rd1234", "123456789012", "qwertyuiop12", "aaaaaaaaaaaa", "abcabcabcabc",
        "contraseña123",
        "Contrasena2025", "iloveyou!!!!!", "user1user1user1", "cartera12345", "Cartera-user1", "987654321098", "1qaz2wsx3edc",
    ],
)  # fmt: skip
def test_a_password_that_is_guessed_early_is_refused(ctx, password):
    with pytest.raises(Invalid):
        passwords.check_policy(password, login="user1")


@pytest.mark.parametrize(
    "password",
    [
        SECRET,
        "ñandú y tapir 7",
        "correct battery",
        "  leading spaces  ",
        "k7 " * 3 + "".join(chr(97 + (7 * n * n) % 26) for n in range(119)),
        "日本語のパスワードです長い",
    ],
)
def test_a_long_uncommon_password_is_taken_as_typed(ctx, password):
    passwords.check_policy(password, login="user1")
    assert passwords.verify(passwords.hash_password(password), password)
    assert not passwords.verify(passwords.hash_password(password), password.strip() + "x")


def test_argon2id_runs_with_at_least_what_the_baseline_asks():
    from argon2 import Type

    spec = find_spec(passwords.__name__)
    fresh = module_from_spec(spec)  # as the product loads it: tests hash with less
    spec.loader.exec_module(fresh)
    assert fresh.hasher.type is Type.ID
    assert fresh.hasher.memory_cost >= 19 * 1024
    assert fresh.hasher.time_cost >= 2


def test_a_new_password_asks_for_the_present_one(work):
    with pytest.raises(Invalid) as refusal:
        services.change_password(work("user1"), "wrong", "a new and better one")
    assert list(refusal.value.errors) == ["current"]
    services.change_password(work("user1"), SECRET, "a new and better one")
    assert services.check_password(work("user1"), "a new and better one")


def test_a_token_is_shown_once_and_kept_as_a_hash(work):
    made = services.create_token(work("user1"), "script")
    assert made.key.startswith("crt_")
    assert len(made.key) >= 4 + 43 + 6
    kept = db.session.execute(select(ApiToken)).scalar_one()
    assert made.key[4:] not in repr(vars(kept))
    assert services.find_token(made.key).id == kept.id
    assert kept.scopes == ["read"]


@pytest.mark.parametrize(
    "damage", [lambda k: k[:-1] + ("A" if k[-1] != "A" else "B"), lambda k: k[4:], lambda k: k.swapcase(), lambda k: "crt_", lambda k: ""]
)
def test_a_token_with_a_wrong_checksum_is_refused_without_a_query(work, damage):
    key = damage(services.create_token(work("user1"), "script").key)
    asked = []
    event.listen(db.engine, "before_cursor_execute", lambda *a: asked.append(a[2]))
    assert services.find_token(key) is None
    assert asked == []


def test_a_token_ends_by_time_by_hand_and_with_its_user(work):
    for end in ("time", "hand", "user"):
        made = services.create_token(work("boss"), end)
        if end == "time":
            made.token.expires_at = utcnow() - timedelta(seconds=1)
            db.session.flush()
        elif end == "hand":
            assert services.revoke_token(made.token.id, user_id=work("user1").id) is None
            assert services.find_token(made.key)
            assert services.revoke_token(made.token.id, user_id=work("boss").id)
        else:
            services.disable_user(work("boss"))
            services.enable_user(work("boss"))
        assert services.find_token(made.key) is None, end


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("days", {"days": 0}),
        ("days", {"days": 366}),
        ("scopes", {"scopes": []}),
        ("scopes", {"scopes": ["admin"]}),
        ("name", {"name": " "}),
    ],
)
def test_a_token_has_a_name_scopes_and_an_end_within_a_year(work, field, given):
    with pytest.raises(Invalid) as refusal:
        services.create_token(work("user1"), **{"name": "x", **given})
    assert list(refusal.value.errors) == [field]


def test_the_actor_of_a_token_has_the_users_rights_and_the_tokens_scopes(work):
    actor = actor_of_token(services.create_token(work("boss"), "x", scopes=["write", "read"]).token)
    assert actor.scopes == {"read", "write"}
    assert actor.has("CM")
    assert actor_of(work("boss").id).scopes is None


def test_the_last_use_of_a_token_is_noted_every_five_minutes_and_never_waited_for(ctx, people):
    with unit_of_work():
        token = services.create_token(db.session.get(User, people["user1"]), "x").token
    started = time.monotonic()
    with db.engine.connect().execution_options(write=True) as writer, writer.begin():
        note_use(token)
    assert time.monotonic() - started < 15  # half of what a writer is ready to wait; the machine may be busy
    db.session.refresh(token)
    assert token.last_used_at is None
    note_use(token)
    db.session.rollback()
    db.session.refresh(token)
    first = token.last_used_at
    assert first
    note_use(token)
    db.session.refresh(token)
    assert token.last_used_at == first


def test_an_actor_is_one_statement_for_user_permissions_and_groups(work):
    sales = services.create_group("Sales")
    standard, manager = services.find_profiles(["Standard user", "crm  MANAGER"])
    services.set_profiles(work("user2"), [(standard.id, sales.id), (manager.id, None), (standard.id, sales.id)])
    everybody = db.session.execute(select(Group.id).where(Group.everybody)).scalar_one()
    wanted = [work("user2").id, work("user1").id, work("ana").id, 999]
    actors_of(wanted)  # the plugins' states are read once per process and second
    asked = []
    event.listen(db.engine, "before_cursor_execute", lambda *a: asked.append(a[2]))
    found = actors_of(wanted)
    assert len(asked) == 1
    assert found[work("user2").id].permissions == {"CR", "CW", "CM"}
    assert found[work("user2").id].groups == {everybody, sales.id}
    assert found[work("user1").id].permissions == {"CR", "CW"}
    assert found[work("user1").id].groups == {everybody}
    assert found[work("ana").id].superadmin
    assert 999 not in found
    services.disable_user(work("user1"))
    assert actor_of(work("user1").id) is None


def test_facts_come_from_plugins_for_known_users_only(work, monkeypatch):
    from core.addons.runtime import runtime

    me = work("user1").id
    answers = [{me: {"company_id": 7}, 999: {"company_id": 8}}, {me: {"desk": 1}}]
    monkeypatch.setattr(runtime().addons, "call", lambda event, user_ids: answers)
    assert dict(actor_of(me).facts) == {"company_id": 7, "desk": 1}


def test_a_new_installation_has_three_profiles_and_the_group_all(ctx):
    with unit_of_work():
        services.seed()
        services.seed()
    assert {p.name: p.permissions for p in profiles.all_profiles()} == {
        "Standard user": ["CR", "CW"], "CRM manager": ["CR", "CW", "CM"], "Support": [],
    }  # fmt: skip
    assert [(g.name, g.everybody) for g in profiles.all_groups()] == [("All", True)]


def test_a_permission_brings_along_what_it_implies(work):
    assert services.create_profile("A", ["CM"]).permissions == ["CR", "CW", "CM"]
    assert services.create_profile("B", ["CW"]).permissions == ["CR", "CW"]
    assert services.create_profile("C", ["HD"], implied={**profiles.IMPLIED, "HD": ("CW",)}).permissions == ["CR", "CW", "HD"]


def test_what_people_have_is_not_deleted_and_the_refusal_counts_them(work):
    profile = db.session.execute(select(Profile).where(Profile.name == "Support")).scalar_one()
    group = services.create_group("Sales")
    services.set_profiles(work("user1"), [(profile.id, group.id)])
    with pytest.raises(Conflict, match="2 people have this profile"):
        services.delete_profile(profile)
    with pytest.raises(Conflict, match="1 person is in this group"):
        services.delete_group(group)
    services.set_profiles(work("user1"), [])
    services.delete_group(group)
    with pytest.raises(Conflict):
        services.delete_group(profiles.all_groups()[0])


@pytest.mark.parametrize("name", ["support", " SUPPORT ", "Ｓupport", "", "x" * 101])
def test_names_of_profiles_differ_in_more_than_case_and_spaces(work, name):
    with pytest.raises(Invalid):
        services.create_profile(name)


def test_a_pair_names_a_profile_and_a_group_that_are_there(work):
    for pair in ((9999, None), (1, 9999)):
        with pytest.raises(Invalid):
            services.set_profiles(work("user1"), [pair])


def test_the_group_all_and_no_group_are_one_pair(work):
    everybody = profiles.all_groups()[0].id
    (standard,) = services.find_profiles(["Standard user"])
    services.set_profiles(work("user2"), [(standard.id, everybody), (standard.id, None)])
    assert [(p.name, g) for p, g in profiles.profiles_of([work("user2").id])[work("user2").id]] == [("Standard user", None)]


def test_calls_in_a_users_name_come_from_his_addresses_only(work):
    user = work("user1")
    assert services.is_allowed_address(user, "198.51.100.1")
    services.update_user(user, classic_api=True, api_addresses=["192.0.2.0/24", "2001:db8::/32"])
    allowed = {a: services.is_allowed_address(user, a) for a in ("192.0.2.1", "::ffff:192.0.2.9", "2001:db8::1", "198.51.100.1", "::1", "", "x")}
    assert [address for address, may in allowed.items() if may] == ["192.0.2.1", "::ffff:192.0.2.9", "2001:db8::1"]


def test_without_a_password_addresses_must_be_named(work):
    with pytest.raises(Invalid) as refusal:
        services.update_user(work("user1"), classic_api=True, api_without_password=True)
    assert list(refusal.value.errors) == ["api_addresses"]
