-- What is known of the configured models: retired by a 404, listed by the provider, and until when.
create table private.provider_models (
  model text not null,
  retired_at timestamptz,
  is_listed boolean,
  shutdown_date date,
  constraint provider_models_pkey primary key (model),
  constraint provider_models_model_length check (length(model) between 1 and 100)
);

comment on table private.provider_models is 'Models of OPENAI_IMAGE_MODELS as the provider told of them.';
comment on column private.provider_models.model is 'Name of the model.';
comment on column private.provider_models.retired_at is 'When a call last found that the provider does not have it; null: never.';
comment on column private.provider_models.is_listed is 'Whether the provider''s list had it when it was last asked for; null: not asked yet.';
comment on column private.provider_models.shutdown_date is 'When the provider ends it, by its list; null: not announced.';

alter table private.provider_models enable row level security;
revoke all on table private.provider_models from public, anon, authenticated, service_role;
grant select, insert, update on table private.provider_models to service_role;
