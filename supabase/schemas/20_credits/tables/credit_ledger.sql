-- Every credit that ever moved. Append-only: no API role may update or delete, and a trigger refuses it to all.
create table public.credit_ledger (
  id bigint not null generated always as identity,
  user_id uuid not null,
  delta integer not null,
  kind text not null,
  generation_id uuid,
  note text,
  actor text not null default current_user,
  created_at timestamptz not null default now(),
  constraint credit_ledger_pkey primary key (id),
  constraint credit_ledger_user_id_fkey foreign key (user_id) references public.users (id),
  constraint credit_ledger_generation_id_fkey foreign key (generation_id) references public.generations (id),
  constraint credit_ledger_once_a_generation unique (generation_id, kind),
  constraint credit_ledger_kind_known
    check (kind in ('signup', 'grant', 'generation', 'refund', 'goodwill')),
  constraint credit_ledger_generation_by_kind
    check ((kind in ('generation', 'refund', 'goodwill')) = (generation_id is not null)),
  constraint credit_ledger_sign_by_kind check (
    case kind when 'generation' then delta < 0 when 'grant' then delta <> 0 else delta > 0 end)
);

create unique index credit_ledger_one_signup_a_user on public.credit_ledger (user_id) where kind = 'signup';

create index credit_ledger_user_id_idx on public.credit_ledger (user_id, id);

comment on table public.credit_ledger is 'Append-only account of credits. users.credits is the sum of a user''s deltas.';
comment on column public.credit_ledger.id is 'Order of entries.';
comment on column public.credit_ledger.user_id is 'Whose credits.';
comment on column public.credit_ledger.delta is 'Credits added (positive) or taken (negative).';
comment on column public.credit_ledger.kind is 'signup, grant (operator), generation (debit), refund (failed or cancelled), goodwill (operator, for a finished picture).';
comment on column public.credit_ledger.generation_id is 'Which generation, for generation, refund and goodwill; each at most once.';
comment on column public.credit_ledger.note is 'Why, in words the user may read; an operator''s note is in private.admin_actions.';
comment on column public.credit_ledger.actor is 'Database role that acted.';
comment on column public.credit_ledger.created_at is 'When.';

alter table public.credit_ledger enable row level security;

revoke all on table public.credit_ledger from public, anon, authenticated, service_role;

-- Projects made before 2026-10-30 grant new sequences to the API roles.
revoke all on sequence public.credit_ledger_id_seq from public, anon, authenticated, service_role;

grant select (id, user_id, delta, kind, generation_id, note, actor, created_at)
  on table public.credit_ledger to authenticated;

grant select, insert on table public.credit_ledger to service_role;

create policy "users read their own ledger" on public.credit_ledger
  for select to authenticated
  using (user_id = (select auth.uid()));

create trigger credit_ledger_is_append_only
  before update or delete or truncate on public.credit_ledger
  for each statement execute function private.refuse_change();

-- Balances move once a statement, not once an entry: a batch of submissions costs one update.
create trigger credit_ledger_applies_to_balance
  after insert on public.credit_ledger
  referencing new table as added
  for each statement execute function private.apply_ledger_entries();
