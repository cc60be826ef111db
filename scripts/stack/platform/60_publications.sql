-- Replaces: the two publications Realtime reads by logical replication.

-- Empty in a new project; migrations add the tables whose changes clients may hear.
create publication supabase_realtime;
alter publication supabase_realtime owner to postgres;

-- Here a message comes under the name realtime.messages whatever its partition; on a hosted project it
-- comes under the partition's.
create publication supabase_realtime_messages_publication
  for table realtime.messages with (publish_via_partition_root = true);
