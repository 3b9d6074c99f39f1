from sqlalchemy import or_, select, true

from core import Access, Conflict, CustomFields, Filter, Invalid, JsonPart, RecordType, Section, db, grant
from core import fields as f
from core.fields import kinds

from .models import FAN, Gadget, Maker, Screw


def mine(actor, model):
    return model.owner_id == (actor.user_id or 0)


def mine_or_nobodys(actor, model):
    return or_(mine(actor, model), model.owner_id.is_(None))


def read_screws(raw, reading):
    if not isinstance(raw, list):
        raise Invalid("Write a list.")
    errors, out = {}, []
    for n, item in enumerate(raw):
        try:
            out.append(Screw(length=kinds.Number().parse(item.get("length"), reading)))
        except Invalid as refused:
            errors[f"{n}.length"] = next(iter(refused.errors.values()))
    if errors:
        raise Invalid(errors)
    return out


def to_json(ids, actor):
    out = {i: {"screws": [], "total": "0"} for i in ids}
    for row in db.session.execute(select(Screw.gadget_id, Screw.length).where(Screw.gadget_id.in_(ids)).order_by(Screw.id)):
        out[row.gadget_id]["screws"].append({"length": kinds.Number().json(row.length)})
    for i in ids:
        out[i]["total"] = str(len(out[i]["screws"]))
    return out


def prepare(values, record, actor):
    if record is not None and record.locked:
        raise Conflict("It is locked.", details={"locked": True})
    if values.get("name") == "forbidden":
        raise Invalid({"name": "Not this name."})
    return values


def asks(values, record, actor):
    if "owner_id" in values and record.owner_id == actor.user_id != values["owner_id"]:
        return Conflict("You would lose sight of it.", details={"sight": {"gains": [], "losses": [actor.name]}})
    return None


def deleting(record, actor):
    if record.locked:
        raise Conflict("It is locked.")


def warns(rows, actor):
    return [[("price", "That is dear.")] if (values.get("price") or 0) > 1000 else [] for values, _record in rows]


GADGET = RecordType(
    name="gadgets.gadget", model=Gadget, label="Gadget", labels="Gadgets", title="name", subtitle="code", url="/gadgets",
    fields=[
        f.text("name", required=True, search=True, max_length=100), f.text("code", max_length=40), f.multiline("notes"),
        f.amount("price"), f.number("weight"), f.integer("pieces", default=1, minimum=0), f.date("bought"), f.flag("broken"),
        f.choice("colour", options=[("red", "Red"), ("blue", "Blue")]), f.country("country"),
        f.ref("owner_id", "core.user", default=lambda actor: actor.user_id, tab=False), f.ref("maker_id", "gadgets.maker", tab=False),
        f.refs("fan_ids", "core.user", link_table=FAN, owner="gadget_id", target_column="user_id"),
        f.flag("locked", written=False, form=False), f.text("secret", api=False, filter=False, sort=False),
        f.integer("double", written=False, form=False, filter=False, sort=False, column=lambda m: m.pieces * 2),
    ],
    list=["name", "price"], custom=CustomFields(url="/gadgets/fields/"),
    filters=[Filter(name="dear", label="Dear", kind=kinds.Flag(), condition=lambda actor, model, value: model.price > 100)],
    form=[Section(name="main", label="Main", fields=("name", "price"))],
    access=Access(rules=[
        grant("view", "his or nobody's", mine_or_nobodys), grant("edit", "his", mine), grant("delete", "his", mine),
    ]),
    prepare=prepare, asks=asks, deleting=deleting, warns=warns, importable=False,
    json_parts=[
        JsonPart(name="screws", schema={"type": "array", "items": {"type": "object"}}, parse=read_screws),
        JsonPart(name="total", schema={"type": "string"}),
    ],
    to_json=to_json,
)  # fmt: skip

MAKER = RecordType(
    name="gadgets.maker", model=Maker, label="Maker", labels="Makers", title="name", url="/gadgets/makers",
    fields=[f.text("name", required=True, search=True)], list=["name"], importable=False,
    access=Access(rules=[grant(action, "everybody", lambda actor, model: true()) for action in ("view", "edit", "delete")]),
)  # fmt: skip
