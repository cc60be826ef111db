-- Previews while the provider generates: objects beside the picture, gone when the generation ends.
create table private.generation_previews (
  object_key text not null,
  generation_id uuid not null,
  created_at timestamptz not null default pg_catalog.clock_timestamp(),
  constraint generation_previews_pkey primary key (object_key),
  constraint generation_previews_generation_id_fkey foreign key (generation_id)
    references public.generations (id)
);

create index generation_previews_generation_id_idx on private.generation_previews (generation_id);

comment on table private.generation_previews is 'Preview objects of unfinished generations; at the end they move to object_deletions.';
comment on column private.generation_previews.object_key is 'Key in the bucket.';
comment on column private.generation_previews.generation_id is 'Which generation.';
comment on column private.generation_previews.created_at is 'When it was announced.';

alter table private.generation_previews enable row level security;

revoke all on table private.generation_previews from public, anon, authenticated, service_role;

grant select, insert, delete on table private.generation_previews to service_role;
