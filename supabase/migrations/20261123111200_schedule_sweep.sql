-- The schedules: the sweep, and the cleaning, which may take longer and holds up nobody by itself.
select cron.schedule('sweep', '10 seconds', 'select private.sweep()');
select cron.schedule('clean_up', '* * * * *', 'select private.clean_up()');
