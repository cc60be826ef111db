-- What a difference of schemas does not express: the rows the service starts with, and the schedules.
insert into private.settings default values;
insert into private.provider_state default values;
insert into private.queue_state default values;
insert into private.doorbell (event) values ('rung'), ('answered');
insert into public.prices (quality, credits, credits_per_image) values ('low', 1, 1), ('medium', 4, 1), ('high', 15, 2);

-- Tables of a few rows are never analysed by themselves; without statistics the planner expects thousands.
analyze private.settings, private.provider_state, private.queue_state, private.doorbell, public.prices;

-- The sweep, which is the guarantee behind the webhook; and the cleaning, apart from it as it may take longer.
select cron.schedule('sweep', '10 seconds', 'select private.sweep()');
select cron.schedule('clean_up', '* * * * *', 'select private.clean_up()');
