"""The formats in which models answer: what each says of tokens, tools and ends. Pure."""
