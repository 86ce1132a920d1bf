"""Links → drafts of articles, by a guarded and polite download (reliability-and-speed A4)."""
