-- The pgmq queue of the bot's messages: no request and no generation waits for the Bot API.
select pgmq.create('bot_messages');

alter table pgmq.q_bot_messages enable row level security;
alter table pgmq.a_bot_messages enable row level security;

grant select, insert, update, delete on table pgmq.q_bot_messages to service_role;
grant select, insert on table pgmq.a_bot_messages to service_role;
grant usage on all sequences in schema pgmq to service_role;
