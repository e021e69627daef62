"""How each question is answered: functions from (ask, parent, arguments) to a select(); `engine/` runs them."""
