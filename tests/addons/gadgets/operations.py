from core import ApiOperation, ClassicOperation, Conflict, Forbidden, Invalid, UserField, create_record, record_type


def lock(record, body, actor):
    if record.locked:
        raise Conflict("It is locked already.")
    record.locked = True


def measure(record, body, actor):
    if "length" not in body:
        raise Invalid({"length": "This is needed."})
    return {"length": body["length"], "name": record.name}


REST = [
    ApiOperation("gadgets.gadget", "lock", run=lock, summary="lock"),
    ApiOperation("gadgets.gadget", "measure", run=measure, needs="view", summary="measure"),
]


def create_gadget(params, actor):
    name, notes, *more = [*params, "", ""]
    if not name:
        raise Invalid({"name": "This is needed."})
    create_record(record_type("gadgets.gadget"), {"name": name, "notes": notes or None, "secret": "|".join(more).strip("|") or None}, actor)
    return "1"


def explode(params, actor):
    create_gadget(["left over"], actor)
    raise {"forbidden": Forbidden, "error": RuntimeError}[params[0]]


CLASSIC = [
    ClassicOperation("create_gadget", run=create_gadget, scope="leads:create"),
    ClassicOperation("explode", run=explode),
    ClassicOperation("say", run=lambda params, actor: f"<{actor.login}> {'+'.join(params)}", scope="read"),
]

_makers = {}
USER_FIELDS = [
    UserField("maker_id", label="Maker", record_type="gadgets.maker", read=lambda ids: {i: _makers.get(i) for i in ids},
              write=lambda user, value: _makers.__setitem__(user.id, value)),
]  # fmt: skip
