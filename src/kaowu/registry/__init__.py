"""What lasts from exam to exam, as frozen values: sites and their rooms."""
