"""What deploy/check is made of."""
