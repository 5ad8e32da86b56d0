"""What AgentOrchestra talks about: frozen values without I/O."""
