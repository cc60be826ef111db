-- A bucket that is away costs every job its picture: it pauses the service as missing funds do.
alter table private.provider_state drop constraint provider_state_pause_kind_known;
alter table private.provider_state add constraint provider_state_pause_kind_known
  check (pause_kind in ('operator', 'money', 'storage'));

comment on column private.provider_state.pause_kind is
  'operator, money (the provider refused for lack of funds) or storage (a picture could not be stored).';
comment on column private.provider_state.pause_count is 'Pauses in a row that were not the operator''s; doubles the next one.';
comment on function private.pause_provider(text, text) is
  'Pauses the provider. money and storage: 30 s, doubled at each pause in a row up to 15 min, then one job probes; operator: until admin.resume.';
