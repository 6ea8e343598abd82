"""Priority neighbourhoods: rules, designations and groups."""
