"""The SQL tables: what is loaded from the journal, and the views that people query. Pure."""

from __future__ import annotations

from workbench.journal.events import (
    CallEnded,
    EffectMoved,
    Event,
    RunFinished,
    RunStarted,
    ServedMoved,
    StepFinished,
    StepStarted,
)

LOADED: dict[type[Event], str] = {
    RunStarted: "_run_started",
    RunFinished: "_run_finished",
    StepStarted: "_step_started",
    StepFinished: "_step_finished",
    CallEnded: "_calls",
    EffectMoved: "_effects",
    ServedMoved: "_served",
}
"""Event to the table that its rows are loaded into: `id`, `at_us`, then the event's fields."""

VIEWS: dict[str, str] = {
    "steps": """
        with ended as (
            select step_id, max_by(columns(* exclude (step_id, id, at_us)), id), max(at_us) as ended_us
            from _step_finished group by step_id
        ), began as (
            select step_id, any_value(run_id) as run_id, any_value(name) as name, any_value(notebook) as notebook,
                any_value(key) as key, any_value(why) as why, min(at_us) as at_us
            from _step_started group by step_id
        )
        select
            step_id,
            coalesce(e.run_id, b.run_id) as run_id,
            coalesce(e.name, b.name) as name,
            coalesce(e.status, 'running') as status,
            coalesce(e.key, b.key) as key,
            coalesce(e.why, b.why) as why,
            make_timestamp(coalesce(b.at_us, e.ended_us - cast(e.seconds * 1e6 as bigint)))
                as started_at,
            e.seconds,
            e.live_calls, e.hit_calls, e.failed_calls,
            coalesce(e.notebook, b.notebook) as notebook,
            e.tokens, e.saved_tokens, e.spent_microusd, e.saved_microusd, e.saved_s, e.unpriced,
            e.error
        from ended e full outer join began b using (step_id)
    """,
    "runs": """
        with ended as (
            select run_id, arg_max(status, id) as status, arg_max(error, id) as error,
                arg_max(output, id) as output, max(at_us) as at_us
            from _run_finished group by run_id
        ), sums as (
            select run_id, sum(spent_microusd) as spent, sum(saved_microusd) as saved,
                count(*) as steps, sum(live_calls) as live_calls, sum(hit_calls) as hit_calls,
                max(at_us) as at_us
            from _step_finished group by run_id
        )
        select
            r.run_id, r.notebook, r.scope, r.batch,
            coalesce(e.status, 'running') as status,
            r.params,
            make_timestamp(r.at_us) as started_at,
            make_timestamp(e.at_us) as finished_at,
            (coalesce(e.at_us, s.at_us, r.at_us) - r.at_us) / 1e6 as seconds,
            coalesce(s.steps, 0)::bigint as steps,
            coalesce(s.live_calls, 0)::bigint as live_calls,
            coalesce(s.hit_calls, 0)::bigint as hit_calls,
            coalesce(s.spent, 0)::bigint as spent_microusd,
            coalesce(s.saved, 0)::bigint as saved_microusd,
            coalesce(e.error, '') as error,
            coalesce(e.output, '') as output,
            r.holder
        from _run_started r left join ended e using (run_id) left join sums s using (run_id)
    """,
    "calls": """
        select * exclude (id, at_us, started_us), make_timestamp(started_us) as started_at
        from _calls
    """,
    "attempts": """
        select call_id, run_id, step, item, provider, model, endpoint, status, reason, http_status,
            response, latency_s, make_timestamp(started_us) as started_at
        from _calls where status = 'failed'
    """,
    "effects": """
        select
            effect_id,
            arg_max(run_id, id) as run_id,
            arg_max(notebook, id) as notebook,
            arg_max(step, id) as step,
            arg_max(kind, id) as kind,
            arg_max(target, id) as target,
            key,
            arg_max(status, id) as status,
            arg_max(attempts, id) as attempts,
            arg_max(error, id) as error,
            make_timestamp(min(at_us) filter (status in ('intent', 'held'))) as intent_at,
            make_timestamp(max(at_us) filter (status not in ('intent', 'held'))) as outcome_at
        from _effects group by effect_id, key
    """,
}
"""Public table to its query over the loaded ones."""
