"""Applications with cookie sessions. Tests start them and sign in."""
