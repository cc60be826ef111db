-- The message when nobody looks: a finished picture the user did not fetch is sent to the user's chat.
create table private.bot_messages (
  generation_id uuid not null,
  planned_at timestamptz not null default pg_catalog.clock_timestamp(),
  seen_at timestamptz,
  sent_at timestamptz,
  tries integer not null default 0,
  outcome text,
  constraint bot_messages_pkey primary key (generation_id),
  constraint bot_messages_generation_id_fkey foreign key (generation_id) references public.generations (id),
  constraint bot_messages_outcome_known check (outcome in ('sent', 'blocked', 'failed')),
  constraint bot_messages_outcome_was_sent check (outcome is null or sent_at is not null)
);

comment on table private.bot_messages is 'Planned messages of the bot, at most one a generation.';
comment on column private.bot_messages.generation_id is 'Which picture.';
comment on column private.bot_messages.planned_at is 'When the generation was completed.';
comment on column private.bot_messages.seen_at is 'When the owner fetched it: no message then.';
comment on column private.bot_messages.sent_at is 'When it was handed to the Bot API, set before: it is never handed over twice.';
comment on column private.bot_messages.tries is 'Times that Telegram, or the picture''s address, did not answer.';
comment on column private.bot_messages.outcome is 'sent; blocked (the user blocked the bot); failed.';

alter table private.bot_messages enable row level security;

revoke all on table private.bot_messages from public, anon, authenticated, service_role;

grant select, insert, update on table private.bot_messages to service_role;
