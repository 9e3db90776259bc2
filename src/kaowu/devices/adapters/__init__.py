"""One folder for each kind of device."""
