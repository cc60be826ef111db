-- Rows of a database whose last migration is 20261127120100, as scripts/write_upgrade_dump.ts left them.
-- Taken at 2026-11-27T18:56:10.035Z
begin;
set local session_replication_role = replica;
delete from pgmq.a_bot_messages;
delete from pgmq.a_generations;
insert into pgmq.a_generations ("msg_id", "read_ct", "enqueued_at", "last_read_at", "archived_at", "vt", "message", "headers") overriding system value
select "msg_id", "read_ct", "enqueued_at", "last_read_at", "archived_at", "vt", "message", "headers" from jsonb_populate_recordset(null::pgmq.a_generations, '[
  {"vt": "2026-11-27T19:56:09.953081+00:00", "msg_id": 3, "headers": null, "message": {"reason": "of before", "error_code": "internal", "generation_id": "74a9bbab-aff5-47d2-b312-94708c41f61e"}, "read_ct": 1, "archived_at": "2026-11-27T18:56:09.95524+00:00", "enqueued_at": "2026-11-27T18:56:09.948665+00:00", "last_read_at": "2026-11-27T18:56:09.95308+00:00"}
]');
delete from pgmq.q_bot_messages;
insert into pgmq.q_bot_messages ("msg_id", "read_ct", "enqueued_at", "last_read_at", "vt", "message", "headers") overriding system value
select "msg_id", "read_ct", "enqueued_at", "last_read_at", "vt", "message", "headers" from jsonb_populate_recordset(null::pgmq.q_bot_messages, '[
  {"vt": "2026-11-27T19:06:09.929709+00:00", "msg_id": 1, "headers": null, "message": {"generation_id": "22a25a94-bec9-4587-b8e0-af052f2f3ed5"}, "read_ct": 0, "enqueued_at": "2026-11-27T18:56:09.924833+00:00", "last_read_at": null},
  {"vt": "2026-11-27T19:06:09.943585+00:00", "msg_id": 2, "headers": null, "message": {"generation_id": "4d50b2ff-02bb-434e-9a43-4e7396ce01d3"}, "read_ct": 0, "enqueued_at": "2026-11-27T18:56:09.941947+00:00", "last_read_at": null}
]');
delete from pgmq.q_generations;
insert into pgmq.q_generations ("msg_id", "read_ct", "enqueued_at", "last_read_at", "vt", "message", "headers") overriding system value
select "msg_id", "read_ct", "enqueued_at", "last_read_at", "vt", "message", "headers" from jsonb_populate_recordset(null::pgmq.q_generations, '[
  {"vt": "2026-11-27T18:56:09.989738+00:00", "msg_id": 8, "headers": null, "message": {"generation_id": "95854de2-e5d4-4505-9e6a-10e53422a2e9"}, "read_ct": 0, "enqueued_at": "2026-11-27T18:56:09.989512+00:00", "last_read_at": null},
  {"vt": "2026-11-27T18:56:09.993288+00:00", "msg_id": 9, "headers": null, "message": {"generation_id": "e24d3662-f890-42c3-b10b-91e5a4308fdb"}, "read_ct": 0, "enqueued_at": "2026-11-27T18:56:09.993069+00:00", "last_read_at": null},
  {"vt": "2026-11-27T18:56:10.007039+00:00", "msg_id": 5, "headers": null, "message": {"generation_id": "879b1659-9cda-4224-b56b-adaf675f2c96"}, "read_ct": 1, "enqueued_at": "2026-11-27T18:56:09.969042+00:00", "last_read_at": "2026-11-27T18:56:09.973205+00:00"},
  {"vt": "2026-11-27T19:56:09.985764+00:00", "msg_id": 6, "headers": null, "message": {"generation_id": "6d3f2363-3b24-4bf1-91fe-1782dcd95ef3"}, "read_ct": 1, "enqueued_at": "2026-11-27T18:56:09.978285+00:00", "last_read_at": "2026-11-27T18:56:09.985764+00:00"},
  {"vt": "2026-11-27T19:56:09.985789+00:00", "msg_id": 7, "headers": null, "message": {"generation_id": "9bbcddb8-a4d7-4212-9b06-e6cc219d7488"}, "read_ct": 1, "enqueued_at": "2026-11-27T18:56:09.98159+00:00", "last_read_at": "2026-11-27T18:56:09.985789+00:00"}
]');
delete from private.admin_actions;
insert into private.admin_actions ("id", "at", "actor", "action", "arguments", "note") overriding system value
select "id", "at", "actor", "action", "arguments", "note" from jsonb_populate_recordset(null::private.admin_actions, '[
  {"at": "2026-11-27T18:56:09.880463+00:00", "id": 1, "note": "before the upgrade", "actor": "supabase_admin", "action": "admin.grant_credits", "arguments": {"amount": 30, "user_id": "f1d8a749-99ee-46c4-9d2e-558e394e2d5a"}},
  {"at": "2026-11-27T18:56:09.882506+00:00", "id": 2, "note": null, "actor": "supabase_admin", "action": "update private.settings", "arguments": {"after": {"singleton": true, "max_attempts": 4, "session_days": 30, "cron_run_days": 1, "lease_seconds": 3600, "max_concurrent": 7, "partial_images": 0, "signup_credits": 20, "dead_letter_days": 90, "images_per_minute": null, "max_queue_seconds": 900, "max_blocked_per_hour": 5, "max_pending_per_user": 10, "per_user_concurrency": 2, "rate_limit_per_minute": 5, "bot_message_after_seconds": 600}, "before": {"singleton": true, "max_attempts": 4, "session_days": 30, "cron_run_days": 1, "lease_seconds": 30, "max_concurrent": 10, "partial_images": 0, "signup_credits": 20, "dead_letter_days": 90, "images_per_minute": null, "max_queue_seconds": 900, "max_blocked_per_hour": 5, "max_pending_per_user": 10, "per_user_concurrency": 2, "rate_limit_per_minute": 5, "bot_message_after_seconds": null}}},
  {"at": "2026-11-27T18:56:09.886875+00:00", "id": 3, "note": null, "actor": "supabase_admin", "action": "update public.prices", "arguments": {"after": {"credits": 16, "quality": "high", "credits_per_image": 2}, "before": {"credits": 15, "quality": "high", "credits_per_image": 2}}},
  {"at": "2026-11-27T18:56:09.933729+00:00", "id": 4, "note": "before the upgrade", "actor": "supabase_admin", "action": "admin.refund_generation", "arguments": {"generation_id": "22a25a94-bec9-4587-b8e0-af052f2f3ed5"}},
  {"at": "2026-11-27T18:56:09.96816+00:00", "id": 5, "note": null, "actor": "supabase_admin", "action": "update private.settings", "arguments": {"after": {"singleton": true, "max_attempts": 4, "session_days": 30, "cron_run_days": 1, "lease_seconds": 3600, "max_concurrent": 7, "partial_images": 0, "signup_credits": 20, "dead_letter_days": 90, "images_per_minute": null, "max_queue_seconds": 900, "max_blocked_per_hour": 5, "max_pending_per_user": 10, "per_user_concurrency": 3, "rate_limit_per_minute": 5, "bot_message_after_seconds": 600}, "before": {"singleton": true, "max_attempts": 4, "session_days": 30, "cron_run_days": 1, "lease_seconds": 3600, "max_concurrent": 7, "partial_images": 0, "signup_credits": 20, "dead_letter_days": 90, "images_per_minute": null, "max_queue_seconds": 900, "max_blocked_per_hour": 5, "max_pending_per_user": 10, "per_user_concurrency": 2, "rate_limit_per_minute": 5, "bot_message_after_seconds": 600}}},
  {"at": "2026-11-27T18:56:09.988656+00:00", "id": 6, "note": null, "actor": "supabase_admin", "action": "update private.settings", "arguments": {"after": {"singleton": true, "max_attempts": 4, "session_days": 30, "cron_run_days": 1, "lease_seconds": 3600, "max_concurrent": 7, "partial_images": 0, "signup_credits": 20, "dead_letter_days": 90, "images_per_minute": null, "max_queue_seconds": 900, "max_blocked_per_hour": 5, "max_pending_per_user": 10, "per_user_concurrency": 2, "rate_limit_per_minute": 5, "bot_message_after_seconds": 600}, "before": {"singleton": true, "max_attempts": 4, "session_days": 30, "cron_run_days": 1, "lease_seconds": 3600, "max_concurrent": 7, "partial_images": 0, "signup_credits": 20, "dead_letter_days": 90, "images_per_minute": null, "max_queue_seconds": 900, "max_blocked_per_hour": 5, "max_pending_per_user": 10, "per_user_concurrency": 3, "rate_limit_per_minute": 5, "bot_message_after_seconds": 600}}},
  {"at": "2026-11-27T18:56:10.002572+00:00", "id": 7, "note": "before the upgrade", "actor": "supabase_admin", "action": "admin.erase_user", "arguments": {"user_id": "bbb26932-2606-496e-86f2-dde2aa4f7de6"}},
  {"at": "2026-11-27T18:56:10.005088+00:00", "id": 8, "note": "before the upgrade", "actor": "supabase_admin", "action": "admin.pause", "arguments": {}},
  {"at": "2026-11-27T18:56:10.006328+00:00", "id": 9, "note": "before the upgrade", "actor": "supabase_admin", "action": "admin.resume", "arguments": {}},
  {"at": "2026-11-27T18:56:10.008331+00:00", "id": 10, "note": null, "actor": "supabase_admin", "action": "update private.settings", "arguments": {"after": {"singleton": true, "max_attempts": 4, "session_days": 30, "cron_run_days": 1, "lease_seconds": 30, "max_concurrent": 7, "partial_images": 0, "signup_credits": 20, "dead_letter_days": 90, "images_per_minute": null, "max_queue_seconds": 900, "max_blocked_per_hour": 5, "max_pending_per_user": 10, "per_user_concurrency": 2, "rate_limit_per_minute": 5, "bot_message_after_seconds": 600}, "before": {"singleton": true, "max_attempts": 4, "session_days": 30, "cron_run_days": 1, "lease_seconds": 3600, "max_concurrent": 7, "partial_images": 0, "signup_credits": 20, "dead_letter_days": 90, "images_per_minute": null, "max_queue_seconds": 900, "max_blocked_per_hour": 5, "max_pending_per_user": 10, "per_user_concurrency": 2, "rate_limit_per_minute": 5, "bot_message_after_seconds": 600}}}
]');
delete from private.bot_messages;
insert into private.bot_messages ("generation_id", "planned_at", "seen_at", "sent_at", "tries", "outcome") overriding system value
select "generation_id", "planned_at", "seen_at", "sent_at", "tries", "outcome" from jsonb_populate_recordset(null::private.bot_messages, '[
  {"tries": 0, "outcome": null, "seen_at": null, "sent_at": null, "planned_at": "2026-11-27T18:56:09.929136+00:00", "generation_id": "22a25a94-bec9-4587-b8e0-af052f2f3ed5"},
  {"tries": 0, "outcome": null, "seen_at": null, "sent_at": null, "planned_at": "2026-11-27T18:56:09.943336+00:00", "generation_id": "4d50b2ff-02bb-434e-9a43-4e7396ce01d3"}
]');
delete from private.doorbell;
insert into private.doorbell ("event", "at", "error") overriding system value
select "event", "at", "error" from jsonb_populate_recordset(null::private.doorbell, '[
  {"at": "2026-11-27T18:56:09.984938+00:00", "error": null, "event": "answered"},
  {"at": null, "error": null, "event": "rung"}
]');
delete from private.generation_attempts;
insert into private.generation_attempts ("generation_id", "attempt", "worker_id", "claimed_at", "lease_expires_at", "provider_finished_at", "finished_at", "outcome", "error_code", "error_message", "model", "latency_ms", "usage", "maybe_billed") overriding system value
select "generation_id", "attempt", "worker_id", "claimed_at", "lease_expires_at", "provider_finished_at", "finished_at", "outcome", "error_code", "error_message", "model", "latency_ms", "usage", "maybe_billed" from jsonb_populate_recordset(null::private.generation_attempts, '[
  {"model": "gpt-image-2", "usage": {"total_tokens": 5}, "attempt": 1, "outcome": "completed", "worker_id": "5539a9ad-c165-41aa-aa2f-c1d42f4ff785", "claimed_at": "2026-11-27T18:56:09.920925+00:00", "error_code": null, "latency_ms": 15000, "finished_at": "2026-11-27T18:56:09.927502+00:00", "maybe_billed": false, "error_message": null, "generation_id": "22a25a94-bec9-4587-b8e0-af052f2f3ed5", "lease_expires_at": "2026-11-27T19:56:09.920923+00:00", "provider_finished_at": null},
  {"model": "gpt-image-2", "usage": {"total_tokens": 5}, "attempt": 1, "outcome": "completed", "worker_id": "ff325d9a-36b1-4ed6-bb4e-21f2ce3596d6", "claimed_at": "2026-11-27T18:56:09.940747+00:00", "error_code": null, "latency_ms": 15000, "finished_at": "2026-11-27T18:56:09.942428+00:00", "maybe_billed": false, "error_message": null, "generation_id": "4d50b2ff-02bb-434e-9a43-4e7396ce01d3", "lease_expires_at": "2026-11-27T19:56:09.940746+00:00", "provider_finished_at": null},
  {"model": null, "usage": null, "attempt": 1, "outcome": "permanent", "worker_id": "901cec3d-bdd2-4e14-93fe-3ef92bd24c51", "claimed_at": "2026-11-27T18:56:09.95408+00:00", "error_code": "internal", "latency_ms": null, "finished_at": "2026-11-27T18:56:09.956643+00:00", "maybe_billed": false, "error_message": "of before", "generation_id": "74a9bbab-aff5-47d2-b312-94708c41f61e", "lease_expires_at": "2026-11-27T19:56:09.954078+00:00", "provider_finished_at": null},
  {"model": null, "usage": null, "attempt": 1, "outcome": "transient", "worker_id": "2f80bef8-52f4-485a-b42d-69ef85525146", "claimed_at": "2026-11-27T18:56:09.974194+00:00", "error_code": "provider_unavailable", "latency_ms": null, "finished_at": "2026-11-27T18:56:09.976374+00:00", "maybe_billed": false, "error_message": "of before", "generation_id": "879b1659-9cda-4224-b56b-adaf675f2c96", "lease_expires_at": "2026-11-27T19:56:09.974193+00:00", "provider_finished_at": null},
  {"model": null, "usage": null, "attempt": 1, "outcome": null, "worker_id": "96d3511a-4868-4084-ad0b-92015ba5e17a", "claimed_at": "2026-11-27T18:56:09.986851+00:00", "error_code": null, "latency_ms": null, "finished_at": null, "maybe_billed": false, "error_message": null, "generation_id": "9bbcddb8-a4d7-4212-9b06-e6cc219d7488", "lease_expires_at": "2026-11-27T19:56:09.986849+00:00", "provider_finished_at": null},
  {"model": null, "usage": null, "attempt": 1, "outcome": null, "worker_id": "96d3511a-4868-4084-ad0b-92015ba5e17a", "claimed_at": "2026-11-27T18:56:09.986904+00:00", "error_code": null, "latency_ms": null, "finished_at": null, "maybe_billed": false, "error_message": null, "generation_id": "6d3f2363-3b24-4bf1-91fe-1782dcd95ef3", "lease_expires_at": "2026-11-27T19:56:09.986904+00:00", "provider_finished_at": null}
]');
delete from private.generation_previews;
delete from private.idempotency_keys;
insert into private.idempotency_keys ("user_id", "key", "request_hash", "generation_id", "answer", "created_at") overriding system value
select "user_id", "key", "request_hash", "generation_id", "answer", "created_at" from jsonb_populate_recordset(null::private.idempotency_keys, '[
  {"key": "key-of-before", "answer": {"id": "95854de2-e5d4-4505-9e6a-10e53422a2e9", "queue": {"position": 1, "eta_seconds": 15}, "status": "PENDING", "credits": 49, "created_at": "2026-11-27T18:56:09.989739+00:00", "poll_after_ms": 3750}, "user_id": "f1d8a749-99ee-46c4-9d2e-558e394e2d5a", "created_at": "2026-11-27T18:56:09.989512+00:00", "request_hash": "hash-of-before", "generation_id": "95854de2-e5d4-4505-9e6a-10e53422a2e9"}
]');
delete from private.object_deletions;
insert into private.object_deletions ("object_key", "requested_at") overriding system value
select "object_key", "requested_at" from jsonb_populate_recordset(null::private.object_deletions, '[
  {"object_key": "generations/4d50b2ff-02bb-434e-9a43-4e7396ce01d3.png", "requested_at": "2026-11-27T18:56:09.944958+00:00"},
  {"object_key": "generations/74a9bbab-aff5-47d2-b312-94708c41f61e.png", "requested_at": "2026-11-27T18:56:09.95524+00:00"}
]');
delete from private.provider_models;
insert into private.provider_models ("model", "retired_at", "is_listed", "shutdown_date") overriding system value
select "model", "retired_at", "is_listed", "shutdown_date" from jsonb_populate_recordset(null::private.provider_models, '[
  {"model": "gpt-image-of-before", "is_listed": null, "retired_at": null, "shutdown_date": null}
]');
delete from private.provider_state;
insert into private.provider_state ("singleton", "paused_until", "pause_kind", "pause_note", "pause_count", "rate_paused_until", "rate_refused_at", "concurrency_limit", "concurrency_changed_at", "models_checked_at", "streak_signature", "streak_user_ids") overriding system value
select "singleton", "paused_until", "pause_kind", "pause_note", "pause_count", "rate_paused_until", "rate_refused_at", "concurrency_limit", "concurrency_changed_at", "models_checked_at", "streak_signature", "streak_user_ids" from jsonb_populate_recordset(null::private.provider_state, '[
  {"singleton": true, "pause_kind": null, "pause_note": null, "pause_count": 0, "paused_until": null, "rate_refused_at": null, "streak_user_ids": [], "streak_signature": null, "concurrency_limit": null, "models_checked_at": null, "rate_paused_until": null, "concurrency_changed_at": "2026-11-27T18:56:09.797152+00:00"}
]');
delete from private.queue_state;
insert into private.queue_state ("singleton", "service_ms", "measured_at") overriding system value
select "singleton", "service_ms", "measured_at" from jsonb_populate_recordset(null::private.queue_state, '[
  {"singleton": true, "service_ms": 15000, "measured_at": "2026-11-27T18:56:09.894697+00:00"}
]');
delete from private.rate_limits;
insert into private.rate_limits ("rule", "identifier", "tokens", "updated_at") overriding system value
select "rule", "identifier", "tokens", "updated_at" from jsonb_populate_recordset(null::private.rate_limits, '[
  {"rule": "generation", "tokens": 4, "identifier": "055ea314-3315-4347-9041-6f13daaf04dd", "updated_at": "2026-11-27T18:56:09.889161+00:00"}
]');
delete from private.refresh_tokens;
insert into private.refresh_tokens ("token_hash", "session_id", "created_at", "spent_at") overriding system value
select "token_hash", "session_id", "created_at", "spent_at" from jsonb_populate_recordset(null::private.refresh_tokens, '[
  {"spent_at": null, "created_at": "2026-11-27T18:56:09.861916+00:00", "session_id": "9f085099-c8a4-45af-b2d8-a8abb534cf48", "token_hash": "2d9d7122294fad341e9ce17eadae43f8299c1fb046102601d8e30b9961c0475a"},
  {"spent_at": null, "created_at": "2026-11-27T18:56:09.872558+00:00", "session_id": "941b2cbb-b484-4478-be89-f3c081de9f8a", "token_hash": "e5e5bacababbcf51c4be53aab8c33c31bef6b5cbe190758da353f009dcf46005"},
  {"spent_at": null, "created_at": "2026-11-27T18:56:09.874971+00:00", "session_id": "7155c4ff-c2c0-4bb6-b1b8-e885216165d1", "token_hash": "6cf11e7cf887f9b2d813d047d5924f5032b65060797e7e896e02805269cf707f"}
]');
delete from private.sessions;
insert into private.sessions ("id", "user_id", "created_at", "expires_at", "revoked_at", "revoked_reason") overriding system value
select "id", "user_id", "created_at", "expires_at", "revoked_at", "revoked_reason" from jsonb_populate_recordset(null::private.sessions, '[
  {"id": "7155c4ff-c2c0-4bb6-b1b8-e885216165d1", "user_id": "2d258a75-7cc0-494c-bfe9-bb7a1af58390", "created_at": "2026-11-27T18:56:09.874971+00:00", "expires_at": "2026-12-27T18:56:09.875901+00:00", "revoked_at": null, "revoked_reason": null},
  {"id": "941b2cbb-b484-4478-be89-f3c081de9f8a", "user_id": "f1d8a749-99ee-46c4-9d2e-558e394e2d5a", "created_at": "2026-11-27T18:56:09.872558+00:00", "expires_at": "2026-12-27T18:56:09.873577+00:00", "revoked_at": null, "revoked_reason": null},
  {"id": "9f085099-c8a4-45af-b2d8-a8abb534cf48", "user_id": "055ea314-3315-4347-9041-6f13daaf04dd", "created_at": "2026-11-27T18:56:09.861916+00:00", "expires_at": "2026-12-27T18:56:09.870572+00:00", "revoked_at": null, "revoked_reason": null}
]');
delete from private.settings;
insert into private.settings ("singleton", "max_concurrent", "images_per_minute", "per_user_concurrency", "max_pending_per_user", "rate_limit_per_minute", "max_blocked_per_hour", "max_attempts", "max_queue_seconds", "signup_credits", "partial_images", "lease_seconds", "session_days", "bot_message_after_seconds", "cron_run_days", "dead_letter_days") overriding system value
select "singleton", "max_concurrent", "images_per_minute", "per_user_concurrency", "max_pending_per_user", "rate_limit_per_minute", "max_blocked_per_hour", "max_attempts", "max_queue_seconds", "signup_credits", "partial_images", "lease_seconds", "session_days", "bot_message_after_seconds", "cron_run_days", "dead_letter_days" from jsonb_populate_recordset(null::private.settings, '[
  {"singleton": true, "max_attempts": 4, "session_days": 30, "cron_run_days": 1, "lease_seconds": 30, "max_concurrent": 7, "partial_images": 0, "signup_credits": 20, "dead_letter_days": 90, "images_per_minute": null, "max_queue_seconds": 900, "max_blocked_per_hour": 5, "max_pending_per_user": 10, "per_user_concurrency": 2, "rate_limit_per_minute": 5, "bot_message_after_seconds": 600}
]');
delete from private.signup_grants;
insert into private.signup_grants ("telegram_id_hash", "granted_at") overriding system value
select "telegram_id_hash", "granted_at" from jsonb_populate_recordset(null::private.signup_grants, '[
  {"granted_at": "2026-11-27T18:56:09.861916+00:00", "telegram_id_hash": "0000000000000000000000000000000000000000000000000000000000000101"},
  {"granted_at": "2026-11-27T18:56:09.872558+00:00", "telegram_id_hash": "0000000000000000000000000000000000000000000000000000000000000102"},
  {"granted_at": "2026-11-27T18:56:09.874971+00:00", "telegram_id_hash": "0000000000000000000000000000000000000000000000000000000000000103"},
  {"granted_at": "2026-11-27T18:56:09.877228+00:00", "telegram_id_hash": "0000000000000000000000000000000000000000000000000000000000000104"}
]');
delete from public.credit_ledger;
insert into public.credit_ledger ("id", "user_id", "delta", "kind", "generation_id", "note", "actor", "created_at") overriding system value
select "id", "user_id", "delta", "kind", "generation_id", "note", "actor", "created_at" from jsonb_populate_recordset(null::public.credit_ledger, '[
  {"id": 1, "kind": "signup", "note": "first login", "actor": "supabase_admin", "delta": 20, "user_id": "055ea314-3315-4347-9041-6f13daaf04dd", "created_at": "2026-11-27T18:56:09.861916+00:00", "generation_id": null},
  {"id": 10, "kind": "refund", "note": "internal", "actor": "supabase_admin", "delta": 1, "user_id": "055ea314-3315-4347-9041-6f13daaf04dd", "created_at": "2026-11-27T18:56:09.95524+00:00", "generation_id": "74a9bbab-aff5-47d2-b312-94708c41f61e"},
  {"id": 11, "kind": "generation", "note": null, "actor": "supabase_admin", "delta": -1, "user_id": "055ea314-3315-4347-9041-6f13daaf04dd", "created_at": "2026-11-27T18:56:09.960838+00:00", "generation_id": "df2172dc-9700-4aab-a2c8-90983616e034"},
  {"id": 12, "kind": "refund", "note": "cancelled", "actor": "supabase_admin", "delta": 1, "user_id": "055ea314-3315-4347-9041-6f13daaf04dd", "created_at": "2026-11-27T18:56:09.964337+00:00", "generation_id": "df2172dc-9700-4aab-a2c8-90983616e034"},
  {"id": 13, "kind": "generation", "note": null, "actor": "supabase_admin", "delta": -1, "user_id": "2d258a75-7cc0-494c-bfe9-bb7a1af58390", "created_at": "2026-11-27T18:56:09.969042+00:00", "generation_id": "879b1659-9cda-4224-b56b-adaf675f2c96"},
  {"id": 14, "kind": "generation", "note": null, "actor": "supabase_admin", "delta": -1, "user_id": "2d258a75-7cc0-494c-bfe9-bb7a1af58390", "created_at": "2026-11-27T18:56:09.978285+00:00", "generation_id": "6d3f2363-3b24-4bf1-91fe-1782dcd95ef3"},
  {"id": 15, "kind": "generation", "note": null, "actor": "supabase_admin", "delta": -1, "user_id": "2d258a75-7cc0-494c-bfe9-bb7a1af58390", "created_at": "2026-11-27T18:56:09.98159+00:00", "generation_id": "9bbcddb8-a4d7-4212-9b06-e6cc219d7488"},
  {"id": 16, "kind": "generation", "note": null, "actor": "supabase_admin", "delta": -1, "user_id": "f1d8a749-99ee-46c4-9d2e-558e394e2d5a", "created_at": "2026-11-27T18:56:09.989512+00:00", "generation_id": "95854de2-e5d4-4505-9e6a-10e53422a2e9"},
  {"id": 17, "kind": "generation", "note": null, "actor": "supabase_admin", "delta": -1, "user_id": "f1d8a749-99ee-46c4-9d2e-558e394e2d5a", "created_at": "2026-11-27T18:56:09.993069+00:00", "generation_id": "e24d3662-f890-42c3-b10b-91e5a4308fdb"},
  {"id": 18, "kind": "generation", "note": null, "actor": "supabase_admin", "delta": -1, "user_id": "f1d8a749-99ee-46c4-9d2e-558e394e2d5a", "created_at": "2026-11-27T18:56:09.99712+00:00", "generation_id": "07eb7f3e-50cf-4406-b8df-c546099572a5"},
  {"id": 19, "kind": "generation", "note": null, "actor": "supabase_admin", "delta": -1, "user_id": "f1d8a749-99ee-46c4-9d2e-558e394e2d5a", "created_at": "2026-11-27T18:56:09.999448+00:00", "generation_id": "c3108b88-8fb1-45e6-9afa-3c11831a5a08"},
  {"id": 2, "kind": "signup", "note": "first login", "actor": "supabase_admin", "delta": 20, "user_id": "f1d8a749-99ee-46c4-9d2e-558e394e2d5a", "created_at": "2026-11-27T18:56:09.872558+00:00", "generation_id": null},
  {"id": 3, "kind": "signup", "note": "first login", "actor": "supabase_admin", "delta": 20, "user_id": "2d258a75-7cc0-494c-bfe9-bb7a1af58390", "created_at": "2026-11-27T18:56:09.874971+00:00", "generation_id": null},
  {"id": 4, "kind": "signup", "note": "first login", "actor": "supabase_admin", "delta": 20, "user_id": "bbb26932-2606-496e-86f2-dde2aa4f7de6", "created_at": "2026-11-27T18:56:09.877228+00:00", "generation_id": null},
  {"id": 5, "kind": "grant", "note": null, "actor": "supabase_admin", "delta": 30, "user_id": "f1d8a749-99ee-46c4-9d2e-558e394e2d5a", "created_at": "2026-11-27T18:56:09.879109+00:00", "generation_id": null},
  {"id": 6, "kind": "generation", "note": null, "actor": "supabase_admin", "delta": -1, "user_id": "055ea314-3315-4347-9041-6f13daaf04dd", "created_at": "2026-11-27T18:56:09.892378+00:00", "generation_id": "22a25a94-bec9-4587-b8e0-af052f2f3ed5"},
  {"id": 7, "kind": "goodwill", "note": null, "actor": "supabase_admin", "delta": 1, "user_id": "055ea314-3315-4347-9041-6f13daaf04dd", "created_at": "2026-11-27T18:56:09.932278+00:00", "generation_id": "22a25a94-bec9-4587-b8e0-af052f2f3ed5"},
  {"id": 8, "kind": "generation", "note": null, "actor": "supabase_admin", "delta": -1, "user_id": "055ea314-3315-4347-9041-6f13daaf04dd", "created_at": "2026-11-27T18:56:09.934864+00:00", "generation_id": "4d50b2ff-02bb-434e-9a43-4e7396ce01d3"},
  {"id": 9, "kind": "generation", "note": null, "actor": "supabase_admin", "delta": -1, "user_id": "055ea314-3315-4347-9041-6f13daaf04dd", "created_at": "2026-11-27T18:56:09.948665+00:00", "generation_id": "74a9bbab-aff5-47d2-b312-94708c41f61e"}
]');
delete from public.generations;
insert into public.generations ("id", "user_id", "prompt", "size", "quality", "output_format", "status", "attempt", "cost", "public_url", "width", "height", "error_code", "created_at", "queued_at", "started_at", "finished_at", "version", "message_id", "deleted_at") overriding system value
select "id", "user_id", "prompt", "size", "quality", "output_format", "status", "attempt", "cost", "public_url", "width", "height", "error_code", "created_at", "queued_at", "started_at", "finished_at", "version", "message_id", "deleted_at" from jsonb_populate_recordset(null::public.generations, '[
  {"id": "07eb7f3e-50cf-4406-b8df-c546099572a5", "cost": 1, "size": "1024x1024", "width": null, "height": null, "prompt": "waits 3", "status": "PENDING", "attempt": 0, "quality": "low", "user_id": "f1d8a749-99ee-46c4-9d2e-558e394e2d5a", "version": 1, "queued_at": null, "created_at": "2026-11-27T18:56:09.997339+00:00", "deleted_at": null, "error_code": null, "message_id": null, "public_url": null, "started_at": null, "finished_at": null, "output_format": "png"},
  {"id": "22a25a94-bec9-4587-b8e0-af052f2f3ed5", "cost": 1, "size": "1024x1024", "width": 1024, "height": 1024, "prompt": "finished", "status": "COMPLETED", "attempt": 1, "quality": "low", "user_id": "055ea314-3315-4347-9041-6f13daaf04dd", "version": 3, "queued_at": "2026-11-27T18:56:09.896112+00:00", "created_at": "2026-11-27T18:56:09.896112+00:00", "deleted_at": null, "error_code": null, "message_id": null, "public_url": "https://bucket.example.com/generations/22a25a94-bec9-4587-b8e0-af052f2f3ed5.png", "started_at": "2026-11-27T18:56:09.920117+00:00", "finished_at": "2026-11-27T18:56:09.928077+00:00", "output_format": "png"},
  {"id": "4d50b2ff-02bb-434e-9a43-4e7396ce01d3", "cost": 1, "size": "1024x1024", "width": 1024, "height": 1024, "prompt": "hidden", "status": "COMPLETED", "attempt": 1, "quality": "low", "user_id": "055ea314-3315-4347-9041-6f13daaf04dd", "version": 4, "queued_at": "2026-11-27T18:56:09.935131+00:00", "created_at": "2026-11-27T18:56:09.935131+00:00", "deleted_at": "2026-11-27T18:56:09.946779+00:00", "error_code": null, "message_id": null, "public_url": "https://bucket.example.com/generations/4d50b2ff-02bb-434e-9a43-4e7396ce01d3.png", "started_at": "2026-11-27T18:56:09.940366+00:00", "finished_at": "2026-11-27T18:56:09.942727+00:00", "output_format": "png"},
  {"id": "6d3f2363-3b24-4bf1-91fe-1782dcd95ef3", "cost": 1, "size": "1024x1024", "width": null, "height": null, "prompt": "its worker lives", "status": "PROCESSING", "attempt": 1, "quality": "low", "user_id": "2d258a75-7cc0-494c-bfe9-bb7a1af58390", "version": 2, "queued_at": "2026-11-27T18:56:09.978552+00:00", "created_at": "2026-11-27T18:56:09.978552+00:00", "deleted_at": null, "error_code": null, "message_id": 6, "public_url": null, "started_at": "2026-11-27T18:56:09.98676+00:00", "finished_at": null, "output_format": "png"},
  {"id": "74a9bbab-aff5-47d2-b312-94708c41f61e", "cost": 1, "size": "1024x1024", "width": null, "height": null, "prompt": "failed", "status": "FAILED", "attempt": 1, "quality": "low", "user_id": "055ea314-3315-4347-9041-6f13daaf04dd", "version": 3, "queued_at": "2026-11-27T18:56:09.94893+00:00", "created_at": "2026-11-27T18:56:09.94893+00:00", "deleted_at": null, "error_code": "internal", "message_id": null, "public_url": null, "started_at": "2026-11-27T18:56:09.953788+00:00", "finished_at": "2026-11-27T18:56:09.959202+00:00", "output_format": "png"},
  {"id": "879b1659-9cda-4224-b56b-adaf675f2c96", "cost": 1, "size": "1024x1024", "width": null, "height": null, "prompt": "a second attempt", "status": "PROCESSING", "attempt": 1, "quality": "low", "user_id": "2d258a75-7cc0-494c-bfe9-bb7a1af58390", "version": 2, "queued_at": "2026-11-27T18:56:09.969293+00:00", "created_at": "2026-11-27T18:56:09.969293+00:00", "deleted_at": null, "error_code": null, "message_id": 5, "public_url": null, "started_at": "2026-11-27T18:56:09.97387+00:00", "finished_at": null, "output_format": "png"},
  {"id": "95854de2-e5d4-4505-9e6a-10e53422a2e9", "cost": 1, "size": "1024x1024", "width": null, "height": null, "prompt": "waits 1", "status": "PENDING", "attempt": 0, "quality": "low", "user_id": "f1d8a749-99ee-46c4-9d2e-558e394e2d5a", "version": 1, "queued_at": "2026-11-27T18:56:09.989739+00:00", "created_at": "2026-11-27T18:56:09.989739+00:00", "deleted_at": null, "error_code": null, "message_id": 8, "public_url": null, "started_at": null, "finished_at": null, "output_format": "png"},
  {"id": "9bbcddb8-a4d7-4212-9b06-e6cc219d7488", "cost": 1, "size": "1024x1024", "width": null, "height": null, "prompt": "its worker is lost", "status": "PROCESSING", "attempt": 1, "quality": "low", "user_id": "2d258a75-7cc0-494c-bfe9-bb7a1af58390", "version": 2, "queued_at": "2026-11-27T18:56:09.981817+00:00", "created_at": "2026-11-27T18:56:09.981817+00:00", "deleted_at": null, "error_code": null, "message_id": 7, "public_url": null, "started_at": "2026-11-27T18:56:09.986443+00:00", "finished_at": null, "output_format": "png"},
  {"id": "c3108b88-8fb1-45e6-9afa-3c11831a5a08", "cost": 1, "size": "1024x1024", "width": null, "height": null, "prompt": "waits 4", "status": "PENDING", "attempt": 0, "quality": "low", "user_id": "f1d8a749-99ee-46c4-9d2e-558e394e2d5a", "version": 1, "queued_at": null, "created_at": "2026-11-27T18:56:09.999677+00:00", "deleted_at": null, "error_code": null, "message_id": null, "public_url": null, "started_at": null, "finished_at": null, "output_format": "png"},
  {"id": "df2172dc-9700-4aab-a2c8-90983616e034", "cost": 1, "size": "1024x1024", "width": null, "height": null, "prompt": "cancelled", "status": "CANCELLED", "attempt": 0, "quality": "low", "user_id": "055ea314-3315-4347-9041-6f13daaf04dd", "version": 2, "queued_at": "2026-11-27T18:56:09.961137+00:00", "created_at": "2026-11-27T18:56:09.961137+00:00", "deleted_at": null, "error_code": null, "message_id": null, "public_url": null, "started_at": null, "finished_at": "2026-11-27T18:56:09.965594+00:00", "output_format": "png"},
  {"id": "e24d3662-f890-42c3-b10b-91e5a4308fdb", "cost": 1, "size": "1024x1024", "width": null, "height": null, "prompt": "waits 2", "status": "PENDING", "attempt": 0, "quality": "low", "user_id": "f1d8a749-99ee-46c4-9d2e-558e394e2d5a", "version": 1, "queued_at": "2026-11-27T18:56:09.993289+00:00", "created_at": "2026-11-27T18:56:09.993289+00:00", "deleted_at": null, "error_code": null, "message_id": 9, "public_url": null, "started_at": null, "finished_at": null, "output_format": "png"}
]');
delete from public.prices;
insert into public.prices ("quality", "credits", "credits_per_image") overriding system value
select "quality", "credits", "credits_per_image" from jsonb_populate_recordset(null::public.prices, '[
  {"credits": 1, "quality": "low", "credits_per_image": 1},
  {"credits": 16, "quality": "high", "credits_per_image": 2},
  {"credits": 4, "quality": "medium", "credits_per_image": 1}
]');
delete from public.users;
insert into public.users ("id", "telegram_id", "first_name", "last_name", "username", "language_code", "photo_url", "allows_write_to_pm", "credits", "created_at", "last_login_at", "erased_at") overriding system value
select "id", "telegram_id", "first_name", "last_name", "username", "language_code", "photo_url", "allows_write_to_pm", "credits", "created_at", "last_login_at", "erased_at" from jsonb_populate_recordset(null::public.users, '[
  {"id": "055ea314-3315-4347-9041-6f13daaf04dd", "credits": 19, "username": null, "erased_at": null, "last_name": null, "photo_url": null, "created_at": "2026-11-27T18:56:09.861916+00:00", "first_name": "Someone", "telegram_id": 101, "language_code": "en", "last_login_at": "2026-11-27T18:56:09.861916+00:00", "allows_write_to_pm": true},
  {"id": "2d258a75-7cc0-494c-bfe9-bb7a1af58390", "credits": 17, "username": null, "erased_at": null, "last_name": null, "photo_url": null, "created_at": "2026-11-27T18:56:09.874971+00:00", "first_name": "Someone", "telegram_id": 103, "language_code": "en", "last_login_at": "2026-11-27T18:56:09.874971+00:00", "allows_write_to_pm": true},
  {"id": "bbb26932-2606-496e-86f2-dde2aa4f7de6", "credits": 20, "username": null, "erased_at": "2026-11-27T18:56:10.004168+00:00", "last_name": null, "photo_url": null, "created_at": "2026-11-27T18:56:09.877228+00:00", "first_name": "[erased]", "telegram_id": null, "language_code": null, "last_login_at": "2026-11-27T18:56:09.877228+00:00", "allows_write_to_pm": false},
  {"id": "f1d8a749-99ee-46c4-9d2e-558e394e2d5a", "credits": 46, "username": null, "erased_at": null, "last_name": null, "photo_url": null, "created_at": "2026-11-27T18:56:09.872558+00:00", "first_name": "Someone", "telegram_id": 102, "language_code": "en", "last_login_at": "2026-11-27T18:56:09.872558+00:00", "allows_write_to_pm": true}
]');
select setval('pgmq.q_bot_messages_msg_id_seq', 2);
select setval('pgmq.q_generations_msg_id_seq', 9);
select setval('private.admin_actions_id_seq', 10);
select setval('public.credit_ledger_id_seq', 19);
commit;
