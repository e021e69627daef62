"""Who may do what, to which rows and fields, and why."""
