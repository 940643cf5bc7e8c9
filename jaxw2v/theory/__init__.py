"""What training does, by counting: expected counts, PMI, its factorization, the exact objective."""
