-- admit has taken its place.
drop function private.refuse_while_paused();
