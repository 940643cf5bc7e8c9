"""What training does, by counting: expected counts, PMI, its factorisation, the exact objective."""
