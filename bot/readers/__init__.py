"""Who reads in which language: what Discord says of people, and what staff chose for their server."""
