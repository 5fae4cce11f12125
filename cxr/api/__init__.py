"""The HTTP API for other systems of the hospital: films in, results out, findings back."""
