"""Background and periodic work: the table core_job is the truth, huey carries only its ids, a lease finds what a dead worker left.

`services` to start, cancel and ask; `running` to do one job; `upkeep` for what was left over; `worker` for the process that does it all.
Knows no import, no mail and no PDF: what is done stands in the kinds that core and plugins declare (hooks job_kinds, periodic_jobs).
"""
