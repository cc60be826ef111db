-- What an image costs, by quality.
create table public.prices (
  quality text not null,
  credits integer not null,
  credits_per_image integer not null default 1,
  constraint prices_pkey primary key (quality),
  constraint prices_quality_known check (quality in ('low', 'medium', 'high')),
  constraint prices_credits_positive check (credits > 0),
  constraint prices_credits_per_image_not_negative check (credits_per_image >= 0)
);

comment on table public.prices is 'Credits one image costs, by quality; read live at each submission. Every logged-in user reads them; an operator edits them.';
comment on column public.prices.quality is 'low, medium or high, as the provider names them.';
comment on column public.prices.credits is 'Credits debited when a generation is accepted.';

comment on column public.prices.credits_per_image is 'Credits debited for each reference image beside that.';

alter table public.prices enable row level security;

revoke all on table public.prices from public, anon, authenticated, service_role;

grant select (quality, credits, credits_per_image) on table public.prices to authenticated;
grant select on table public.prices to service_role;

create policy "users read the prices" on public.prices
  for select to authenticated
  using (true);

create trigger prices_change_is_audited
  after update on public.prices
  for each row when (old.* is distinct from new.*)
  execute function private.audit_settings_change();
