"""Works: what jobs, commands and the example share. Each gathers what a duty needs and hands it to the desk."""
