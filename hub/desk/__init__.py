"""What waits for a person: conflicts and parked work, how people are told of it, and what they decide."""
