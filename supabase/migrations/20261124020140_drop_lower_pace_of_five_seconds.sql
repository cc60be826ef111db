-- Replaced by the one that is told when the refused call began.
drop function private.lower_pace(integer);
