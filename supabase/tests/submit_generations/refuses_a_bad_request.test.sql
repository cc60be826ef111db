-- The checks of the table hold even if a function forgot its own.
begin;
select plan(10);

-- SETUP
select tests.create_user(1, credits => 100);
select tests.as_service();
create function pg_temp.submit(prompt text, size text, quality text, output_format text) returns jsonb
language sql as $$
  select tests.submit_raw(tests.submission(tests.user_id(1), prompt, quality, jsonb_build_object(
    'size', size, 'output_format', output_format)))
$$;

-- TEST: each field
select throws_ok($$ select pg_temp.submit('', '1024x1024', 'low', 'png') $$, '23514', null, 'an empty prompt');
select throws_ok(
  $$ select pg_temp.submit(repeat('x', 4001), '1024x1024', 'low', 'png') $$, '23514', null, 'a long prompt');
select throws_ok($$ select pg_temp.submit(null, '1024x1024', 'low', 'png') $$, '23502', null, 'no prompt');
select throws_ok($$ select pg_temp.submit('a cat', '1x1', 'low', 'png') $$, '23514', null, 'an unknown size');
select throws_ok($$ select pg_temp.submit('a cat', '1024x1024', 'ultra', 'png') $$, '23502', null, 'a quality without a price');
select throws_ok($$ select pg_temp.submit('a cat', '1024x1024', 'low', 'gif') $$, '23514', null, 'an unknown format');
select lives_ok(
  $$ select pg_temp.submit(repeat('ü', 4000), '1024x1536', 'low', 'jpeg') $$, '4,000 characters are accepted');

-- TEST: what is left of refusals
select is((select count(*) from public.generations)::integer, 1, 'no row');
select is((select count(*) from pgmq.q_generations)::integer, 1, 'no message');
select is(tests.credits(1), 99, 'no charge');

select * from finish();
rollback;
