"""Applications with cookie sessions, which tests start and sign in to."""
