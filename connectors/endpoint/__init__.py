"""An OpenAI-compatible endpoint that may read texts and word summaries: optional, and never used silently."""
