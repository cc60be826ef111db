-- One worker that hears "no such model" spares all the others the question.
begin;
select plan(7);

-- SETUP
select tests.as_service();
create function pg_temp.retired() returns jsonb language sql as $$
  select public.claim_generations(tests.worker_id(), 1) -> 'retired_models'
$$;

-- TEST: one of several
select lives_ok($$ select public.retire_model('gpt-image-1.5', 1) $$);
select lives_ok($$ select public.retire_model('gpt-image-1.5', 1) $$, 'again');
select is(pg_temp.retired(), '["gpt-image-1.5"]'::jsonb, 'workers hear of it once');
select is((select p.pause_kind from private.provider_state as p), null, 'others are left: nothing is paused');

-- TEST: the last
select public.retire_model('gpt-image-2.6-flare', 0);
select results_eq(
  'select p.pause_kind, p.pause_note from private.provider_state as p',
  $$ values ('money', 'No model left: gpt-image-2.6-flare was the last of OPENAI_IMAGE_MODELS') $$,
  'the provider is paused, and says why'
);
select is(pg_temp.retired(), '["gpt-image-1.5", "gpt-image-2.6-flare"]'::jsonb, 'both are told');

-- TEST: the operator's cure
select tests.as_owner();
select admin.resume('a new model is configured');
select is(pg_temp.retired(), '[]'::jsonb, 'resume forgets them');

select * from finish();
rollback;
