"""How likely a ticket escalates: learned from history, calibrated, explained, frozen into an `Outlook`."""
