-- A row is changed by nothing but what is listed here.
begin;
select plan(1);

-- TEST: the list
select set_eq(
  $$ select format('%s.%s: %s', c.relnamespace::regnamespace, c.relname, t.tgname)
    from pg_trigger as t join pg_class as c on c.oid = t.tgrelid
    where not t.tgisinternal and t.tgenabled = 'O'
      and c.relnamespace in ('public'::regnamespace, 'private'::regnamespace, 'pgmq'::regnamespace) $$,
  array[
    'public.credit_ledger: credit_ledger_applies_to_balance',
    'public.credit_ledger: credit_ledger_is_append_only',
    'public.generations: generations_are_broadcast',
    'public.generations: generations_plan_bot_message',
    'public.generations: generations_retire_previews',
    'public.generations: generations_wake_workers',
    'public.generations: generations_transition_is_guarded',
    'private.admin_actions: admin_actions_is_append_only',
    'private.settings: settings_change_is_audited',
    'private.settings: settings_change_wakes_workers',
    'public.prices: prices_change_is_audited'
  ]
);

select * from finish();
rollback;
