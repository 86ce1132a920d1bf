"""Cases made from one's own articles by a model, each checked before it is kept."""
