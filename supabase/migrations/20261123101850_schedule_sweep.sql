-- The schedule of the sweep.
select cron.schedule('sweep', '10 seconds', 'select private.sweep()');
