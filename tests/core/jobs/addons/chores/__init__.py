from core import JobKind, PeriodicJob, hookimpl


@hookimpl
def job_kinds():
    from . import work

    return [
        JobKind("chores.note", run=work.note, label="Write a note"),
        JobKind("chores.fail", run=work.fail),
        JobKind("chores.refuse", run=work.refuse),
        JobKind("chores.leave", run=work.leave),
        JobKind("chores.count", run=work.count),
        JobKind("chores.steps", run=work.steps, one_transaction=False),
        JobKind("chores.hang", run=work.hang, one_transaction=False),
        JobKind("chores.more", run=work.more),
    ]


@hookimpl
def periodic_jobs():
    from . import work

    return [PeriodicJob("chores.sweep", run=work.sweep_floor, every=60)]
