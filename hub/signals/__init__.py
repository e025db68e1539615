"""What people's words tell: moods, and signals such as anger, urgency, or the wish to leave."""
