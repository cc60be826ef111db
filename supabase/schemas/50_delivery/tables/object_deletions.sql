-- Objects to be removed from the bucket.
create table private.object_deletions (
  object_key text not null,
  requested_at timestamptz not null default now(),
  constraint object_deletions_pkey primary key (object_key)
);

comment on table private.object_deletions is 'Pictures to remove from the bucket; a row goes when its object is gone.';
comment on column private.object_deletions.object_key is 'Key in the bucket.';
comment on column private.object_deletions.requested_at is 'When the removal was asked for.';

alter table private.object_deletions enable row level security;

revoke all on table private.object_deletions from public, anon, authenticated, service_role;

grant select, insert, delete on table private.object_deletions to service_role;
