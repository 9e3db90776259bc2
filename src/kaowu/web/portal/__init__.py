"""What candidates see, on a phone, without an account: one column, and nothing about anybody else."""
