"""What a ticket's words and its neighbours suggest, and when many tickets are one incident."""
