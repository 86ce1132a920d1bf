"""What a question says of itself, read by rules: where to look (hints), and the searches it needs."""
