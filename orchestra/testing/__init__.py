"""The conformance kit: tells the author of a plugin whether it keeps the contract. The server never imports it."""
