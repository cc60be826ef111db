-- postgres_changes on the own rows, for clients that watch one generation.
alter publication supabase_realtime add table public.generations;
