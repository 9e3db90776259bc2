"""What the house touches: one folder for each kind of device, with manifest and samples."""
