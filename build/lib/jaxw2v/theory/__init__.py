"""What training approaches, from expected counts: PMI, its factorization, the exact objective and its minimum."""
