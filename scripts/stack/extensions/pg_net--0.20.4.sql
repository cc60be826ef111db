-- Stand-in for pg_net 0.20: the same SQL surface without its C worker. Requests wait in a table;
-- a notification at commit wakes scripts/stack/webhooks.ts, which sends them.
-- Left out: net.worker_restart(), net.wait_until_running(), the deprecated collecting functions.
-- Privileges are the real ones since 0.12: every function is security invoker and open to PUBLIC,
-- so the schema must never be exposed by the Data API.

create schema if not exists net;
comment on schema net is 'Asynchronous HTTP requests (stand-in for pg_net)';

create domain net.http_method as text
  check (upper(value) in ('GET', 'POST', 'DELETE'));

-- Unlogged, as in the original: a crash of the server empties both tables.
create unlogged table net.http_request_queue (
  id bigserial,
  method net.http_method not null,
  url text not null,
  headers jsonb,
  body bytea,
  timeout_milliseconds integer not null
);
comment on table net.http_request_queue is 'Requests to send; a row leaves when its request starts';

create unlogged table net._http_response (
  id bigint,
  status_code integer,
  content_type text,
  headers jsonb,
  content text,
  timed_out boolean,
  error_msg text,
  created timestamptz not null default now()
);
create index on net._http_response (created);
comment on table net._http_response is 'What came back, kept for six hours; id is the request''s';

create function net.wake() returns void
language sql
set search_path = ''
as $$ select pg_catalog.pg_notify('net_wake', '') $$;
comment on function net.wake() is 'Wakes the worker when this transaction commits, once';

create function net._urlencode_string(string varchar) returns text
language sql immutable
set search_path = ''
as $$
  select coalesce(pg_catalog.string_agg(
    case
      when letter ~ '^[A-Za-z0-9._~-]$' then letter
      else pg_catalog.regexp_replace(
        upper(pg_catalog.encode(pg_catalog.convert_to(letter, 'UTF8'), 'hex')), '(..)', '%\1', 'g')
    end, '' order by position), '')
  from pg_catalog.regexp_split_to_table(string, '') with ordinality as letters (letter, position)
$$;
comment on function net._urlencode_string(varchar) is 'Percent-encodes all but RFC 3986 unreserved characters';

create function net._encode_url(url text, params jsonb) returns text
language sql immutable
set search_path = ''
as $$
  select url || coalesce((
    select case when pg_catalog.strpos(url, '?') > 0 then '&' else '?' end
      || pg_catalog.string_agg(
        net._urlencode_string(key) || '=' || net._urlencode_string(value), '&' order by key)
    from pg_catalog.jsonb_each_text(params)
    having count(*) > 0), '')
$$;
comment on function net._encode_url(text, jsonb) is 'Appends parameters to a URL as its query';

create function net._enqueue(
  method text,
  url text,
  headers jsonb,
  body bytea,
  timeout_milliseconds integer
) returns bigint
language plpgsql
set search_path = ''
as $$
declare
  request_id bigint;
begin
  insert into net.http_request_queue (method, url, headers, body, timeout_milliseconds)
  values (_enqueue.method, _enqueue.url, _enqueue.headers, _enqueue.body,
    _enqueue.timeout_milliseconds)
  returning id into request_id;
  perform net.wake();
  return request_id;
end
$$;
comment on function net._enqueue(text, text, jsonb, bytea, integer) is 'Queues a request, gives its id';

create function net.http_get(
  url text,
  params jsonb default '{}',
  headers jsonb default '{}',
  timeout_milliseconds integer default 5000
) returns bigint
language sql
set search_path = ''
as $$ select net._enqueue('GET', net._encode_url(url, params), headers, null, timeout_milliseconds) $$;
comment on function net.http_get(text, jsonb, jsonb, integer) is 'Queues a GET request, gives its id';

create function net.http_post(
  url text,
  body jsonb default '{}',
  params jsonb default '{}',
  headers jsonb default '{"Content-Type": "application/json"}',
  timeout_milliseconds integer default 5000
) returns bigint
language plpgsql
set search_path = ''
as $$
declare
  content_type text := (
    select value from pg_catalog.jsonb_each_text(http_post.headers)
    where lower(key) = 'content-type' limit 1);
begin
  if content_type <> 'application/json' then
    raise exception 'Content-Type header must be "application/json"';
  end if;
  if content_type is null then
    headers := headers || '{"Content-Type": "application/json"}';
  end if;
  return net._enqueue('POST', net._encode_url(url, params), headers,
    pg_catalog.convert_to(body::text, 'UTF8'), timeout_milliseconds);
end
$$;
comment on function net.http_post(text, jsonb, jsonb, jsonb, integer) is 'Queues a POST request with a JSON body, gives its id';

create function net.http_delete(
  url text,
  params jsonb default '{}',
  headers jsonb default '{}',
  timeout_milliseconds integer default 5000,
  body jsonb default null
) returns bigint
language sql
set search_path = ''
as $$
  select net._enqueue('DELETE', net._encode_url(url, params), headers,
    pg_catalog.convert_to(body::text, 'UTF8'), timeout_milliseconds)
$$;
comment on function net.http_delete(text, jsonb, jsonb, integer, jsonb) is 'Queues a DELETE request, gives its id';

grant usage on schema net to public;
grant all on all tables in schema net to public;
grant all on all sequences in schema net to public;
