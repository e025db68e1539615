"""The sentence encoder's heads: the sentences they are made from, their making, and their measuring."""
